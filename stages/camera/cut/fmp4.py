"""Cuts fragmented MP4 into fragments (moof with its mdat), behind an init segment (ftyp, moov).

Boxes are walked by their sizes and only the few that tell the time and whether a fragment can be
entered are opened (boxes.py). A fragment without the video track (sound of its own) is left out.
"""

from stages.camera.cut import boxes
from stages.camera.cut.jpeg import too_large
from stages.camera.cut.pieces import UNIT_BYTES_MAX, Cut, Finding, Head, Piece

HEAD_BYTES_MAX = 1024 * 1024
_KEPT = frozenset({b"ftyp", b"moov", b"moof", b"mdat"})
_HEADER_BYTES = 8
_LONG_HEADER_BYTES = 16


class Fmp4Cutter:
    """Cuts a stream of fragmented MP4."""

    def __init__(self, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        self._unit_bytes_max = unit_bytes_max
        self._buffer = bytearray()
        self._skipped_bytes = 0
        """Still to pass over of a box that is not kept."""
        self._ftyp = b""
        self._track: boxes.Track | None = None
        self._moof = b""
        self._fragment: boxes.Fragment | None = None
        self._is_lost = False

    @property
    def held_bytes(self) -> int:
        """Bytes kept until a box is complete."""
        return len(self._buffer) + len(self._moof)

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete."""
        return 1

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """Return the fragments that became complete by these bytes."""
        cuts: list[Cut] = []
        if self._is_lost:
            return cuts
        self._buffer += data
        while not self._is_lost and self._cut_one(cuts):
            pass
        return cuts

    def end(self) -> list[Cut]:
        """Return nothing: half a fragment does not decode."""
        self._buffer.clear()
        return []

    def _cut_one(self, cuts: list[Cut]) -> bool:
        if self._skipped_bytes:
            return self._skip()
        header = boxes.read_header(self._buffer)
        if header is None:
            return False
        kind, header_bytes, size = header
        if size < header_bytes or not kind.isascii():
            return self._lose(cuts, _damaged())
        limit_bytes = self._unit_bytes_max if kind == b"mdat" else HEAD_BYTES_MAX
        if kind not in _KEPT or size > limit_bytes:
            if kind in _KEPT:
                cuts.append(too_large("fragment", limit_bytes))
                self._moof = b""
            self._skipped_bytes = size
            return True
        if len(self._buffer) < size:
            return False
        box = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        self._take(kind, box, cuts)
        return True

    def _skip(self) -> bool:
        dropped = min(self._skipped_bytes, len(self._buffer))
        del self._buffer[:dropped]
        self._skipped_bytes -= dropped
        return bool(self._buffer)

    def _take(self, kind: bytes, box: bytes, cuts: list[Cut]) -> None:
        if kind == b"ftyp":
            self._ftyp = box
        elif kind == b"moov":
            self._take_moov(box, cuts)
        elif kind == b"moof":
            self._take_moof(box, cuts)
        else:
            self._take_mdat(box, cuts)

    def _take_moov(self, box: bytes, cuts: list[Cut]) -> None:
        track = boxes.read_track(box)
        if track is None:
            self._lose(cuts, _no_video())
        elif not track.is_fragmented:
            self._lose(cuts, _not_fragmented())
        else:
            self._track = track
            cuts.append(Head(self._ftyp + box))

    def _take_moof(self, box: bytes, cuts: list[Cut]) -> None:
        self._moof = b""
        if self._track is None:
            cuts.append(Finding("fragment_before_head", "A fragment came before the init segment."))
            return
        self._fragment = boxes.read_fragment(box, self._track)
        self._moof = box if self._fragment else b""

    def _take_mdat(self, box: bytes, cuts: list[Cut]) -> None:
        if self._track is None:
            self._lose(cuts, _not_fragmented())
        if not self._moof or self._fragment is None:
            return
        cuts.append(Piece(self._moof + box, self._fragment.is_key, self._fragment.stream_s))
        self._moof = b""

    def _lose(self, cuts: list[Cut], finding: Finding) -> bool:
        self._is_lost = True
        self._buffer.clear()
        self._moof = b""
        cuts.append(finding)
        return False


def _damaged() -> Finding:
    return Finding(
        "mp4_damaged",
        "The MP4 stream is damaged: a box with an impossible size or name; seda connects again.",
        is_fatal=True,
    )


def _no_video() -> Finding:
    return Finding("no_video", "The MP4 stream has no video track.", is_fatal=True)


def _not_fragmented() -> Finding:
    return Finding(
        "mp4_not_fragmented",
        "The camera answers with an MP4 recording, which cannot be shown before it is complete;"
        " use the URL of a live stream, or of fragmented MP4.",
        is_fatal=True,
    )
