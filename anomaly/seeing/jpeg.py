"""Makes and reads grey JPEGs: the typed face of simplejpeg, which has no types."""

from importlib import import_module
from typing import Protocol

import numpy as np

from anomaly.types import Bytes


class _Encode(Protocol):
    def __call__(self, picture: Bytes, *, quality: int, colorspace: str) -> bytes: ...


class _Decode(Protocol):
    def __call__(
        self, content: bytes, *, colorspace: str, min_height: int, min_width: int
    ) -> Bytes: ...


_library = import_module("simplejpeg")
_encode: _Encode = _library.encode_jpeg
_decode: _Decode = _library.decode_jpeg


def encode_grey(picture: Bytes, quality: int) -> bytes:
    """Return the JPEG of a grey picture."""
    plane = np.ascontiguousarray(picture)[..., None]
    return _encode(plane, quality=quality, colorspace="GRAY")


def decode_grey(content: bytes, least: tuple[int, int]) -> Bytes | None:
    """Return the smallest picture with at least this width and height; None where damaged.

    For files that `plain_size` has let through only: it is not safe with others.
    """
    try:
        decoded = _decode(content, colorspace="GRAY", min_width=least[0], min_height=least[1])
    except ValueError:
        return None
    return decoded[..., 0]
