"""Cuts fragmented MP4 into fragments (moof with its mdat), behind an init segment (ftyp, moov).

Boxes are walked by their sizes and only the few that tell the time and whether a fragment can be
entered are opened (boxes.py). A fragment without the video track (sound of its own) is left out.
"""

from media.cut import boxes
from media.cut.jpeg import too_large
from media.cut.pieces import UNIT_BYTES_MAX, Cut, Finding, Head, Piece
from media.cut.units import UnitCutter

HEAD_BYTES_MAX = 1024 * 1024
_KEPT = frozenset({b"ftyp", b"moov", b"moof", b"mdat"})
_HEADER_BYTES = 8


class Fmp4Cutter(UnitCutter):
    """Cuts a stream of fragmented MP4."""

    def __init__(self, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        super().__init__(unit_bytes_max)
        self._ftyp = b""
        self._track: boxes.Track | None = None
        self._moof = b""
        self._fragment: boxes.Fragment | None = None
        self._has_begun = False
        """With a head or a fragment; a recording begins with its pictures, or with all there is."""

    @property
    def held_bytes(self) -> int:
        """Bytes kept until a box is complete."""
        return super().held_bytes + len(self._moof)

    def _cut_one(self, cuts: list[Cut]) -> bool:
        header = boxes.read_header(self._buffer)
        if header is None:
            return False
        kind, header_bytes, size = header
        if size < header_bytes or not kind.isascii():
            return self._lose(cuts, _damaged())
        if kind == b"mdat" and not self._has_begun:
            return self._lose(cuts, _not_fragmented())
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

    def _take(self, kind: bytes, box: bytes, cuts: list[Cut]) -> None:
        if kind == b"ftyp":
            self._ftyp = box
        elif kind == b"moov":
            self._has_begun = True
            self._take_moov(box, cuts)
        elif kind == b"moof":
            self._has_begun = True
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
        if not self._moof or self._fragment is None:
            return
        cuts.append(Piece(self._moof + box, self._fragment.is_key, self._fragment.stream_s))
        self._moof = b""

    def _lose(self, cuts: list[Cut], finding: Finding) -> bool:
        self._moof = b""
        return super()._lose(cuts, finding)


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
