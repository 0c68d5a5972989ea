"""From the maps of pictures to blobs: connected cells that move together.  Pure.

Cells are joined where they touch, also by a corner, unless their velocities differ strongly: two
people who pass each other are two blobs as long as the network tells their motion apart.  Neither
are cells joined of which some have just changed and others have not: whoever walks past a chair
that was moved an hour ago is not of one piece with it.  All pictures of a chunk are worked on at
once: what a numpy call costs by itself is then shared between them.
"""

import itertools

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.appearance.kinds import LOOKS
from anomaly.groups import join_runs
from anomaly.seeing.pictures import CELL_PX
from anomaly.tracks.edges import refine_boxes, thin
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
    """The maps of one picture, or of several; rows by columns, in pixels and seconds."""

    occupied: Floats
    u_px_per_s: Floats
    v_px_per_s: Floats
    doubt_px_per_s: Floats
    kinds: Floats  # kinds, rows, columns
    activity: Floats | None = None  # grey levels, see `find_activity`; None: all have changed


@attrs.frozen
class Blobs:
    """The things of one picture, one a row; pixels of the small picture."""

    boxes: Floats  # centre from the left, foot, head from the top, width
    velocity: Floats  # to the right and down, in pixels a second, by the network
    doubt: Floats  # of the velocity, pixels a second
    active: Floats  # share of the cells that have just changed
    kinds: Floats  # mean weight of each kind
    cells: Floats  # how many each covers
    looks: Floats  # how likely it looks like each of `Look`; zeros where nobody has looked

    def __len__(self) -> int:
        """Count the blobs."""
        return len(self.cells)


def no_blobs(kinds: int) -> Blobs:
    """Return the blobs of an empty picture."""
    sides = ((0, 4), (0, 2), (0,), (0,), (0, kinds), (0,), (0, LOOKS))
    return Blobs(*(np.zeros(side, np.float32) for side in sides))


def find_activity(now: Floats, before: Floats) -> Floats:
    """Return by how many grey levels each cell differs from a picture about `ACTIVE_S` before.

    Both are pictures less background and light, of which every second row and column is there.
    """
    apart = np.abs(now - before)
    lines = apart[..., ::2, :] + apart[..., 1::2, :]
    return np.asarray((lines[..., ::2] + lines[..., 1::2]) * np.float32(0.25), np.float32)


def find_blobs(cells: Cells, difference: Floats | None = None) -> Blobs:
    """Find the blobs of one picture; their edges to the pixel where its difference is given.

    `difference` is the small picture less its background and light, in grey levels.
    """
    many = Cells(
        cells.occupied[None], cells.u_px_per_s[None], cells.v_px_per_s[None],
        cells.doubt_px_per_s[None], cells.kinds[None],
        None if cells.activity is None else cells.activity[None],
    )  # fmt: skip
    return find_all_blobs(many, None if difference is None else thin(difference)[None])[0]


def find_all_blobs(cells: Cells, differences: Floats | None = None) -> list[Blobs]:
    """Find the blobs of several pictures at once: every array has a row a picture.

    Of the differences every second row and column is given (`thin`).
    """
    pictures, kinds = cells.kinds.shape[:2]
    occupied = cells.occupied > _OCCUPIED
    at = np.nonzero(occupied)
    if not len(at[0]):
        return [no_blobs(kinds)] * pictures
    live = _widen(cells.activity > _ACTIVE_LEVELS) if cells.activity is not None else occupied
    values = _values(cells, live, at)
    # All pictures one below the other, with an empty row between: nothing touches across it.
    labels = _label(at[0] * (occupied.shape[1] + 1) + at[1], at[2], occupied.shape, values)
    order = np.argsort(labels, kind="stable")
    picture, rows, columns = (places[order] for places in at)
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    kept = _largest(ends - starts, picture[starts])
    of = picture[starts[kept]]
    top, bottom = rows[starts[kept]], rows[ends[kept] - 1]  # the order keeps the rows'
    left = np.minimum.reduceat(columns, starts)[kept]
    right = np.maximum.reduceat(columns, starts)[kept]
    many = (ends - starts)[kept].astype(np.float32)
    means = np.asarray(np.add.reduceat(values[order], starts)[kept] / many[:, None], np.float32)
    boxes = _boxes_of_cells(left, right + 1, top, bottom + 1)
    moving = means[:, _ACTIVE] > 0
    if differences is not None and moving.any():
        boxes[moving] = refine_boxes(boxes[moving], of[moving], differences, ~occupied | live)
    motion = means[:, :2], means[:, _DOUBT], means[:, _ACTIVE]
    unseen = np.zeros((len(many), LOOKS), np.float32)
    every = Blobs(boxes, *motion, means[:, _KINDS:], many, unseen)
    return _by_picture(every, np.searchsorted(of, np.arange(pictures + 1)).tolist())


