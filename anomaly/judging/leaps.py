"""What goes too far from one picture to the next for the network to follow.  Pure.

The network was trained on steps of a few pixels.  A camera that sends five pictures a second
shows a runner, or a car where people walk, further on by its own width each time: what the
network says there is wrong, and its doubt hides exactly what is fastest.

Such a thing has a *front* in every picture: cells that differ from the background although
nothing around them did in the picture before.  What flickers, comes through a door or from behind
something has a front too, but hardly three, one after the other, at equal steps.  Where there are
three, their step is the velocity, and no doubt is left.
"""

import itertools
import math
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.groups import find_groups
from anomaly.types import Floats

Flags = NDArray[np.bool_]

BEFORE = 3  # pictures that a leap needs before its own
DIFFERS = 0.4  # of the contrast unit: more than the halo of what is beside
_LEAST_TOGETHER = 5  # cells of three fronts: single ones come in equal steps by chance
_LEAST_STEP, _MOST_STEP = 2.0, 10.0  # cells; what goes less the network follows
_UNEQUAL_CELLS, _UNEQUAL_SHARE = 1.5, 0.35  # by how much two steps may differ
_UNLIKE = 4  # times as many cells: another thing
_LONGEST_STEP_S = 0.3  # beyond, whoever walks near the camera leaps
_MOST_FRONTS = 8  # of a picture, the largest ones: bounds the work
_MOST_DIFFERS = 0.3  # of the picture: beyond, light or lens have changed


@attrs.frozen
class Leap:
    """A front that came by equal steps."""

    picture: int  # among the new ones
    cells: tuple[NDArray[np.intp], NDArray[np.intp]]  # rows and columns
    u: float  # cells since the picture before, to the right
    v: float  # and down


@attrs.frozen
class _Front:
    x: float
    y: float
    places: list[int]


@attrs.frozen
class _Step:
    """From a front of one picture to one of the next."""

    older: int
    newer: int
    cells: tuple[int, int]  # of the two
    u: float
    v: float


def find_leaps(change: Floats, at_s: Sequence[float]) -> list[Leap]:
    """Find the leaps of a row of pictures, of which the first `BEFORE` are known already."""
    differs = change > DIFFERS
    appeared = differs[1:] & ~_widen(differs[:-1])
    appeared &= (differs.mean((1, 2)) < _MOST_DIFFERS)[1:, None, None]
    fronts = _find_fronts(appeared)
    steps = [_find_steps(older, newer) for older, newer in itertools.pairwise(fronts)]
    leaps = []
    for number in range(1, len(steps)):
        before_s, step_s = np.diff(at_s[number : number + 3]).tolist()
        if steps[number - 1] and steps[number] and max(before_s, step_s) <= _LONGEST_STEP_S:
            ways = _link(steps[number - 1], steps[number], step_s / max(before_s, 1e-3))
            for newest, (_, u, v) in ways.items():
                cells = np.divmod(np.array(fronts[number + 1][newest].places), change.shape[-1])
                leaps.append(Leap(number + 2 - BEFORE, cells, u, v))
    return leaps


def _widen(cells: Flags) -> Flags:
    rows = cells.copy()
    rows[:, 1:] |= cells[:, :-1]
    rows[:, :-1] |= cells[:, 1:]
    wide = rows.copy()
    wide[:, :, 1:] |= rows[:, :, :-1]
    wide[:, :, :-1] |= rows[:, :, 1:]
    return wide


def _find_fronts(appeared: Flags) -> list[list[_Front]]:
    """Return the largest fronts of every picture."""
    fronts: list[list[_Front]] = [[] for _ in appeared]
    # All pictures at once, one below the other, with an empty row between.
    count, rows, columns = appeared.shape
    below = np.zeros((count, rows + 1, columns), np.bool_)
    below[:, :rows] = appeared
    size = (rows + 1) * columns
    for group in sorted(find_groups(below.reshape(-1, columns)), key=len, reverse=True):
        picture = group[0] // size
        if len(fronts[picture]) < _MOST_FRONTS:
            across = sum([place % columns for place in group])  # a list is summed faster
            places = [place - picture * size for place in group] if picture else group
            down = (sum(places) - across) / columns
            fronts[picture].append(_Front(across / len(group), down / len(group), places))
    return fronts


def _find_steps(older: list[_Front], newer: list[_Front]) -> list[_Step]:
    """Return the steps that one thing may have made."""
    steps = []
    for number, after in enumerate(newer):
        size = len(after.places)
        for place, front in enumerate(older):
            u, v = after.x - front.x, after.y - front.y
            if not _LEAST_STEP**2 <= u * u + v * v <= _MOST_STEP**2:
                continue
            if size <= _UNLIKE * len(front.places) <= _UNLIKE * _UNLIKE * size:
                steps.append(_Step(place, number, (len(front.places), size), u, v))
    return steps


def _link(
    before: list[_Step], steps: list[_Step], ratio: float
) -> dict[int, tuple[float, float, float]]:
    """Return how unequal the steps to a front are, and their mean; `ratio` is of times."""
    ways: dict[int, tuple[float, float, float]] = {}
    for step, first in itertools.product(steps, before):
        if step.older != first.newer or sum(first.cells) + step.cells[1] < _LEAST_TOGETHER:
            continue
        u, v = first.u * ratio, first.v * ratio
        unequal = math.hypot(step.u - u, step.v - v)
        allowed = max(_UNEQUAL_CELLS, _UNEQUAL_SHARE * math.hypot(step.u, step.v))
        way = unequal, (step.u + u) / 2, (step.v + v) / 2
        if unequal <= allowed and way < ways.get(step.newer, (math.inf,)):
            ways[step.newer] = way
    return ways
