"""Checks a picture that somebody uploads, and takes out what is no picture. Pure.

Nothing is decoded here: the marker segments are walked, those with notes, places and thumbnails
(EXIF and other application data, comments) are left out, and what follows the picture is cut off.
"""

from media.cut.jpeg import EndScan
from media.jpeg_header import END, FRAMES, SCAN, START, Header, read_header, walk
from stages.alarm.replies import Invalid

SIDE_PX_MIN, SIDE_PX_MAX = 32, 8192
PIXELS_MAX = 40_000_000
_KEPT = frozenset({0xE0, 0xEE, 0xDB, 0xC4, 0xDD, *FRAMES})
"""JFIF, Adobe's colours, tables, restart intervals and the frame's header."""


def clean_jpeg(content: bytes) -> bytes:
    """Return the picture alone, or raise Invalid."""
    if not content.startswith(START):
        raise Invalid("this is no JPEG")
    end = EndScan().find(bytearray(content)) - len(END)
    if end < 0:
        raise Invalid("this JPEG has no end: it is cut off")
    parts = [START]
    for segment in walk(content[:end]):
        if segment.marker == SCAN:
            parts += [content[segment.start : end], END]
        elif segment.marker in _KEPT:
            parts.append(content[segment.start : segment.end])
    if parts[-1] != END:
        raise Invalid("this JPEG holds no picture, or is damaged")
    picture = b"".join(parts)
    _check(read_header(picture))
    return picture


def _check(header: Header | None) -> None:
    if header is None or not header.is_shown:
        raise Invalid("this JPEG has no header that browsers understand")
    sides = (header.width_px, header.height_px)
    if min(sides) < SIDE_PX_MIN or max(sides) > SIDE_PX_MAX or header.pixels > PIXELS_MAX:
        raise Invalid(
            f"this picture is {sides[0]}x{sides[1]}; its sides have to be {SIDE_PX_MIN} to "
            f"{SIDE_PX_MAX}, and no more than {PIXELS_MAX} pixels in all"
        )
    if header.is_dear:
        raise Invalid(
            f"this picture takes too long to decode ({header.price}); save it as an ordinary"
            " (baseline) JPEG"
        )
