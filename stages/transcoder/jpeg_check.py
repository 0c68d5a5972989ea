"""Reads a JPEG's header without decoding: dimensions, and whether every browser can show it.

A header is believed for nothing but refusing: 304 bytes can claim 56321x7789 pixels, and a decoder
would take memory for them.
"""

import attrs

from stages.transcoder.batch import Unusable

_SEGMENTS_MAX = 256
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SHOWN_BY_BROWSERS = frozenset({0xC0, 0xC1, 0xC2})
_TABLES = 0xC4
_SCAN = 0xDA


@attrs.frozen
class Header:
    """What a JPEG claims to be."""

    width_px: int
    height_px: int
    components: int
    has_tables: bool
    """Brings its Huffman tables; some motion JPEG leaves them out."""
    has_end: bool


def read_header(jpeg: bytes | memoryview, pixels_max: int) -> Header:
    """Return the header, or raise Unusable with the reason why the picture is refused."""
    if bytes(jpeg[:2]) != b"\xff\xd8":
        raise Unusable("jpeg_not_jpeg", "The camera sends something that is no JPEG picture.")
    frame, has_tables, has_scan = _walk(jpeg)
    if frame is not None:
        _check(frame, pixels_max)
    if frame is None or not has_scan:
        raise Unusable("jpeg_damaged", "A JPEG picture without a readable header was left out.")
    height_px, width_px = int.from_bytes(frame[3:5]), int.from_bytes(frame[5:7])
    has_end = b"\xff\xd9" in bytes(jpeg[-64:])
    return Header(width_px, height_px, frame[7], has_tables, has_end)


def _walk(jpeg: bytes | memoryview) -> tuple[bytes | None, bool, bool]:
    """Return the frame header behind its marker, whether tables come, and whether a scan does."""
    frame, has_tables = None, False
    at = 2
    for _ in range(_SEGMENTS_MAX):
        if at + 4 > len(jpeg) or jpeg[at] != 0xFF:
            break
        marker = jpeg[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            return frame, has_tables, True
        length = int.from_bytes(jpeg[at + 2 : at + 4])
        if marker in _FRAME_STARTS and length >= 8:
            frame = bytes([marker]) + bytes(jpeg[at + 3 : at + 2 + length])
        has_tables |= marker == _TABLES
        at += 2 + max(2, length)
    return frame, has_tables, False


def _check(frame: bytes, pixels_max: int) -> None:
    if len(frame) < 8 or frame[0] not in _SHOWN_BY_BROWSERS or frame[2] != 8:
        raise Unusable(
            "jpeg_kind_unsupported",
            "The camera sends a kind of JPEG that browsers cannot show (lossless, arithmetic or"
            " more than 8 bits); choose baseline JPEG in the camera.",
        )
    height_px, width_px = int.from_bytes(frame[3:5]), int.from_bytes(frame[5:7])
    if not height_px or not width_px:
        raise Unusable("jpeg_damaged", "A JPEG picture without dimensions was left out.")
    if height_px * width_px > pixels_max:
        raise Unusable(
            "picture_too_large",
            f"A picture claims {width_px}x{height_px} pixels, more than {pixels_max} in all;"
            " lower the camera's resolution.",
        )
