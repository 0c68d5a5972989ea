"""Tells from the first bytes of an access unit whether decoding can start there.

Only for streams whose container does not say so. Each function answers True, False, or None while
the bytes do not suffice.
"""

import re
from collections.abc import Callable, Mapping

SCAN_BYTES_MAX = 4096
"""Parameter sets and messages before the first slice fit in this; then the answer is no."""

_START_CODE = re.compile(rb"\x00\x00\x01", re.DOTALL)
_H264_SPS = 7
_H264_IDR = 5
_H264_SLICES = range(1, 5)
_H265_RANDOM_ACCESS = range(16, 24)
_H265_SLICES = range(16)
_H265_VPS = 32
_H265_SPS = 33


def is_h264_key(data: bytes) -> bool | None:
    """Look for an IDR slice, or parameter sets, which encoders put before what can be entered."""
    for match in _START_CODE.finditer(data):
        if match.end() >= len(data):
            return None
        kind = data[match.end()] & 0x1F
        if kind in (_H264_IDR, _H264_SPS):
            return True
        if kind in _H264_SLICES:
            return False
    return None


def is_h265_key(data: bytes) -> bool | None:
    """Look for a slice that allows random access, or parameter sets."""
    for match in _START_CODE.finditer(data):
        if match.end() >= len(data):
            return None
        kind = data[match.end()] >> 1 & 0x3F
        if kind in _H265_RANDOM_ACCESS or kind in (_H265_VPS, _H265_SPS):
            return True
        if kind in _H265_SLICES:
            return False
    return None


def is_mpeg4_key(data: bytes) -> bool | None:
    """Look at the coding type of the first picture (ISO 14496-2: vop_coding_type)."""
    return _coding_type(data, b"\x00\x00\x01\xb6", 0, lambda byte: byte >> 6 == 0)


def is_mpeg2_key(data: bytes) -> bool | None:
    """Look at the coding type of the first picture (ISO 13818-2: picture_coding_type)."""
    return _coding_type(data, b"\x00\x00\x01\x00", 1, lambda byte: byte >> 3 & 7 == 1)


def _coding_type(
    data: bytes, code: bytes, skipped: int, is_intra: Callable[[int], bool]
) -> bool | None:
    at = data.find(code)
    position = at + len(code) + skipped
    if at < 0 or position >= len(data):
        return None
    return is_intra(data[position])


KEY_TESTS: Mapping[int, Callable[[bytes], bool | None]] = {
    0x01: is_mpeg2_key,
    0x02: is_mpeg2_key,
    0x10: is_mpeg4_key,
    0x1B: is_h264_key,
    0x24: is_h265_key,
}
"""By the stream type in an MPEG-TS programme map."""
