"""A relay on loopback between a browser and seda: counts what the browser is sent, and asks.

It reads heads and lengths alone. Requests on a connection come one after the other.
"""

import re
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

import attrs

_READ_BYTES = 65_536
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BODILESS = (b"HTTP/1.1 204", b"HTTP/1.1 304")


@attrs.define
class Counts:
    """What went through, up to now."""

    bytes: int = 0
    picture_bytes: int = 0
    """Of those; with their heads."""
    frames: int = 0
    """Answers that brought a frame to decide."""


class Relay:
    """Listens on a port of its own for as long as the block lasts."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: dict[int, bytes] = {}
        """What each connection was asked last and answers still."""
        self.counts = Counts()
        self._past: list[tuple[float, int, int]] = []
        """When how many bytes had been sent, and how many of them were pictures."""
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Accept nobody any more; what is open ends with the browser."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def streams(self) -> int:
        """Return how many event streams are open."""
        with self._lock:
            return sum(b"/events?" in target for target in self._open.values())

    @property
    def waiting(self) -> int:
        """Return how many requests for a frame wait."""
        with self._lock:
            return sum(b"/next?" in it and b"wait=" in it for it in self._open.values())

    def sent_until(self, wall_s: float) -> tuple[int, int]:
        """Return how many bytes had been sent by then, and how many of them were pictures."""
        with self._lock:
            return max(
                ((sent, of) for at_s, sent, of in self._past if at_s <= wall_s), default=(0, 0)
            )

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._port))
                for target, pair in ((self._forth, (near, far)), (self._back, (far, near))):
                    threading.Thread(target=target, args=pair, daemon=True).start()

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while part := near.recv(_READ_BYTES):
                if part.startswith(b"GET "):
                    self._note(id(far), part.split(b" ", 2)[1])
                far.sendall(part)
        with suppress(OSError):
            far.shutdown(socket.SHUT_RDWR)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        answers = _Answers()
        with suppress(OSError):
            while part := far.recv(_READ_BYTES):
                near.sendall(part)
                with self._lock:
                    self.counts.bytes += len(part)
                    for head, size_bytes in answers.take(part):
                        self._count(id(far), head, size_bytes)
                    pictures = self.counts.picture_bytes + answers.picture_bytes
                    self._past.append((time.time(), self.counts.bytes, pictures))
        with self._lock:
            self._open.pop(id(far), None)
        for sock in (far, near):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _note(self, connection: int, target: bytes) -> None:
        with self._lock:
            self._open[connection] = target

    def _count(self, connection: int, head: bytes, size_bytes: int) -> None:
        """Count an answer that is whole."""
        target = self._open.pop(connection, b"")
        if _is_picture(head):
            self.counts.picture_bytes += size_bytes
            self.counts.frames += b"/api/v1/next" in target


def _is_picture(head: bytes) -> bool:
    return b"\r\ncontent-type: image/jpeg" in head.lower()


class _Answers:
    """Finds where each answer on a connection ends."""

    def __init__(self) -> None:
        self._head = b""
        self._size_bytes = self._left_bytes = 0

    @property
    def picture_bytes(self) -> int:
        """Return how much has come of a picture that is not whole."""
        return self._size_bytes - self._left_bytes if _is_picture(self._head) else 0

    def take(self, part: bytes) -> list[tuple[bytes, int]]:
        """Return the heads and sizes of the answers that are whole by now."""
        whole: list[tuple[bytes, int]] = []
        while part:
            if not self._left_bytes:
                head, is_whole, part = (self._head + part).partition(b"\r\n\r\n")
                self._head = head
                if not is_whole:
                    return whole
                length = _LENGTH.search(head)
                # An answer without a length goes on until its connection ends.
                body = 0 if head.startswith(_BODILESS) else int(length[1]) if length else 1 << 60
                self._size_bytes, self._left_bytes = len(head) + 4 + body, body
            taken = min(len(part), self._left_bytes)
            part = part[taken:]
            self._left_bytes -= taken
            if not self._left_bytes:
                whole.append((self._head, self._size_bytes))
                self._head = b""
        return whole
