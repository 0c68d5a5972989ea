"""The certificate and its key, read again when their files change.

A pair that cannot be used is never taken: the one before goes on, and the log says what is wrong.
Connections that stand keep the certificate that they began with.
"""

import os
import ssl
from collections.abc import Callable

from conf.schema import Tls

_WHAT_TO_DO = {
    "KEY_VALUES_MISMATCH": "the key is not that of the certificate: give the two that belong "
    "together",
    "NO_START_LINE": "there is no PEM in it (-----BEGIN ...): give a PEM file, not DER",
    "PEM": "it is no proper PEM: make or copy it anew",
    "KEY_TOO_SMALL": "its key is too short for today: make one of 2048 bits (RSA) or 256 (EC)",
    "CA_MD_TOO_WEAK": "it is signed with a hash that is broken: have it issued anew",
}


CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy, and no CBC, whose padding has been an oracle again and again. Every
browser since 2014 has them. TLS 1.3 has none else."""


class CertificateError(Exception):
    """A certificate or key that cannot be used; the words say which, why and what to do."""


class Certificate:
    """What connections are opened with."""

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._seen = self._look()
        self.context = load(tls)

    def refresh(self) -> bool:
        """Take the files in if they changed since they were looked at last; say whether they did.

        Raises CertificateError, once for each change, and keeps what there was.
        """
        seen = self._look()
        if seen == self._seen:
            return False
        self._seen = seen
        self.context = load(self._tls)
        return True

    def _look(self) -> tuple[object, ...]:
        return tuple(_state(path) for path in (self._tls.certificate, self._tls.key))


def load(tls: Tls) -> ssl.SSLContext:
    """Return what connections are opened with, or raise CertificateError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(CIPHERS)
    # A client that ends TCP without a word of TLS has said all, too: HTTP knows where its requests
    # end, and the answer under way may still be wanted.
    context.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    context.set_alpn_protocols(["http/1.1"])
    for name, path in (("certificate", tls.certificate), ("key", tls.key)):
        _check_readable(f"web.tls.{name} {path}", path)
    try:
        context.load_cert_chain(tls.certificate, tls.key, password=_refuse_password(tls))
    except (ssl.SSLError, OSError, ValueError) as error:
        raise CertificateError(_sentence(tls, error)) from None
    return context


def _check_readable(name: str, path: str) -> None:
    try:
        with open(path, "rb"):  # noqa: PTH123 - only whether it can be
            return
    except OSError as error:
        why = error.strerror or error
        raise CertificateError(
            f"{name} cannot be read: {why}; give the path of a PEM file that this user may read"
        ) from None


def _refuse_password(tls: Tls) -> Callable[[], str]:
    def refuse() -> str:
        raise CertificateError(
            f"web.tls.key {tls.key} has a password, and nobody is there to type it: give a key "
            "without one that only this user may read"
        )

    return refuse


def _sentence(tls: Tls, error: Exception) -> str:
    reason = str(getattr(error, "reason", None) or error)
    known = next((words for name, words in _WHAT_TO_DO.items() if name in reason.upper()), None)
    pair = f"web.tls.certificate {tls.certificate} with web.tls.key {tls.key}"
    return f"{pair} cannot be used: {known or reason}"


def _state(path: str) -> object:
    try:
        found = os.stat(path)  # noqa: PTH116 - as it is named, in the file's own words
    except OSError as error:
        return error.errno
    return found.st_mtime_ns, found.st_size, found.st_ino
