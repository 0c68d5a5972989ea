"""Turns the errors of httpx, TLS and the network into faults with words to act on."""

import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

import httpx
import trio

from conf.schema import Camera
from stages.camera.faults import CameraFault, Fault
from stages.camera.redact import scrub
from stages.camera.source.settings import all_secrets

_Error = TypeVar("_Error", bound=BaseException)
_CAUSES_MAX = 20
_ENDS = ("peer closed connection", "Server disconnected")
"""How h11 and httpcore tell, by no kind of error of its own, that the other side just left."""


class faults:  # noqa: N801 - used like a function: `with faults(camera):`
    """Turns what httpx and trio raise into faults with words of ours; passwords never pass."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise the fault that the error means; let everything else pass."""
        if isinstance(error, httpx.HTTPError | httpx.InvalidURL | trio.TooSlowError | OSError):
            fault = _read(error, self._camera)
            # From None: the original may hold the URL, and tracebacks are logged.
            raise CameraFault(fault) from None


def of_connecting(error: OSError, camera: Camera) -> Fault:
    """Return why there is no connection, where a plain socket was to make it."""
    if isinstance(error, ssl.SSLError):
        return _tls(error)
    is_late = isinstance(error, TimeoutError)
    return _connect_timeout(error, camera) if is_late else _connect(error, camera)


def _read(error: BaseException, camera: Camera) -> Fault:
    tls = _cause(error, ssl.SSLError)
    if tls is not None:
        return _tls(tls)
    for kinds, make in _READERS:
        if isinstance(error, kinds):
            return make(error, camera)
    return Fault("connection_lost", f"The connection broke off ({type(error).__name__}).")


def _connect_timeout(_error: BaseException, camera: Camera) -> Fault:
    words = f"No connection within {camera.timeouts.connect_s:g} s: is the camera on?"
    return Fault("connect_timeout", words)


def _timeout(_error: BaseException, camera: Camera) -> Fault:
    return Fault("answer_timeout", f"No answer within {camera.timeouts.answer_s:g} s.")


def _protocol(error: BaseException, camera: Camera) -> Fault:
    if str(error).startswith(_ENDS):
        return Fault("connection_lost", "The camera ended the connection in the middle of it.")
    words = scrub(str(error), all_secrets(camera))[:160].rstrip(".")
    return Fault("protocol_error", f"The camera does not speak HTTP properly: {words}.")


def _proxy(_error: BaseException, _camera: Camera) -> Fault:
    return Fault("proxy_error", "The proxy refuses the connection; check the proxy's URL.")


def _url(_error: BaseException, _camera: Camera) -> Fault:
    words = "The camera's URL cannot be used; it begins with http, https, rtsp or rtsps."
    return Fault("url_invalid", words, "address")


def _connect(error: BaseException, _camera: Camera) -> Fault:
    if _cause(error, socket.gaierror) is not None:
        words = "The camera's host name cannot be resolved; check it, or the name server."
        return Fault("name_unknown", words)
    if _cause(error, ConnectionRefusedError) is not None:
        words = "The camera refuses the connection: nothing listens at this port."
        return Fault("connection_refused", words)
    return Fault("unreachable", "The camera cannot be reached: is it on, is the network there?")


def _tls(error: ssl.SSLError) -> Fault:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = getattr(error, "verify_message", "") or error.args[-1]
        words = f"The camera's certificate is not trusted ({reason}); seda camera probe shows its"
        return Fault("certificate", f"{words} fingerprint, to be set in `trust`.", "address")
    return Fault("tls_error", f"No secure connection ({error.reason or 'TLS'}): http or https?")


def _cause(error: BaseException, kind: type[_Error]) -> _Error | None:
    """Return the first error of this kind in the chain of causes; trio joins several in a group."""
    unseen: list[BaseException | None] = [error]
    for _ in range(_CAUSES_MAX):
        if not unseen:
            return None
        seen = unseen.pop(0)
        if isinstance(seen, kind):
            return seen
        if isinstance(seen, BaseExceptionGroup):
            unseen += seen.exceptions
        if seen is not None:
            unseen.append(seen.__cause__ or seen.__context__)
    return None


_READERS: tuple[
    tuple[tuple[type[BaseException], ...], Callable[[BaseException, Camera], Fault]], ...
] = (
    ((httpx.ConnectTimeout,), _connect_timeout),
    ((httpx.TimeoutException, trio.TooSlowError), _timeout),
    ((httpx.ProxyError,), _proxy),
    ((httpx.ConnectError,), _connect),
    ((httpx.RemoteProtocolError,), _protocol),
    ((httpx.UnsupportedProtocol, httpx.InvalidURL), _url),
)
"""In this order: the first that fits."""
