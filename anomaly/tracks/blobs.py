"""From the maps of one picture to blobs: connected cells that move together.  Pure.

Cells are joined where they touch, also by a corner, unless their velocities differ strongly: two
people who pass each other are two blobs as long as the network tells their motion apart.  Neither
are cells joined of which some have just changed and others have not: whoever walks past a chair
that was moved an hour ago is not of one piece with it.  The work is done by rows: runs of cells
are found in numpy, and only runs are joined in Python, which is ten times fewer steps than cells.
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
ACTIVE_S = 0.3  # over how long cells are compared, or since the picture before
_ACTIVE_LEVELS = 5.0  # grey levels; more than a camera's noise
# Neighbours belong to two things where their velocities differ by more than this, in pixels a
# second, plus a share of both speeds, plus what the network doubts of both.
_APART_PX_PER_S, _APART_SHARE = 12.0, 0.35
_STATIC_PX_PER_S = 1e6  # put between what changes and what does not
_U, _V, _DOUBT, _ALLOWED, _ACTIVE, _KINDS = 0, 1, 2, 3, 4, 5  # columns of a cell's values


@attrs.frozen
class Cells:
    """The maps of one picture; rows by columns, in pixels and seconds."""

    occupied: Floats
    u_px_per_s: Floats
    v_px_per_s: Floats
    doubt_px_per_s: Floats
    kinds: Floats  # kinds, rows, columns
    activity: Floats | None = None  # grey levels, see `find_activity`; None: all are active


@attrs.frozen
class Blobs:
    """The things of one picture, one a row; pixels of the small picture."""

    boxes: Floats  # centre from the left, foot, head from the top, width
    velocity: Floats  # to the right and down, in pixels a second, by the network
    doubt: Floats  # of the velocity, pixels a second
    active: Floats  # share of the cells that have just changed
    kinds: Floats  # mean weight of each kind
    cells: Floats  # how many each covers

    def __len__(self) -> int:
        """Count the blobs."""
        return len(self.cells)


def no_blobs(kinds: int) -> Blobs:
    """Give the blobs of an empty picture."""
    sides = ((0, 4), (0, 2), (0,), (0,), (0, kinds), (0,))
    return Blobs(*(np.zeros(side, np.float32) for side in sides))


def find_activity(now: Floats, before: Floats) -> Floats:
    """Give by how many grey levels each cell differs from a picture about `ACTIVE_S` before.

    Both are pictures less background and light; a quarter of their pixels says as well.
    """
    apart = np.abs(now[::2, ::2] - before[::2, ::2])
    lines = apart[::2] + apart[1::2]
    return np.asarray((lines[:, ::2] + lines[:, 1::2]) * np.float32(0.25), np.float32)


def find_blobs(cells: Cells, difference: Floats | None = None) -> Blobs:
    """Find the blobs of one picture; their edges to the pixel where its difference is given.

    `difference` is the small picture less its background and light, in grey levels.
    """
    occupied = cells.occupied > _OCCUPIED
    rows, columns = np.nonzero(occupied)
    if len(rows) < _LEAST_CELLS:
        return no_blobs(len(cells.kinds))
    live = _widen(cells.activity > _ACTIVE_LEVELS) if cells.activity is not None else occupied
    values = _values(cells, live, rows, columns)
    labels = _label(rows, columns, occupied.shape, values)
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    ends = np.concatenate([starts[1:], [len(order)]])
    kept = _largest(ends - starts)
    if not len(kept):
        return no_blobs(len(cells.kinds))
    rows, columns = rows[order], columns[order]
    top, bottom = rows[starts[kept]], rows[ends[kept] - 1]  # the order keeps the rows'
    left = np.minimum.reduceat(columns, starts)[kept]
    right = np.maximum.reduceat(columns, starts)[kept]
    many = (ends - starts)[kept].astype(np.float32)
    means = np.asarray(np.add.reduceat(values[order], starts)[kept] / many[:, None], np.float32)
    boxes = _boxes_of_cells(left, right + 1, top, bottom + 1)
    moving = means[:, _ACTIVE] > 0
    if difference is not None and moving.any():
        boxes[moving] = refine_boxes(boxes[moving], difference, ~occupied | live)
    motion = means[:, :2], means[:, _DOUBT], means[:, _ACTIVE]
    return Blobs(boxes, *motion, means[:, _KINDS:], many)


def _widen(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take in the neighbours: what moves changes at its edges more than inside."""
    rows = cells.copy()
    rows[1:] |= cells[:-1]
    rows[:-1] |= cells[1:]
    wide = rows.copy()
    wide[:, 1:] |= rows[:, :-1]
    wide[:, :-1] |= rows[:, 1:]
    return wide


