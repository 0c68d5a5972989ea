"""A server that gives whoever connects the next of many answers, and in the end a good film.

Threads of this process: what it costs is little, and what was handed out is known here.
"""

import socket
import threading
import time
from collections.abc import Iterator, Sequence

import attrs

from testing.cameras.camera_servers import MJPEG, mjpeg_parts

FILM_PER_S = 2.0
_PART_S = 0.02
"""Between the pictures of one answer."""


@attrs.frozen
class Answer:
    """What one connection is sent before it is closed."""

    content_type: str
    pieces: tuple[bytes, ...]


class Handout:
    """Hands each answer out once."""

    def __init__(self, answers: Sequence[Answer], film: Sequence[bytes]) -> None:
        self._answers: Iterator[Answer] = iter(answers)
        self._film = mjpeg_parts(film)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.left = len(answers)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def close(self) -> None:
        """Answer nobody any more."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                client.recv(65536)
                with self._lock:
                    answer = next(self._answers, None)
                    self.left -= answer is not None
                if answer is None:
                    self._show(client)
                else:
                    _send(client, answer)
            except OSError:
                return  # the camera's watcher has seen enough

    def _show(self, client: socket.socket) -> None:
        client.sendall(_head(MJPEG))
        number = 0
        while True:
            client.sendall(self._film[number % len(self._film)])
            number += 1
            time.sleep(1 / FILM_PER_S)


def _send(client: socket.socket, answer: Answer) -> None:
    client.sendall(_head(answer.content_type))
    for piece in answer.pieces:
        client.sendall(piece)
        time.sleep(_PART_S)


def _head(content_type: str) -> bytes:
    return f"HTTP/1.0 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode()
