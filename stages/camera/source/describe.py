"""Asks an RTSP camera where it leads, before libav is given the password. Blocking.

libav follows a redirect to any host, answers there with user and password, and has no option
against it. So the first question, which is the same as libav's, is asked here and without them.
"""

import http.client
import io
import socket
import ssl
import time
from urllib.parse import urljoin, urlsplit

from stages.camera.faults import CameraFault, Fault, redirect_elsewhere

HEAD_BYTES_MAX = 16 * 1024
REDIRECTS_MAX = 4
_PORTS = {"rtsp": 554, "rtsps": 322}


def refuse_redirects(url: str, limit_s: float, ca_file: str | None = None) -> None:
    """Raise CameraFault where an address without credentials leads to another host.

    Whatever else is wrong is left to whoever opens the stream, and told then.
    """
    for _ in range(REDIRECTS_MAX):
        try:
            location = _ask(url, time.monotonic() + limit_s, ca_file)
        except (OSError, ValueError, http.client.HTTPException):
            return
        if location is None:
            return
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
        is_less_safe = here.scheme == "rtsps" and there.scheme != "rtsps"
        if there.hostname != here.hostname or is_less_safe:
            raise redirect_elsewhere(there.scheme, there.hostname or "")
        url = there.geturl()
    raise CameraFault(Fault("redirect_loop", "The camera redirects in a circle.", "address"))


def _ask(url: str, end_s: float, ca_file: str | None) -> str | None:
    """Return where the camera redirects to, if it does."""
    question = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    with _connect(url, end_s, ca_file) as link:
        link.sendall(question.encode("ascii"))
        head = _read_head(link, end_s)
    status, _, rest = head.partition(b"\r\n")
    if status[:5] != b"RTSP/" or status.partition(b" ")[2][:1] != b"3":
        return None
    return http.client.parse_headers(io.BytesIO(rest)).get("Location")


def _connect(url: str, end_s: float, ca_file: str | None) -> socket.socket:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    link = socket.create_connection((host, port), end_s - time.monotonic())
    if parts.scheme != "rtsps":
        return link
    with link:
        context = ssl.create_default_context(cafile=ca_file)
        return context.wrap_socket(link, server_hostname=host)


def _read_head(link: socket.socket, end_s: float) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES_MAX:
        link.settimeout(max(end_s - time.monotonic(), 0.001))
        received = link.recv(4096)
        if not received:
            break
        head += received
    return head
