"""What tracks have ever done on a camera, state by state, and how rare a state is.  Pure.

A state is a coarse answer to one question of a track: which way something of its kind goes there,
and how fast something of its kind goes there (`FAMILIES`). For every state the memory counts in how
many *stretches* of time it was seen: an unbroken track, its fragments and its shadow are then one
sight and not three.

How rare a state is follows from the counts alone (Good and Turing): of all the sights so far,
those of states that are known from no more than n stretches besides their own tell how often the
camera shows something that is known from n. So a question that is asked too finely says nothing,
because here something new is seen all the time; and nothing has to be assumed of what is unusual.
What comes into many new states at once is one sight of something new. A state is taken to be seen
with its neighbours: a step aside is not a new place.
"""

import functools
import itertools
import math

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.seeing.pictures import CELL_PX
from anomaly.tracks.kinds import THINGS
from anomaly.tracks.measures import Measures
from anomaly.tracks.table import FOOT, X
from anomaly.types import Floats

Indices = NDArray[np.int64]

STRETCH_S = 30.0
_HALF_LIFE_S = 7 * 86_400.0
_TRUST_AFTER_S = 300.0  # of footage: before, everything is new
_MOST_KNOWN = 400  # stretches; what was seen in more is never rare
_UNSEEN = 0.5  # sights that are assumed of what was never seen
_GOES = 0.3  # heights a second: below, something has no direction
_DIRECTIONS, _SPEEDS = 8, 9
_SPEED_FROM, _SPEED_RATIO = 0.25, 1.5  # heights a second


@attrs.frozen
class _Family:
    """One question, and on what scale it is asked: cells a side of a region."""

    cells: int
    bins: tuple[int, ...]  # of what is asked beside the place
    spread: tuple[int, ...]  # how many bins aside count as the same
    turns: bool = False  # the first bins go round in a circle


FAMILIES = {
    "way": _Family(5, (_DIRECTIONS, THINGS), (1, 0), turns=True),
    "speed": _Family(8, (_SPEEDS, THINGS), (1, 0)),
}


@attrs.define
class States:
    """In how many stretches every state was seen; all counts decay."""

    rows: float
    columns: float
    seen: Floats  # in how many stretches it, or a neighbour of it, was seen
    sights: Floats  # in how many it was itself
    latest: NDArray[np.bool_]  # two rows: this stretch's sights and those of the one before
    begun_s: float = 0.0  # of this stretch, by the pictures' times
    footage_s: float = 0.0

    @property
    def grid(self) -> "Grid":
        """The layout of its states."""
        return grid_of(int(self.rows), int(self.columns))


@attrs.frozen
class Grid:
    """Where every family's states begin, and which are neighbours."""

    starts: dict[str, int]
    total: int
    shapes: dict[str, tuple[int, int]]  # regions down and across
    near: NDArray[np.int32]  # states, neighbours; padded with the state itself
    family: NDArray[np.int32]


def start_states(rows: int, columns: int) -> States:
    """Begin with nothing known, for a grid of that many cells."""
    total = grid_of(rows, columns).total
    return States(
        float(rows), float(columns),
        np.zeros(total, np.float32), np.zeros(total, np.float32), np.zeros((2, total), np.bool_),
    )  # fmt: skip


