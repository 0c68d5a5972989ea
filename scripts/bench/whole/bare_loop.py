"""The yardstick: one process fetches, cuts, decodes and scores MJPEG cameras, and no more.

`python -P -m scripts.bench.whole.bare_loop FILE URL...` uses the code of `media/` and `anomaly/` as
the stages do. It isolates nothing, keeps nothing, shows nobody anything, and dies of the first
error. How many pictures it has scored stands in FILE, eight bytes of it.
"""

import mmap
import selectors
import socket
import struct
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from anomaly.detect import Call, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.types import Batch, Picture, ScoredFrame
from media.cut.chunk import Chunk, Chunker, ChunkRules, Timed
from media.cut.cutters import make_cutter
from media.cut.pieces import Format, Piece
from media.cut.sniff import Sniffed

COUNT = struct.Struct("<Q")
_READ_BYTES = 256 * 1024
_WHY_NOT_GPU = "the bare loop and the system are to use the same device"


class Camera:
    """One camera's connection, and what is known of it."""

    def __init__(self, name: str, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.sendall(b"GET / HTTP/1.0\r\n\r\n")
        self.memory = CameraMemory(name)
        self._cutter = make_cutter(Sniffed(Format.MJPEG, b"frame"))
        self._chunker = Chunker(name, 1, Format.MJPEG, ChunkRules())
        self._head: bytes | None = b""

    def read(self) -> list[Chunk]:
        """Return the chunks that what has arrived completes."""
        data = self.socket.recv(_READ_BYTES)
        if not data:
            raise ConnectionError(f"{self.memory.camera} ended its stream")
        if self._head is not None:
            head, blank, data = (self._head + data).partition(b"\r\n\r\n")
            self._head = None if blank else head
        pieces = (it for it in self._cutter.feed(data) if isinstance(it, Piece))
        timed = (Timed(it, time.time(), time.monotonic()) for it in pieces)
        done = [it for one in timed for it in self._chunker.add(one)]
        return [it for it in done if isinstance(it, Chunk)]

    def score(self, chunk: Chunk, graph: MotionGraph) -> int:
        """Judge a chunk and learn from it; return how many pictures that were."""
        facts = chunk.facts
        pictures = tuple(
            Picture(mark.captured_s, content)
            for mark, content in zip(facts.marks, chunk.parts, strict=True)
        )
        batch = Batch(facts.camera, facts.epoch, facts.sequence, pictures, facts.arrived_s)
        outcome = detect_anomaly([Call(batch, self.memory)], graph)[0]
        if not isinstance(outcome, ScoredFrame):
            raise TypeError(f"{facts.camera}: not scored: {outcome.reason}")
        return len(pictures)


def main() -> None:
    """Follow the cameras until killed."""
    with Path(sys.argv[1]).open("r+b") as file, mmap.mmap(file.fileno(), COUNT.size) as count:
        graph = MotionGraph(why_not_gpu=_WHY_NOT_GPU)
        selector = selectors.DefaultSelector()
        for number, url in enumerate(sys.argv[2:]):
            camera = Camera(f"camera{number}", url)
            selector.register(camera.socket, selectors.EVENT_READ, camera)
        scored = 0
        while True:
            for key, _ in selector.select():
                for chunk in key.data.read():
                    scored += key.data.score(chunk, graph)
                    COUNT.pack_into(count, 0, scored)


if __name__ == "__main__":
    main()
