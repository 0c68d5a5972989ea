"""From the bytes of one connection to chunks: cutter, capture clock and chunker in a row."""

from collections.abc import Sequence

import attrs

from media.cut.chunk import Chunk, Chunker, ChunkRules, Timed
from media.cut.cutters import make_cutter
from media.cut.pieces import Cut, Finding, Gap, Head, Piece
from media.cut.sniff import Sniffed
from stages.camera.capture import CaptureClock
from stages.camera.faults import CameraFault, of_finding
from stages.camera.source.happenings import ChunkReady, Noted


class Assembly:
    """Makes the chunks of one connection."""

    def __init__(self, camera: str, epoch: int, sniffed: Sniffed, rules: ChunkRules) -> None:
        self._sniffed = sniffed
        self._cutter = make_cutter(sniffed)
        self._clock = CaptureClock()
        self._chunker = Chunker(camera, epoch, sniffed.format, rules)
        self.first_stream_s: float | None = None
        """The stream's own time at its first piece."""
        self.stream_line_s: float | None = None
        """What to add to the stream's time for the camera's wall time, once RTCP has told it."""
        self.pieces = 0
        """Complete so far; a connection on which this stands still has stalled."""

    @property
    def clock_offset_s(self) -> float | None:
        """How far the camera's clock is ahead, where it stamps its pictures."""
        return self._clock.offset_s

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete."""
        return self._cutter.lacks_bytes

    @property
    def spare_s(self) -> float:
        """For how long surely no chunk becomes complete."""
        return self._chunker.spare_s

    def feed(
        self, data: bytes | memoryview, arrived_s: float, wall_s: float
    ) -> list[ChunkReady | Noted]:
        """Return what became complete; raise CameraFault where nothing more will come."""
        return self._take(self._cutter.feed(data), arrived_s, wall_s)

    def feed_whole(self, data: bytes, arrived_s: float, wall_s: float) -> list[ChunkReady | Noted]:
        """Return what a body gives that stands for itself: a snapshot."""
        return self._take([*self._cutter.feed(data), *self._cutter.end()], arrived_s, wall_s)

    def gap(self, arrived_s: float, wall_s: float) -> list[ChunkReady | Noted]:
        """Close what is open and begin with a fresh cutter: what follows does not continue."""
        found = self._take([*self._cutter.end(), Gap()], arrived_s, wall_s)
        self._cutter = make_cutter(self._sniffed)
        return found

    def end(self, arrived_s: float, wall_s: float) -> list[ChunkReady | Noted]:
        """Return what the connection's end completes; whole pieces are never lost by it."""
        return self._take([*self._cutter.end(), Gap()], arrived_s, wall_s)

    def _take(
        self, cuts: Sequence[Cut], arrived_s: float, wall_s: float
    ) -> list[ChunkReady | Noted]:
        found: list[Chunk | Finding] = []
        for cut in cuts:
            match cut:
                case Piece():
                    found += self._add(cut, arrived_s, wall_s)
                case Head():
                    found += self._chunker.set_head(cut)
                case Gap():
                    found += self._chunker.close()
                case Finding(is_fatal=True):
                    raise CameraFault(of_finding(cut))
                case Finding():
                    found.append(cut)
        return _wrapped(found)

    def _add(self, piece: Piece, arrived_s: float, wall_s: float) -> list[Chunk | Finding]:
        self.pieces += 1
        if piece.stream_s is not None:
            if self.first_stream_s is None:
                self.first_stream_s = piece.stream_s
            if self.stream_line_s is not None:
                piece = attrs.evolve(piece, stamp_s=piece.stream_s + self.stream_line_s)
        captured = self._clock.capture(piece, wall_s)
        done = self._chunker.add(Timed(piece, captured.wall_s, arrived_s))
        return [*captured.findings, *done]


def _wrapped(found: Sequence[Chunk | Finding]) -> list[ChunkReady | Noted]:
    return [ChunkReady(item) if isinstance(item, Chunk) else Noted(item) for item in found]