def _by_picture(every: Blobs, borders: list[int]) -> list[Blobs]:
    fields = attrs.astuple(every, recurse=False)
    return [
        Blobs(*(values[first:last] for values in fields))
        for first, last in itertools.pairwise(borders)
    ]


def _widen(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take in the neighbours: what moves changes at its edges more than inside."""
    rows = cells.copy()
    rows[:, 1:] |= cells[:, :-1]
    rows[:, :-1] |= cells[:, 1:]
    wide = rows.copy()
    wide[:, :, 1:] |= rows[:, :, :-1]
    wide[:, :, :-1] |= rows[:, :, 1:]
    return wide


def _values(cells: Cells, live: NDArray[np.bool_], at: tuple[Places, ...]) -> Floats:
    """Return velocity, what it may differ by, activity and kinds of the occupied cells."""
    kinds = cells.kinds.shape[1]
    values = np.empty((len(at[0]), _KINDS + kinds), np.float32)
    values[:, _U], values[:, _V] = cells.u_px_per_s[at], cells.v_px_per_s[at]
    values[:, _DOUBT] = cells.doubt_px_per_s[at]
    values[:, _ALLOWED] = values[:, _DOUBT] + _APART_SHARE * np.abs(values[:, :2]).sum(1)
    values[:, _ALLOWED] += _APART_PX_PER_S / 2
    values[:, _ACTIVE] = live[at]
    for kind in range(kinds):
        values[:, _KINDS + kind] = cells.kinds[:, kind][at]
    return values


def _largest(counts: Places, pictures: Places) -> Places:
    """Return the groups that are kept: of every picture the largest."""
    kept = np.flatnonzero(counts >= _LEAST_CELLS)
    for picture in np.flatnonzero(np.bincount(pictures[kept]) > MOST_BLOBS):
        here = kept[pictures[kept] == picture]
        small = here[np.argsort(-counts[here], kind="stable")[MOST_BLOBS:]]
        kept = kept[~np.isin(kept, small)]
    return kept


def _boxes_of_cells(left: Places, right: Places, top: Places, bottom: Places) -> Floats:
    boxes = np.empty((len(left), 4), np.float32)
    boxes[:, 0], boxes[:, 3] = (left + right) * (CELL_PX / 2), (right - left) * CELL_PX
    boxes[:, 1], boxes[:, 2] = bottom * CELL_PX, top * CELL_PX
    return boxes


def _label(rows: Places, columns: Places, shape: tuple[int, ...], values: Floats) -> Places:
    """Return the number of the group that each cell belongs to; cells come row by row."""
    wide = shape[2] + 2  # a free column on either side: nothing touches around a corner
    count = len(rows)
    places = rows * wide + columns + 1
    # What does not change is far from what does, whatever its velocity.
    u = values[:, _U] + (1 - values[:, _ACTIVE]) * np.float32(_STATIC_PX_PER_S)
    motion = u, values[:, _V].copy(), values[:, _ALLOWED].copy()
    is_first = np.ones(count, bool)
    is_first[1:] = places[1:] - places[:-1] != 1
    is_first[1:] |= ~_together(motion, slice(1, None), slice(None, -1))
    runs = np.cumsum(is_first) - 1
    at = np.full((shape[0] * (shape[1] + 1) + 1) * wide + 1, -1)
    at[places] = np.arange(count)
    lower = np.concatenate([at[places + below] for below in (wide - 1, wide, wide + 1)])
    touches = np.flatnonzero(lower >= 0)
    lower, upper = lower[touches], touches % count
    joined = _together(motion, upper, lower)
    groups = join_runs(int(runs[-1]) + 1, runs[upper[joined]], runs[lower[joined]])
    return np.asarray(groups[runs], np.intp)


def _together(
    motion: tuple[Floats, Floats, Floats], one: Places | slice, other: Places | slice
) -> NDArray[np.bool_]:
    """Say whether cells, two by two, may belong to one thing."""
    u, v, allowed = motion
    apart = np.abs(u[one] - u[other]) + np.abs(v[one] - v[other])
    return np.asarray(apart <= allowed[one] + allowed[other], np.bool_)
