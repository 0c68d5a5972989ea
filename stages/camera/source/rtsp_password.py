"""Answers a camera that asks for a password over RTSP: basic, or digest (RFC 7616). Pure."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable

import attrs

from stages.camera.challenges import Challenge, choose

_HASHES = {"MD5": "md5", "SHA": "sha1", "SHA-256": "sha256", "SHA-512": "sha512"}


@attrs.frozen
class Credentials:
    """User and password."""

    username: str
    password: str = attrs.field(repr=False)


class Signer:
    """Signs questions once the camera has asked for it, as it asked."""

    def __init__(self, credentials: Credentials | None, make_nonce: Callable[[], str]) -> None:
        self._credentials = credentials
        self._make_nonce = make_nonce
        self._challenge: Challenge | None = None
        self._count = 0

    @property
    def scheme(self) -> str:
        """How the password is told; "none" as long as nobody asked."""
        return self._challenge.scheme if self._challenge is not None else "none"

    def take(self, offers: Iterable[str]) -> bool:
        """Take in how the camera asks; say whether that can be answered and was not already.

        A camera that asks again refuses the password, unless the nonce is stale: cameras count.
        """
        chosen = choose(offers) if self._credentials is not None else None
        if chosen is None:
            return False
        is_stale = chosen.parameters.get("stale", "").lower() == "true"
        if self._challenge is not None and not is_stale:
            return False
        self._challenge, self._count = chosen, 0
        return True

    def sign(self, method: str, url: str) -> str | None:
        """Return the value of Authorization, None where nobody asked."""
        if self._challenge is None or self._credentials is None:
            return None
        if self._challenge.scheme == "basic":
            pair = f"{self._credentials.username}:{self._credentials.password}"
            return f"Basic {b64encode(pair.encode()).decode()}"
        return self._digest(self._credentials, dict(self._challenge.parameters), method, url)

    def _digest(
        self, credentials: Credentials, asked: dict[str, str], method: str, url: str
    ) -> str:
        algorithm = asked.get("algorithm", "MD5").upper()
        realm, nonce, own = asked["realm"], asked["nonce"], self._make_nonce()
        self._count += 1

        def digest(*words: str) -> str:
            name = _HASHES[algorithm.removesuffix("-SESS")]
            return hashlib.new(name, ":".join(words).encode(), usedforsecurity=False).hexdigest()

        secret = digest(credentials.username, realm, credentials.password)
        if algorithm.endswith("-SESS"):
            secret = digest(secret, nonce, own)
        count = f"{self._count:08x}"
        middle = [count, own, "auth"] if "qop" in asked else []
        response = digest(secret, nonce, *middle, digest(method, url))
        words = {"username": credentials.username, "realm": realm, "nonce": nonce, "uri": url}
        words |= {"response": response}
        words |= {name: asked[name] for name in ("opaque", "algorithm") if name in asked}
        quoted = ", ".join(f'{name}="{value}"' for name, value in words.items())
        tail = f', qop=auth, nc={count}, cnonce="{own}"' if "qop" in asked else ""
        return f"Digest {quoted}{tail}"
