"""The edges of blobs to the pixel: where the difference from the background begins and ends. Pure.

Cells are four pixels and people eight to forty, so heights and the speeds of heads and feet that
come from cells jump by a fifth.  Within a blob's box, a little widened, each edge is put where a
small share of the difference lies beyond it, between two pixels.  Cells that are left out (what
stands around) count for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly.pictures import CELL_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.types import Floats

    Places = NDArray[np.intp]

_NOISE_LEVELS, _MOST_LEVELS = 6.0, 40.0  # what differs by more than the latter counts no more
_BEYOND = 0.03  # share of the difference that may lie beyond an edge
_WIDER_PX = CELL_PX // 2
_LEAST_MASS = 60.0  # grey levels times pixels; below, the cells' own edges stay
_LEAST_PX = 2.0


def refine_boxes(boxes: Floats, difference: Floats, kept: NDArray[np.bool_]) -> Floats:
    """Give boxes (centre, foot, head, width) with edges by the difference in the picture."""
    height, width = difference.shape
    mass = np.abs(difference)
    mass -= np.float32(_NOISE_LEVELS)
    np.clip(mass, 0, _MOST_LEVELS, out=mass)
    if not kept.all():
        blocks = mass.reshape(len(kept), CELL_PX, -1, CELL_PX)
        blocks *= kept[:, None, :, None]
    half = boxes[:, 3] / 2 + _WIDER_PX
    left, right = (_inside(boxes[:, 0] + side, width) for side in (-half, half))
    top, bottom = _inside(boxes[:, 2] - _WIDER_PX, height), _inside(boxes[:, 1] + _WIDER_PX, height)
    areas = np.zeros((height + 1, width + 1), np.float32)
    np.cumsum(mass, 0, out=mass)
    np.cumsum(mass, 1, out=areas[1:, 1:])
    down = areas[:, right] - areas[:, left]  # rows by blobs, all above each row
    across = (areas[bottom] - areas[top]).T  # columns by blobs, all left of each column
    head, foot = _edges(down, top, bottom)
    begin, end = _edges(across, left, right)
    refined = np.empty_like(boxes)
    refined[:, 0], refined[:, 1], refined[:, 2] = (begin + end) / 2, foot, head
    refined[:, 3] = np.maximum(end - begin, _LEAST_PX)
    columns = np.arange(len(boxes))
    known = down[bottom, columns] - down[top, columns] > _LEAST_MASS
    known &= foot - head >= _LEAST_PX
    return np.where(known[:, None], refined, boxes)


def _inside(places: NDArray[np.floating], end: int) -> Places:
    return np.asarray(np.clip(places, 0, end), np.intp)


def _edges(sums: Floats, first: Places, last: Places) -> tuple[Floats, Floats]:
    """Find where a small share of what lies between first and last is reached, and all but one."""
    columns = np.arange(sums.shape[1])
    before, all_of_it = sums[first, columns], sums[last, columns]
    share = np.float32(_BEYOND) * (all_of_it - before)
    return (
        _reach(sums, before + share, first, last),
        _reach(sums, all_of_it - share, first, last),
    )


def _reach(sums: Floats, level: Floats, first: Places, last: Places) -> Floats:
    """Find where growing sums reach a level, between two pixels."""
    columns = np.arange(sums.shape[1])
    after = np.clip((sums < level).sum(0), first + 1, np.maximum(last, first + 1))
    after = np.minimum(after, len(sums) - 1)
    low, high = sums[after - 1, columns], sums[after, columns]
    part = (level - low) / np.maximum(high - low, 1e-6)
    return np.asarray(after - 1 + np.clip(part, 0, 1), np.float32)
