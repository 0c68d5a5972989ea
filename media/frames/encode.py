"""JPEG from YUV planes: the typed face of simplejpeg, which brings libjpeg-turbo and no types."""

from importlib import import_module
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]


class _Encode(Protocol):
    def __call__(self, luma: Plane, blue: Plane, red: Plane, /, *, quality: int) -> bytes: ...


encode_planes: _Encode = import_module("simplejpeg").encode_jpeg_yuv_planes
"""Return the JPEG of three planes of full range; their sizes tell the chroma subsampling."""
