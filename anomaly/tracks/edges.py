"""The edges of blobs to the pixel: where the difference from the background begins and ends. Pure.

Cells are four pixels and people eight to forty, so heights and the speeds of heads and feet that
come from cells jump by a fifth.  Within a blob's box, a little widened, each edge is put where a
small share of the difference lies beyond it, between two pixels.  Cells that are left out (what
stands around) count for nothing.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from anomaly.seeing.pictures import CELL_PX
from anomaly.types import Floats

Places = NDArray[np.intp]

_Level = TypeVar("_Level", bound=np.generic)
_NOISE_LEVELS, _MOST_LEVELS = 6.0, 40.0  # what differs by more than the latter counts no more
_BEYOND = 0.03  # share of the difference that may lie beyond an edge
_EVERY_PX = 2  # a quarter of the pixels says as well, and takes a quarter of the time
_WIDER, _LEAST = 1.0, 1.0  # in these
_LEAST_MASS = 15.0  # grey levels times pixels; below, the cells' own edges stay


def thin(differences: NDArray[_Level]) -> NDArray[_Level]:
    """Leave every second row and column of pictures; what is left says as well."""
    return differences[..., ::_EVERY_PX, ::_EVERY_PX]


def refine_boxes(boxes: Floats, of: Places, differences: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Return boxes (centre, foot, head, width) with edges by the difference in the pictures.

    `of` is the picture of each box; the differences are thinned.
    """
    boxes = boxes * np.float32(1 / _EVERY_PX)
    height, width = differences.shape[1:]
    areas = _areas(differences, kept)
    half = boxes[:, 3] / 2 + _WIDER
    left, right = _inside(boxes[:, 0] - half, width), _inside(boxes[:, 0] + half, width)
    top, bottom = _inside(boxes[:, 2] - _WIDER, height), _inside(boxes[:, 1] + _WIDER, height)
    # Blobs by rows, all above each row; and by columns, all left of each column.
    head, foot, total = _edges(areas[of, :, right] - areas[of, :, left], top, bottom)
    begin, end, _ = _edges(areas[of, bottom] - areas[of, top], left, right)
    refined = np.empty_like(boxes)
    refined[:, 0], refined[:, 1], refined[:, 2] = (begin + end) / 2, foot, head
    refined[:, 3] = np.maximum(end - begin, _LEAST)
    known = (total > _LEAST_MASS) & (foot - head >= _LEAST)
    return np.asarray(np.where(known[:, None], refined, boxes) * _EVERY_PX, np.float32)


def _areas(differences: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Return how much differs above and left of every point."""
    mass = np.abs(differences)
    count, height, width = mass.shape
    mass -= np.float32(_NOISE_LEVELS)
    np.maximum(np.minimum(mass, _MOST_LEVELS, out=mass), 0, out=mass)
    if not kept.all():
        side = CELL_PX // _EVERY_PX
        blocks = mass.reshape(count, height // side, side, width // side, side)
        blocks *= kept[:, :, None, :, None]
    areas = np.zeros((count, height + 1, width + 1), np.float32)
    np.cumsum(mass, 1, out=mass)
    np.cumsum(mass, 2, out=areas[:, 1:, 1:])
    return areas


def _inside(places: NDArray[np.floating], end: int) -> Places:
    return np.asarray(np.minimum(np.maximum(places, 0), end), np.intp)


def _edges(sums: Floats, first: Places, last: Places) -> tuple[Floats, Floats, Floats]:
    """Find where a small share of what lies between first and last is reached, and all but one.

    Where growing sums, a row a blob, reach these is told between two of their places; and what
    there is in all.
    """
    rows = np.arange(len(first))
    before = sums[rows, first]
    total = sums[rows, last] - before
    ends = [
        _reached(sums, rows, first, before + np.float32(share) * total)
        for share in (_BEYOND, 1 - _BEYOND)
    ]
    return ends[0], ends[1], total


def _reached(sums: Floats, rows: Places, first: Places, level: Floats) -> Floats:
    after = (sums >= level[:, None]).argmax(1)
    after = np.minimum(np.maximum(after, first + 1), sums.shape[1] - 1)
    low, high = sums[rows, after - 1], sums[rows, after]
    part = np.minimum(np.maximum((level - low) / np.maximum(high - low, 1e-6), 0), 1)
    return np.asarray(after - 1 + part, np.float32)