def _values(cells: Cells, live: NDArray[np.bool_], rows: Places, columns: Places) -> Floats:
    """Give velocity, what it may differ by, activity and kinds of the occupied cells."""
    values = np.empty((len(rows), _KINDS + len(cells.kinds)), np.float32)
    values[:, _U], values[:, _V] = cells.u_px_per_s[rows, columns], cells.v_px_per_s[rows, columns]
    values[:, _DOUBT] = cells.doubt_px_per_s[rows, columns]
    values[:, _ALLOWED] = values[:, _DOUBT] + _APART_SHARE * np.abs(values[:, :2]).sum(1)
    values[:, _ALLOWED] += _APART_PX_PER_S / 2
    values[:, _ACTIVE] = live[rows, columns]
    values[:, _KINDS:] = cells.kinds[:, rows, columns].T
    return values


def _largest(counts: Places) -> Places:
    kept = np.flatnonzero(counts >= _LEAST_CELLS)
    if len(kept) > MOST_BLOBS:
        kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")[:MOST_BLOBS]])
    return kept


def _boxes_of_cells(left: Places, right: Places, top: Places, bottom: Places) -> Floats:
    boxes = np.empty((len(left), 4), np.float32)
    boxes[:, 0], boxes[:, 3] = (left + right) * (CELL_PX / 2), (right - left) * CELL_PX
    boxes[:, 1], boxes[:, 2] = bottom * CELL_PX, top * CELL_PX
    return boxes


def _label(rows: Places, columns: Places, shape: tuple[int, ...], values: Floats) -> Places:
    """Give the number of the group that each cell belongs to; cells come row by row."""
    wide = shape[1] + 2  # a free column on either side: nothing touches around a corner
    count = len(rows)
    places = rows * wide + columns + 1
    # What does not change is far from what does, whatever its velocity.
    u = values[:, _U] + (1 - values[:, _ACTIVE]) * np.float32(_STATIC_PX_PER_S)
    motion = u, values[:, _V].copy(), values[:, _ALLOWED].copy()
    is_first = np.ones(count, bool)
    is_first[1:] = places[1:] - places[:-1] != 1
    is_first[1:] |= ~_together(motion, slice(1, None), slice(None, -1))
    runs = np.cumsum(is_first) - 1
    at = np.full((shape[0] + 1) * wide + 1, -1)
    at[places] = np.arange(count)
    lower = np.concatenate([at[places + below] for below in (wide - 1, wide, wide + 1)])
    touches = np.flatnonzero(lower >= 0)
    lower, upper = lower[touches], touches % count
    joined = _together(motion, upper, lower)
    pairs = set((runs[upper[joined]] * count + runs[lower[joined]]).tolist())
    groups = _join(int(runs[-1]) + 1, [divmod(pair, count) for pair in pairs])
    return np.asarray(groups[runs], np.intp)


def _together(
    motion: tuple[Floats, Floats, Floats], one: Places | slice, other: Places | slice
) -> NDArray[np.bool_]:
    """Say whether cells, two by two, may belong to one thing."""
    u, v, allowed = motion
    apart = np.abs(u[one] - u[other]) + np.abs(v[one] - v[other])
    return np.asarray(apart <= allowed[one] + allowed[other], np.bool_)


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
