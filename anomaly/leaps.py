"""What goes too far from one picture to the next for the network to follow.  Pure.

The network was trained on steps of a few pixels.  A camera that sends five pictures a second
shows a runner, or a car where people walk, further on by its own width each time: what the
network says there is wrong, and its doubt hides exactly what is fastest.

Such a thing has a *front* in every picture: cells that differ from the background although
nothing around them did in the picture before.  What flickers, comes through a door or from behind
something has a front too, but hardly three, one after the other, at equal steps.  Where there are
three, their step is the velocity, and no doubt is left.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.groups import find_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anomaly.types import Floats

    Flags = NDArray[np.bool_]

BEFORE = 3  # pictures that a leap needs before its own
DIFFERS = 0.4  # of the contrast unit: more than the halo of what is beside
_LEAST_CELLS = 2  # of a front
_LEAST_STEP, _MOST_STEP = 2.0, 10.0  # cells; what goes less the network follows
_UNEQUAL_CELLS, _UNEQUAL_SHARE = 1.5, 0.35  # by how much two steps may differ
_UNLIKE = 4  # times as many cells: another thing
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


def find_leaps(change: Floats, at_s: Sequence[float]) -> list[Leap]:
    """Find the leaps of a row of pictures, of which the first `BEFORE` are known already."""
    differs = change > DIFFERS
    appeared = differs[1:] & ~_widen(differs[:-1])
    appeared &= (differs.mean((1, 2)) < _MOST_DIFFERS)[1:, None, None]
    fronts = [_find_fronts(cells) for cells in appeared]
    leaps = []
    for number in range(BEFORE - 1, len(fronts)):
        three = fronts[number - 2 : number + 1]
        if all(three):
            before_s, step_s = at_s[number] - at_s[number - 1], at_s[number + 1] - at_s[number]
            leaps += _link(three, step_s / max(before_s, 1e-3), number - BEFORE + 1, change.shape)
    return leaps


def _widen(cells: Flags) -> Flags:
    wide = np.pad(cells, ((0, 0), (1, 1), (1, 1)))
    rows = wide[:, :-2] | wide[:, 1:-1] | wide[:, 2:]
    return rows[:, :, :-2] | rows[:, :, 1:-1] | rows[:, :, 2:]


def _find_fronts(appeared: Flags) -> list[_Front]:
    if np.count_nonzero(appeared) < _LEAST_CELLS:
        return []
    groups = [group for group in find_groups(appeared) if len(group) >= _LEAST_CELLS]
    columns = appeared.shape[1]
    return [
        _Front(
            sum(place % columns for place in group) / len(group),
            sum(place // columns for place in group) / len(group),
            group,
        )
        for group in sorted(groups, key=len, reverse=True)[:_MOST_FRONTS]
    ]


def _link(
    three: list[list[_Front]], ratio: float, picture: int, shape: tuple[int, ...]
) -> list[Leap]:
    """Give the newest fronts that two older ones lead to; `ratio` is of the times between."""
    leaps = []
    for newest in three[2]:
        ways = [
            way
            for older, oldest in itertools.product(three[1], three[0])
            if (way := _measure(oldest, older, newest, ratio))
        ]
        if ways:
            _, u, v = min(ways)
            rows, columns = np.divmod(np.array(newest.places), shape[-1])
            leaps.append(Leap(picture, (rows, columns), u, v))
    return leaps


def _measure(
    oldest: _Front, older: _Front, newest: _Front, ratio: float
) -> tuple[float, float, float] | None:
    """Give how unequal two steps are and their mean, where they are those of one thing."""
    u, v = newest.x - older.x, newest.y - older.y
    u_before, v_before = (older.x - oldest.x) * ratio, (older.y - oldest.y) * ratio
    step, step_before = math.hypot(u, v), math.hypot(u_before, v_before)
    unequal = math.hypot(u - u_before, v - v_before)
    sizes = [len(front.places) for front in (oldest, older, newest)]
    is_one = (
        min(step, step_before) >= _LEAST_STEP
        and max(step, step_before) <= _MOST_STEP
        and unequal <= max(_UNEQUAL_CELLS, _UNEQUAL_SHARE * step)
        and max(sizes) <= _UNLIKE * min(sizes)
    )
    return (unequal, (u + u_before) / 2, (v + v_before) / 2) if is_one else None
