"""Grey JPEGs: the typed face of simplejpeg, which brings libjpeg-turbo and no types."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from anomaly.types import Bytes


class _Encode(Protocol):
    def __call__(self, picture: Bytes, *, quality: int, colorspace: str) -> bytes: ...


class _Decode(Protocol):
    def __call__(
        self, content: bytes, colorspace: str, *, min_height: int, min_width: int
    ) -> Bytes: ...


_module = import_module("simplejpeg")
_encode: _Encode = _module.encode_jpeg
_decode: _Decode = _module.decode_jpeg


def encode_grey(picture: Bytes, quality: int) -> bytes:
    """Give the JPEG of a grey picture."""
    plane = np.ascontiguousarray(picture)[..., None]
    return _encode(plane, quality=quality, colorspace="GRAY")


def decode_grey(content: bytes, width_px: int, height_px: int) -> Bytes:
    """Give a JPEG's grey picture, made smaller while decoding but not below this size.

    Raises ValueError where it can not.
    """
    return _decode(content, "GRAY", min_height=height_px, min_width=width_px)[..., 0]
