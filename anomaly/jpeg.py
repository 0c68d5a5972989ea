"""Makes grey JPEGs: the typed face of simplejpeg, which brings libjpeg-turbo and no types."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from anomaly.types import Bytes


class _Encode(Protocol):
    def __call__(self, picture: Bytes, *, quality: int, colorspace: str) -> bytes: ...


_encode: _Encode = import_module("simplejpeg").encode_jpeg


def encode_grey(picture: Bytes, quality: int) -> bytes:
    """Give the JPEG of a grey picture."""
    plane = np.ascontiguousarray(picture)[..., None]
    return _encode(plane, quality=quality, colorspace="GRAY")
