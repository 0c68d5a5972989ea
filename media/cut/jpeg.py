"""Finds where a JPEG ends, and cuts JPEGs that follow each other without anything between.

The end-of-image marker can also stand inside a segment (a thumbnail in EXIF data), so segments are
walked by their lengths up to the first scan. In a scan, a 0xFF of the data is followed by 0x00 and
a search for FF D9 is exact; between the scans of a progressive picture stand further segments, so
there every marker is looked at.
"""

import re

from media.cut.pieces import UNIT_BYTES_MAX, Cut, Finding, Piece

START = b"\xff\xd8"
END = b"\xff\xd9"
_SEGMENTS_MAX = 4096
"""A progressive picture has some dozens. Walking is slow; nobody is to be kept busy with it."""
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_MORE = -1


class EndScan:
    """Looks for the end of the JPEG that starts at the beginning of a growing buffer."""

    def __init__(self) -> None:
        self._position = len(START)
        self._segments = 0
        self._is_in_scan = False
        self._is_progressive = False

    def find(self, buffer: bytearray) -> int:
        """Return the offset after the picture's last byte, or -1 while it has not arrived."""
        while True:
            step = self._search if self._is_in_scan else self._walk
            end = step(buffer)
            if end is not None:
                return end

    def _walk(self, buffer: bytearray) -> int | None:
        position = self._position
        if len(buffer) < position + 4:
            return position + 2 if buffer[position : position + 2] == END else _MORE
        self._segments += 1
        if buffer[position] != 0xFF or self._segments > _SEGMENTS_MAX:
            self._is_in_scan = True  # damaged: the end marker is all that can be looked for
            self._is_progressive = False
            return None
        marker = buffer[position + 1]
        if marker == END[1]:
            return position + 2
        if marker == 0xFF:
            self._position += 1
        elif marker in _STANDALONE:
            self._position += 2
        else:
            self._is_progressive |= marker in _PROGRESSIVE
            self._position += 2 + int.from_bytes(buffer[position + 2 : position + 4])
            self._is_in_scan = marker == 0xDA
        return None

    def _search(self, buffer: bytearray) -> int | None:
        if self._is_progressive:
            return self._next_marker(buffer)
        found = buffer.find(END, self._position)
        if found >= 0:
            return found + 2
        self._position = max(self._position, len(buffer) - 1)
        return _MORE

    def _next_marker(self, buffer: bytearray) -> int | None:
        match = _MARKER.search(buffer, self._position)
        if match is None:
            self._position = max(self._position, len(buffer) - 1)
            return _MORE
        self._position = match.start()
        self._is_in_scan = False
        return None


class JpegCutter:
    """Cuts JPEGs that follow each other: one snapshot, or a stream without boundaries."""

    def __init__(self, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        self._unit_bytes_max = unit_bytes_max
        self._buffer = bytearray()
        self._scan: EndScan | None = None

    @property
    def held_bytes(self) -> int:
        """Bytes kept until a picture is complete."""
        return len(self._buffer)

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete."""
        return 1

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """Return the pictures that became complete by these bytes."""
        self._buffer += data
        cuts: list[Cut] = []
        while self._cut_one(cuts):
            pass
        return cuts

    def end(self) -> list[Cut]:
        """Return what is left of a picture that was cut off, for what can be decoded of it."""
        left = bytes(self._buffer)
        self._buffer.clear()
        if self._scan is None:
            return []
        self._scan = None
        return [truncated(), Piece(left, is_key=True)]

    def _cut_one(self, cuts: list[Cut]) -> bool:
        if self._scan is None and not self._seek(cuts):
            return False
        assert self._scan is not None  # noqa: S101 - _seek has just set it
        end = self._scan.find(self._buffer)
        if end == _MORE or end > len(self._buffer):
            return self._drop_oversize(cuts)
        cuts.append(Piece(bytes(self._buffer[:end]), is_key=True))
        del self._buffer[:end]
        self._scan = None
        return True

    def _seek(self, cuts: list[Cut]) -> bool:
        start = self._buffer.find(START)
        if start < 0:
            junk_bytes = max(0, len(self._buffer) - 1)
            has_start = False
        else:
            junk_bytes = start
            has_start = True
            self._scan = EndScan()
        if self._buffer[:junk_bytes].strip(b"\r\n\0"):
            cuts.append(junk())
        del self._buffer[:junk_bytes]
        return has_start

    def _drop_oversize(self, cuts: list[Cut]) -> bool:
        if len(self._buffer) <= self._unit_bytes_max:
            return False
        cuts.append(too_large("picture", self._unit_bytes_max))
        self._buffer.clear()
        self._scan = None
        return False


def truncated() -> Finding:
    """Return the finding for a picture without its end."""
    return Finding(
        "jpeg_truncated", "A picture ended before its end marker; it is shown as it came."
    )


def too_large(what: str, limit_bytes: int) -> Finding:
    """Return the finding for a unit that outgrew its bound."""
    limit = f"{limit_bytes / 2**20:g} MB"
    return Finding(
        "unit_too_large",
        f"The camera sent a {what} of more than {limit}, which was skipped;"
        " lower its resolution or bit rate.",
    )


def junk() -> Finding:
    """Return the finding for bytes that were passed over."""
    return Finding("junk_skipped", "The camera sends bytes that belong to no picture.")
