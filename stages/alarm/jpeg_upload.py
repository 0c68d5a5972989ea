"""Checks a picture that somebody uploads, and takes out what is no picture. Pure.

Nothing is decoded here: the marker segments are walked, those with notes, places and thumbnails
(EXIF and other application data, comments) are left out, and what follows the picture is cut off.
"""

from collections.abc import Iterator

from stages.alarm.replies import Invalid
from stages.camera.cut.jpeg import EndScan

SIDE_PX_MIN, SIDE_PX_MAX = 32, 8192
PIXELS_MAX = 40_000_000
_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive; what browsers show."""
_KEPT = frozenset({0xE0, 0xEE, 0xDB, 0xC4, 0xDD, *_FRAMES})
"""JFIF, Adobe's colours, tables, restart intervals and the frame's header."""


def clean_jpeg(content: bytes) -> bytes:
    """Return the picture alone, or raise Invalid."""
    if not content.startswith(_START):
        raise Invalid("this is no JPEG")
    end = EndScan().find(bytearray(content)) - len(_END)
    if end < 0:
        raise Invalid("this JPEG has no end: it is cut off")
    parts, frames = [_START], 0
    for marker, begin, after in _segments(content, end):
        if marker in _FRAMES:
            frames += 1
            _check_size(content[begin + 4 : after])
        if marker == _SCAN:
            if frames != 1:
                raise Invalid("this JPEG has no header that browsers understand")
            return b"".join([*parts, content[begin:end], _END])
        if marker in _KEPT:
            parts.append(content[begin:after])
    raise Invalid("this JPEG holds no picture")


def _segments(content: bytes, end: int) -> Iterator[tuple[int, int, int]]:
    """Give each segment's marker, where it begins and where it ends, up to the first scan."""
    place = len(_START)
    while place + 4 <= end:
        if content[place] != 0xFF:
            raise Invalid("this JPEG is damaged")
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        after = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        if after > end or after < place + 4:
            raise Invalid("this JPEG is damaged")
        yield marker, place, after
        place = after


def _check_size(header: bytes) -> None:
    if len(header) < 6:
        raise Invalid("this JPEG is damaged")
    height_px, width_px = int.from_bytes(header[1:3]), int.from_bytes(header[3:5])
    sides = (width_px, height_px)
    if min(sides) < SIDE_PX_MIN or max(sides) > SIDE_PX_MAX or width_px * height_px > PIXELS_MAX:
        raise Invalid(
            f"this picture is {width_px}x{height_px}; its sides have to be {SIDE_PX_MIN} to "
            f"{SIDE_PX_MAX}, and no more than {PIXELS_MAX} pixels in all"
        )
