"""Cuts FLV into video tags; the header and the codec's sequence header are the head.

Sound and script tags are left out: the first is not recorded, the second is not needed to decode.
Both the old layout (codec number) and the enhanced one (four letters, for H.265) are understood.
"""

from collections.abc import Mapping
from typing import Literal

from media.cut.jpeg import too_large
from media.cut.pieces import UNIT_BYTES_MAX, Cut, Finding, Head, Piece
from media.cut.units import UnitCutter
from media.cut.unwrap import Unwrap

SIGNATURE = b"FLV\x01"
_VIDEO_ONLY = 0x01
_TAG_HEADER_BYTES = 11
_TRAILER_BYTES = 4
_VIDEO = 9
_KINDS = frozenset({8, _VIDEO, 18})
_KEY = 1
_COMMAND = 5
_PACKETS: Mapping[int, Literal["sequence", "frame"]] = {0: "sequence", 1: "frame"}
_ENHANCED: Mapping[int, Literal["sequence", "frame"]] = {0: "sequence", 1: "frame", 3: "frame"}
_CODECS_WITH_HEADER = frozenset({7, 12})
"""H.264, and the number that cameras use for H.265 without ever having been given it."""


class FlvCutter(UnitCutter):
    """Cuts a stream of FLV."""

    def __init__(self, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        super().__init__(unit_bytes_max)
        self._has_header = False
        self._header = b""
        self._sequence: bytes | None = None
        """The sequence header; empty for codecs that have none, None before the first video tag."""
        self._clock = Unwrap(32)

    def _cut_one(self, cuts: list[Cut]) -> bool:
        return self._take_tag(cuts) if self._has_header else self._take_header(cuts)

    def _take_header(self, cuts: list[Cut]) -> bool:
        if len(self._buffer) < 9:
            return False
        header = bytes(self._buffer[:9])
        header_bytes = int.from_bytes(header[5:9])
        if not header.startswith(SIGNATURE) or not 9 <= header_bytes <= 1024:
            return self._lose(cuts, _damaged())
        self._has_header = True
        self._skipped_bytes = header_bytes + _TRAILER_BYTES
        self._header = SIGNATURE + bytes([_VIDEO_ONLY]) + (9).to_bytes(4) + bytes(_TRAILER_BYTES)
        return True

    def _take_tag(self, cuts: list[Cut]) -> bool:
        buffer = self._buffer
        if len(buffer) < _TAG_HEADER_BYTES:
            return False
        kind, data_bytes = buffer[0] & 0x1F, int.from_bytes(buffer[1:4])
        if kind not in _KINDS:
            return self._lose(cuts, _damaged())
        size = _TAG_HEADER_BYTES + data_bytes + _TRAILER_BYTES
        is_oversize = size > self._unit_bytes_max
        if kind != _VIDEO or is_oversize or data_bytes < 2:
            if is_oversize:
                cuts.append(too_large("tag", self._unit_bytes_max))
            self._skipped_bytes = size
            return True
        if len(buffer) < size:
            return False
        tag = bytes(memoryview(buffer)[:size])
        del buffer[:size]
        self._take_video(tag, cuts)
        return True

    def _take_video(self, tag: bytes, cuts: list[Cut]) -> None:
        first = tag[_TAG_HEADER_BYTES : _TAG_HEADER_BYTES + 2]
        content = read_content(first)
        if content == "frame":
            ticks = self._clock.unwrap(tag[7] << 24 | int.from_bytes(tag[4:7]))
            if self._sequence is None:
                self._announce(b"", cuts)
            cuts.append(Piece(tag, first[0] >> 4 & 7 == _KEY, ticks / 1000))
        elif content == "sequence" and (
            self._sequence is None or _content(tag) != _content(self._sequence)
        ):
            self._announce(tag, cuts)

    def _announce(self, sequence: bytes, cuts: list[Cut]) -> None:
        self._sequence = sequence
        cuts.append(Head(self._header + sequence))


def read_content(first: bytes) -> Literal["sequence", "frame", "other"]:
    """Return what a video tag holds, from its first two bytes."""
    if first[0] & 0x80:
        return _ENHANCED.get(first[0] & 0x0F, "other")
    if first[0] >> 4 == _COMMAND:
        return "other"
    has_packets = first[0] & 0x0F in _CODECS_WITH_HEADER
    return _PACKETS.get(first[1], "other") if has_packets else "frame"


def _content(tag: bytes) -> bytes:
    """Return a tag without its time stamp and trailer."""
    return tag[_TAG_HEADER_BYTES:-_TRAILER_BYTES]


def _damaged() -> Finding:
    words = "The FLV stream is damaged; seda connects again."
    return Finding("flv_damaged", words, is_fatal=True)
