"""Cameras for benches: children that serve films over HTTP on loopback, at a steady pace.

A child is one process with a thread a client; what it costs is not counted.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Sequence
from itertools import pairwise

MJPEG = "multipart/x-mixed-replace; boundary=frame"
MPEG_TS = "video/mp2t"


class Server:
    """Serves the same film to whoever comes, from its beginning, over and over."""

    def __init__(self, pieces: Sequence[bytes], per_s: float, content_type: str) -> None:
        self._pieces = pieces
        self._per_s = per_s
        self._head = f"HTTP/1.0 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode()
        self._pid = 0
        self.port = 0

    def start(self) -> None:
        """Serve, at the same port as before if there was one."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        self.port = listener.getsockname()[1]
        self._pid = os.fork()
        if self._pid:
            listener.close()
            return
        try:
            self._accept(listener)
        finally:
            os._exit(0)

    def stop(self) -> None:
        """Cut every connection."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        self._pid = 0

    @property
    def url(self) -> str:
        """Return where it is served."""
        return f"http://127.0.0.1:{self.port}/"

    def _accept(self, listener: socket.socket) -> None:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            client.recv(65536)
            client.sendall(self._head)
            began_s, sent = time.monotonic(), 0
            while True:
                client.sendall(self._pieces[sent % len(self._pieces)])
                sent += 1
                time.sleep(max(0.0, began_s + sent / self._per_s - time.monotonic()))
        except OSError:
            client.close()


def mjpeg_parts(pictures: Sequence[bytes]) -> list[bytes]:
    """Return the parts of a multipart stream."""
    head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    return [head % len(picture) + picture + b"\r\n" for picture in pictures]


def slices(stream: bytes, count: int) -> list[bytes]:
    """Return a stream in so many pieces of whole packets of MPEG-TS."""
    packets = len(stream) // 188
    bounds = [188 * (packets * number // count) for number in range(count + 1)]
    return [stream[a:b] for a, b in pairwise(bounds)]
