"""Blacks out polygons. What they hide is seen and kept by nobody."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from media.frames.plan import Polygon

BLACK = 0
NO_COLOUR = 128


@lru_cache(maxsize=16)
def mask(polygons: tuple[Polygon, ...], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Return which pixels are hidden; a pixel that a polygon touches is."""
    image = Image.new("1", (width_px, height_px))
    draw = ImageDraw.Draw(image)
    for polygon in polygons:
        corners = [(x * width_px, y * height_px) for x, y in polygon]
        draw.polygon(corners, fill=1, outline=1)
    return np.asarray(image, dtype=np.bool_)


def black_out(planes: list[NDArray[np.uint8]], polygons: tuple[Polygon, ...]) -> None:
    """Black the polygons out in writable planes (luma, and two of colour at any size)."""
    height_px, width_px = planes[0].shape
    hidden = mask(polygons, width_px, height_px)
    planes[0][hidden] = BLACK
    for plane in planes[1:]:
        plane[_spread(hidden, plane.shape)] = NO_COLOUR


def _spread(hidden: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the mask for a plane of less resolution: hidden where any of its pixels is."""
    down, across = -(-hidden.shape[0] // shape[0]), -(-hidden.shape[1] // shape[1])
    padded = np.zeros((shape[0] * down, shape[1] * across), dtype=np.bool_)
    padded[: hidden.shape[0], : hidden.shape[1]] = hidden
    blocks = padded.reshape(shape[0], down, shape[1], across)
    return np.asarray(blocks.any(axis=(1, 3)), dtype=np.bool_)
