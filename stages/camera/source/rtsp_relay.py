"""A relay on this machine between libav and an RTSP camera. Blocking, with a thread of its own.

libav follows a redirect to any host and answers there with user and password; it has no option
against it, and to ask before it does binds it to nothing. So it is given an address of this
machine, behind which one connection leads to the configured host and nowhere else
(rtsp_exchange.py says what passes). TLS is spoken here, too, by which RTSPS trusts certificates as
HTTPS does.
"""

import contextlib
import select
import socket
import ssl
import threading
from secrets import token_hex
from urllib.parse import urlsplit

from conf.schema import Camera
from stages.camera.faults import CameraFault, Fault
from stages.camera.source.client import ssl_context
from stages.camera.source.rtsp_exchange import Exchange, Redirected
from stages.camera.source.rtsp_messages import NotRtsp
from stages.camera.source.rtsp_password import Credentials, Signer

PORTS = {"rtsp": 554, "rtsps": 322}
_READ_BYTES = 64 * 1024
_END_S = 5.0


def listen() -> socket.socket:
    """Return what libav is to connect to."""
    return socket.create_server(("127.0.0.1", 0), backlog=4)


class Relay:
    """One try at one address; close it."""

    def __init__(
        self,
        camera: Camera,
        url: str,
        credentials: Credentials | None,
        listener: socket.socket,
    ) -> None:
        """Connect to the camera; raises OSError. The listener serves one relay after the other."""
        self.location: str | None = None
        """Where the camera redirects to, once it does."""
        self.fault: Fault | None = None
        """What is wrong with what it says."""
        self._camera_link = _connect(camera, url)
        self._listener = listener
        self._links: list[socket.socket] = [self._camera_link]
        self._is_closed = False
        self._is_waiting = True
        """For libav to connect."""
        self.url = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/{token_hex(16)}"
        self._signer = Signer(credentials, lambda: token_hex(8))
        self._own_url = url
        self._thread = threading.Thread(target=self._run, name="rtsp relay", daemon=True)
        self._thread.start()

    @property
    def authentication(self) -> str:
        """How the camera was told the password, "none" if it was not."""
        return self._signer.scheme

    def close(self) -> None:
        """End both connections."""
        self._is_closed = True
        self._hang_up()
        if self._is_waiting:
            with contextlib.suppress(OSError):  # wakes the thread
                socket.create_connection(self._listener.getsockname(), _END_S).close()
        self._thread.join(_END_S)
        for link in self._links:
            link.close()

    def _hang_up(self) -> None:
        for link in self._links:
            with contextlib.suppress(OSError):
                # Not by the TLS object's own, which may be in use by the other thread.
                socket.socket.shutdown(link, socket.SHUT_RDWR)

    def _run(self) -> None:
        try:
            while not self._is_closed and not self._serve_next():
                pass
        except Redirected as led:
            self.location = led.location
        except CameraFault as lost:
            self.fault = lost.fault
        except NotRtsp as error:
            words = f"The camera does not speak RTSP properly ({error}); check its URL."
            self.fault = Fault("protocol_error", words, "address")
        except (OSError, ValueError):
            pass  # libav finds the end of its connection, and says what that means
        finally:
            self._is_waiting = False
            self._hang_up()

    def _serve_next(self) -> bool:
        """Relay for whoever comes next; say whether that was libav, by the word that it knows."""
        link, _ = self._listener.accept()
        self._links.append(link)
        exchange = Exchange(self.url, self._own_url, self._signer)
        try:
            self._relay(link, exchange)
        except NotRtsp:
            if exchange.is_known:
                raise
        link.close()
        return exchange.is_known

    def _relay(self, link: socket.socket, exchange: Exchange) -> None:
        poll = select.poll()
        for it in (link, self._camera_link):
            poll.register(it, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll(None if not _pending(self._camera_link) else 0)}
            if link.fileno() in ready:
                data = link.recv(_READ_BYTES)
                if not data:
                    return
                self._camera_link.sendall(exchange.ask(data))
            if self._camera_link.fileno() in ready or _pending(self._camera_link):
                data = self._camera_link.recv(_READ_BYTES)
                if not data:
                    return
                to_libav, to_camera = exchange.answer(data)
                link.sendall(to_libav)
                self._camera_link.sendall(to_camera)


def _pending(link: socket.socket) -> int:
    return link.pending() if isinstance(link, ssl.SSLSocket) else 0


def _connect(camera: Camera, url: str) -> socket.socket:
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    link = socket.create_connection((host, parts.port or PORTS[scheme]), camera.timeouts.connect_s)
    try:
        if scheme == "rtsps":
            link.settimeout(camera.timeouts.answer_s)
            link = ssl_context(camera.trust).wrap_socket(link, server_hostname=host)
        link.settimeout(None)
    except BaseException:
        link.close()
        raise
    return link