@functools.lru_cache(maxsize=8)
def grid_of(rows: int, columns: int) -> Grid:
    """Lay out the states of a grid of cells."""
    starts, shapes, near, family = {}, {}, [], []
    total = 0
    for number, (name, asked) in enumerate(FAMILIES.items()):
        down, across = -(-rows // asked.cells), -(-columns // asked.cells)
        starts[name], shapes[name] = total, (down, across)
        shape = (down, across, *asked.bins)
        size = math.prod(shape)
        near += [[total + other for other in row] for row in _neighbours(shape, asked)]
        family += [number] * size
        total += size
    most = max(map(len, near))
    table = np.array([[*row, *[row[0]] * (most - len(row))] for row in near], np.int32)
    return Grid(starts, total, shapes, table, np.array(family, np.int32))


def _neighbours(shape: tuple[int, ...], asked: _Family) -> list[list[int]]:
    """Return every state of a family with its neighbours, itself first."""
    steps = [range(-1, 2), range(-1, 2), *(range(-far, far + 1) for far in asked.spread)]
    found = []
    for place in np.ndindex(*shape):
        here = [int(np.ravel_multi_index(place, shape))]
        for step in itertools.product(*steps):
            if sum(map(abs, step[:2])) > 1:
                continue
            there = [one + apart for one, apart in zip(place, step, strict=True)]
            if asked.turns:
                there[2] %= shape[2]
            if all(0 <= one < most for one, most in zip(there, shape, strict=True)):
                here.append(int(np.ravel_multi_index(there, shape)))
        found.append(here)
    return found


def find_states(states: States, seen: Measures) -> Indices:
    """Return the states of every measured track, a column a family; -1 where none is known."""
    grid = states.grid
    x, y = seen.box[:, X] / CELL_PX, seen.box[:, FOOT] / CELL_PX
    speed = np.hypot(seen.motion[:, 0], seen.motion[:, 1:].mean(1))
    turn = np.arctan2(seen.motion[:, 1:].mean(1), seen.motion[:, 0])
    direction = np.round(turn * (_DIRECTIONS / (2 * np.pi))).astype(np.int64) % _DIRECTIONS
    kind = seen.kinds.argmax(1)
    fast = _class(speed, _SPEED_FROM, _SPEED_RATIO, _SPEEDS)
    asked = {
        "way": ((direction, kind), seen.moves & (speed > _GOES)),
        "speed": ((fast, kind), seen.moves),
    }
    found = np.full((len(x), len(FAMILIES)), -1, np.int64)
    for number, (name, (bins, known)) in enumerate(asked.items()):
        side = FAMILIES[name].cells
        down, across = grid.shapes[name]
        place = np.clip(y // side, 0, down - 1) * across + np.clip(x // side, 0, across - 1)
        state = place.astype(np.int64)
        for values, most in zip(bins, FAMILIES[name].bins, strict=True):
            state = state * most + values
        found[:, number] = np.where(known, grid.starts[name] + state, -1)
    return found


def _class(values: Floats, first: float, ratio: float, most: int) -> Indices:
    place = np.round(np.log(np.maximum(values, 1e-3) / first) / math.log(ratio))
    return np.clip(place, 0, most - 1).astype(np.int64)


def rarity_of(states: States, found: Indices) -> Floats:
    """Return how rare every state is: nats that rise as its rate falls, zero where it is usual.

    Counted from one sight in a stretch: e-fold rarer is one nat more.
    """
    if states.footage_s < _TRUST_AFTER_S or not len(found):
        return np.zeros(found.shape, np.float32)
    rate = _rates(states)
    known = np.minimum(states.seen[found].round().astype(np.int64), _MOST_KNOWN)
    nats = -np.log(np.minimum(rate[np.arange(len(FAMILIES))[None], known] * STRETCH_S, 1))
    return np.where(found >= 0, nats, 0).astype(np.float32)


def _rates(states: States) -> Floats:
    """Return for every family how often a second it shows what is known from so many stretches."""
    besides = np.clip(states.seen.round().astype(np.int64) - 1, 0, _MOST_KNOWN)
    places = states.grid.family * (_MOST_KNOWN + 1) + besides
    size = len(FAMILIES) * (_MOST_KNOWN + 1)
    sights = np.bincount(places, states.sights, size).reshape(len(FAMILIES), -1)
    return np.asarray((sights.cumsum(1) + _UNSEEN) / states.footage_s, np.float32)


def note_states(states: States, found: Indices) -> None:
    """Note what is seen in this stretch."""
    states.latest[0, found[found >= 0]] = True


def pass_time(states: States, now_s: float, watched_s: float) -> None:
    """Count a stretch once another has passed since, so that nothing makes itself usual."""
    states.footage_s += watched_s
    if 0 <= now_s - states.begun_s < STRETCH_S:
        return
    states.begun_s = now_s
    keep = np.float32(0.5 ** (STRETCH_S / _HALF_LIFE_S))
    states.seen *= keep
    states.sights *= keep
    grid = states.grid
    old = np.flatnonzero(states.latest[1])
    known = states.seen[old].round().astype(np.int64)
    alike = grid.family[old] * (_MOST_KNOWN + 1) + np.minimum(known, _MOST_KNOWN)
    states.sights[old] += 1 / np.bincount(alike)[alike]
    around = np.zeros(grid.total, np.bool_)
    around[grid.near[old]] = True
    states.seen += around
    states.latest[1] = states.latest[0]
    states.latest[0] = False
