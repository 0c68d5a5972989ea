"""Squares around things, from a larger picture and from what differs in the small one.  Pure."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anomaly.types import Bytes, Floats

Crops = NDArray[np.uint8]  # things, two channels, rows, columns

SIDE_PX = 32
MOST_THINGS = 12  # of a picture, the largest: bounds the work in a crowd
DIFFERENCE_SCALE, MOST_DIFFERENCE = 1.5, 192  # of a grey level; as the network was trained
_LEAST_HALF_PX = 5.0  # of the large picture
_FURTHEST = 0.5  # of a picture's longer side that a square may reach beyond it


def difference_of(picture: Bytes, usual: Floats, light: float) -> Bytes:
    """Give by how much every pixel of a small picture differs from the usual view, scaled."""
    apart = np.abs(picture - usual - np.float32(light)) * np.float32(DIFFERENCE_SCALE)
    return np.asarray(np.minimum(apart, MOST_DIFFERENCE), np.uint8)


def cut_things(large: Bytes, difference: Bytes, boxes: Floats) -> Crops:
    """Cut a square around every box (centre, foot, head, width; pixels of the difference).

    It is twice as high as the box, or twice as wide where that is more.
    """
    crops = np.empty((len(boxes), 2, SIDE_PX, SIDE_PX), np.uint8)
    down, across = large.shape[0] / difference.shape[0], large.shape[1] / difference.shape[1]
    squares = _squares(boxes, across, down)
    crops[:, 0] = _cut(large, squares)
    squares[:, [0, 2]] /= across
    squares[:, [1, 3]] /= down
    crops[:, 1] = _cut(difference, squares)
    return crops


def _squares(boxes: Floats, across: float, down: float) -> NDArray[np.float64]:
    """Give left, top, right and bottom in pixels of the large picture."""
    x, y = boxes[:, 0] * across, (boxes[:, 1] + boxes[:, 2]) * (down / 2)
    half = np.maximum(boxes[:, 3] * across, (boxes[:, 1] - boxes[:, 2]) * down)
    half = np.maximum(half, _LEAST_HALF_PX)
    return np.stack([x - half, y - half, x + half, y + half], 1).astype(np.float64)


def _cut(picture: Bytes, squares: NDArray[np.float64]) -> Bytes:
    """Cut the squares and bring them to one size; beyond the picture its edge goes on."""
    height, width = picture.shape
    beyond = np.concatenate([-squares[:, :2], squares[:, 2:] - (width, height)]).max(initial=0)
    margin = min(math.ceil(beyond) + 1, math.ceil(_FURTHEST * max(height, width)))
    image = Image.fromarray(np.pad(picture, margin, mode="edge"))
    most = image.size[0] - _LEAST_HALF_PX, image.size[1] - _LEAST_HALF_PX
    cut = np.empty((len(squares), SIDE_PX, SIDE_PX), np.uint8)
    for number, square in enumerate((squares + margin).tolist()):
        left, top = (min(max(0.0, at), end) for at, end in zip(square[:2], most, strict=True))
        right, bottom = (
            min(max(at, start + _LEAST_HALF_PX), end)
            for at, start, end in zip(square[2:], (left, top), image.size, strict=True)
        )
        how = Image.Resampling.BOX if right - left > SIDE_PX else Image.Resampling.BILINEAR
        whole = image.resize((SIDE_PX, SIDE_PX), how, box=(left, top, right, bottom))
        cut[number] = np.asarray(whole)
    return cut
