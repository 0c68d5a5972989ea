"""Reads a JPEG's header just far enough to know whether the fast decoder may have it. Pure.

simplejpeg decodes in two thirds of Pillow's time, and writes beyond its memory when it is asked to
make a lossless JPEG smaller. So a file comes to it only if this has seen, byte by byte and with
nothing skipped, that its frame is of 8 bits and Huffman coded, by discrete cosines. Whatever is
not exactly as a camera would write it is Pillow's, which says what is wrong with it.
"""

from __future__ import annotations

_START = b"\xff\xd8"
_COSINE_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive
_TABLES = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})  # that may come before the frame
_COMPONENTS = frozenset({1, 3})
_FRAME_BYTES = 8  # before the components
_MOST_SEGMENTS = 64


def plain_size(content: bytes) -> tuple[int, int] | None:
    """Give width and height of a JPEG of the ordinary kind; None for any other, or no JPEG."""
    at = len(_START)
    if not content.startswith(_START):
        return None
    for _ in range(_MOST_SEGMENTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return None
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _COSINE_FRAMES:
            return _size(content[at + 2 : at + 2 + length], length)
        if marker not in _TABLES or length < 2:
            return None
        at += 2 + length
    return None


def _size(frame: bytes, length: int) -> tuple[int, int] | None:
    if length < _FRAME_BYTES or len(frame) != length:
        return None
    bits, components = frame[2], frame[7]
    height_px, width_px = int.from_bytes(frame[3:5]), int.from_bytes(frame[5:7])
    is_ordinary = bits == 8 and components in _COMPONENTS
    if not is_ordinary or length != _FRAME_BYTES + 3 * components or not height_px * width_px:
        return None
    return width_px, height_px
