"""From the maps of one picture to blobs: connected cells that move together.  Pure.

Cells are joined where they touch, also by a corner, unless their velocities differ strongly: two
people who pass each other are two blobs as long as the network tells their motion apart. The work
is done by rows: runs of cells are found in numpy, and only runs are joined in Python, which is ten
times fewer steps than cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.pictures import CELL_PX
from anomaly.tracks.edges import refine_boxes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.types import Floats

    Places = NDArray[np.intp]

_OCCUPIED = 0.4
_LEAST_CELLS = 2
MOST_BLOBS = 40  # the largest ones; bounds the work in a crowd
# Neighbours belong to two things where their velocities differ by more than this, in pixels a
# second, plus a share of both speeds, plus what the network doubts of both.
_APART_PX_PER_S, _APART_SHARE = 12.0, 0.35


@attrs.frozen
class Cells:
    """The maps of one picture; rows by columns, in pixels and seconds."""

    occupied: Floats
    u_px_per_s: Floats
    v_px_per_s: Floats
    doubt_px_per_s: Floats
    kinds: Floats  # kinds, rows, columns


@attrs.frozen
class Blobs:
    """The things of one picture, one a row; pixels of the small picture."""

    boxes: Floats  # centre from the left, foot, head from the top, width
    velocity: Floats  # to the right and down, in pixels a second, by the network
    doubt: Floats  # of the velocity, pixels a second
    kinds: Floats  # mean weight of each kind
    cells: Floats  # how many each covers

    def __len__(self) -> int:
        """Count the blobs."""
        return len(self.cells)


def no_blobs(kinds: int) -> Blobs:
    """Give the blobs of an empty picture."""
    sides = ((0, 4), (0, 2), (0,), (0, kinds), (0,))
    return Blobs(*(np.zeros(side, np.float32) for side in sides))


def find_blobs(cells: Cells, difference: Floats | None = None) -> Blobs:
    """Find the blobs of one picture; their edges to the pixel where its difference is given.

    `difference` is the small picture less its background and light, in grey levels.
    """
    rows, columns = np.nonzero(cells.occupied > _OCCUPIED)
    if len(rows) < _LEAST_CELLS:
        return no_blobs(len(cells.kinds))
    values = _values(cells, rows, columns)
    labels = _label(rows, columns, cells.occupied.shape, values[:, :3])
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    counts = np.diff(starts, append=len(order))
    kept = _largest(counts)
    if not len(kept):
        return no_blobs(len(cells.kinds))
    rows, columns = rows[order], columns[order]
    top, bottom = rows[starts[kept]], rows[(starts + counts - 1)[kept]]  # order keeps the rows'
    left = np.minimum.reduceat(columns, starts)[kept]
    right = np.maximum.reduceat(columns, starts)[kept]
    many = counts[kept].astype(np.float32)
    means = np.add.reduceat(values[order], starts)[kept] / many[:, None]
    boxes = _boxes_of_cells(left, right + 1, top, bottom + 1)
    if difference is not None:
        boxes = refine_boxes(boxes, difference)
    return Blobs(boxes, means[:, :2], means[:, 2], means[:, 3:], many)


def _values(cells: Cells, rows: Places, columns: Places) -> Floats:
    """Give velocity, doubt and kinds of the occupied cells, one a row."""
    maps = (cells.u_px_per_s, cells.v_px_per_s, cells.doubt_px_per_s)
    motion = [values[rows, columns] for values in maps]
    return np.stack([*motion, *cells.kinds[:, rows, columns]], 1)


def _largest(counts: Places) -> Places:
    kept = np.flatnonzero(counts >= _LEAST_CELLS)
    if len(kept) > MOST_BLOBS:
        kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")[:MOST_BLOBS]])
    return kept


def _boxes_of_cells(left: Places, right: Places, top: Places, bottom: Places) -> Floats:
    middle, width = (left + right) * (CELL_PX / 2), (right - left) * CELL_PX
    return np.stack([middle, bottom * CELL_PX, top * CELL_PX, width], 1).astype(np.float32)


def _label(rows: Places, columns: Places, shape: tuple[int, ...], motion: Floats) -> Places:
    """Give the number of the group that each cell belongs to; cells come row by row."""
    wide = shape[1] + 2  # a free column on either side: nothing touches around a corner
    places = rows * wide + columns + 1
    touching = np.diff(places, prepend=-2) == 1
    touching[1:] &= _together(motion[1:], motion[:-1])
    runs = np.cumsum(~touching) - 1
    at = np.full((shape[0] + 1) * wide + 1, -1)
    at[places] = np.arange(len(places))
    joints = []
    for below in (wide - 1, wide, wide + 1):
        other = at[places + below]
        upper = np.flatnonzero(other >= 0)
        lower = other[upper]
        joined = _together(motion[upper], motion[lower])
        joints.append(runs[upper[joined]] * len(places) + runs[lower[joined]])
    pairs = np.unique(np.concatenate(joints)).tolist()
    groups = _join(int(runs[-1]) + 1, [divmod(pair, len(places)) for pair in pairs])
    return np.asarray(groups[runs], np.intp)


def _together(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Say whether cells, two by two, may belong to one thing."""
    apart = np.abs(one[:, :2] - other[:, :2]).sum(1)
    both = np.abs(one[:, :2]).sum(1) + np.abs(other[:, :2]).sum(1)
    allowed = _APART_PX_PER_S + _APART_SHARE * both + one[:, 2] + other[:, 2]
    return np.asarray(apart <= allowed, np.bool_)


def _join(count: int, pairs: list[tuple[int, int]]) -> Places:
    """Give every run the number of its group: the least of its runs."""
    parents = list(range(count))
    for upper, lower in pairs:
        one, other = _root(parents, upper), _root(parents, lower)
        parents[max(one, other)] = min(one, other)
    return np.array([_root(parents, run) for run in range(count)], np.intp)


def _root(parents: list[int], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
