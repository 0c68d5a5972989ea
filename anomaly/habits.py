"""What is usual where: ways and directions of motion, and things that stand still.  Pure.

Unlike the patterns, these belong to places.  A place says little before it was watched for long, so
that the surprise of an unused place or direction grows with the footage (`trust`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from anomaly.types import Floats

DIRECTIONS = 8
REGION = 5  # cells a side share their habits
_HALF_LIFE_S = 86_400.0
_TRUST_S = 1800.0  # footage after which a place's habits count half
_PRIOR = 40.0  # cells seen moving before a region's own directions outweigh the picture's
STAYS_AFTER_S = 8.0
_STAYS_FULL_S = 12.0  # a slow rise would be taken for ordinary while it rises
_HELD_FROM = 1.0  # raw evidence that counts as lasting
_HABIT_S = 60.0  # a thing that stands for this long has become part of the view


@attrs.define
class Habits:
    """Counts by region, and standing times by cell."""

    ways: Floats  # region rows, region columns, directions
    still_s: Floats  # how long each cell has differed from the background without moving
    used_to: Floats  # 0..1: how much each cell is used to things that stand in it
    held_s: Floats  # how long each cell has been unusual (for zones with a minimum duration)
    footage_s: float = 0.0
    changed: float = 0.0  # share of the picture that usually differs from the background
    is_disturbed: float = 0.0  # 1 while the whole picture has changed
    light: float = 0.0


def start_habits(cells: tuple[int, int]) -> Habits:
    """Begin without any."""
    still_s, used_to, held_s = (np.zeros(cells, np.float32) for _ in range(3))
    return Habits(np.zeros(region_shape(cells), np.float32), still_s, used_to, held_s)


def way_surprise(habits: Habits, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Give the surprise of directions and of places, for maps [n, rows, columns]."""
    trust = habits.footage_s / (habits.footage_s + _TRUST_S)
    total = habits.ways.sum()
    if total < 1:
        return np.zeros_like(u), np.zeros_like(u)
    by_region = habits.ways.sum(-1, keepdims=True)
    common = habits.ways.sum((0, 1)) / total * 0.5 + 0.5 / DIRECTIONS
    share = (habits.ways + _PRIOR * common) / (by_region + _PRIOR)
    direction = np.maximum(-np.log(share * DIRECTIONS), 0)
    busy = (by_region[..., 0] + 1) / (total / by_region.size + 1)
    place = np.maximum(-np.log(np.minimum(busy * 4, 1)), 0)
    rows, columns = _region_of(u.shape[1:])
    found = direction[rows[:, None], columns[None, :], :]
    way = np.take_along_axis(found[None], _direction(u, v)[..., None], -1)[..., 0]
    return (way * trust).astype(np.float32), np.broadcast_to(
        place[rows[:, None], columns[None, :]] * trust, u.shape
    ).astype(np.float32)


def note_ways(habits: Habits, u: Floats, v: Floats, moving: Floats, duration_s: float) -> None:
    """Learn a chunk's ways; `moving` weighs each cell."""
    rows, columns = _region_of(u.shape[1:])
    regions = rows[:, None] * habits.ways.shape[1] + columns[None, :]
    places = regions[None] * DIRECTIONS + _direction(u, v)
    new = np.bincount(places.ravel(), moving.ravel(), habits.ways.size)
    keep = 0.5 ** (duration_s / _HALF_LIFE_S)
    habits.ways = (habits.ways * keep + new.reshape(habits.ways.shape)).astype(np.float32)
    habits.footage_s += duration_s


def note_still(habits: Habits, standing: Floats, passed_s: float) -> None:
    """Count how long things have stood, 0..1 a cell; what goes is forgotten quickly."""
    present = standing > 0.5
    habits.still_s = np.where(present, habits.still_s + passed_s, habits.still_s * 0.3)
    rate = min(1.0, passed_s / _HABIT_S)
    settled = (habits.still_s > STAYS_AFTER_S).astype(np.float32)
    slow = np.where(settled > habits.used_to, rate, rate * 0.05)
    habits.used_to += (settled - habits.used_to) * slow.astype(np.float32)


def still_surprise(habits: Habits) -> Floats:
    """Give 0..1: how much each cell holds something that stays and was not there before."""
    share = (habits.still_s - STAYS_AFTER_S) / (_STAYS_FULL_S - STAYS_AFTER_S)
    return np.asarray(np.clip(share, 0, 1) * (1 - habits.used_to), np.float32)


def hold_back(evidence: Floats, hold_s: Floats, habits: Habits, passed_s: float) -> Floats:
    """Keep evidence back until it has lasted as long as its zone demands, also while it moves."""
    kept = np.zeros_like(evidence)
    for number, picture in enumerate(evidence):
        lasted = _widest(habits.held_s) + passed_s
        habits.held_s = np.where(picture > _HELD_FROM, lasted, 0).astype(np.float32)
        kept[number] = np.where(habits.held_s >= hold_s, picture, 0)
    return kept


def _widest(cells: Floats) -> Floats:
    """Give the largest value around every cell: what moves on keeps its time."""
    wide = np.pad(cells, 1)
    rows = np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])
    return np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def _direction(u: Floats, v: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    turn = np.arctan2(v, u) * (DIRECTIONS / (2 * np.pi))
    return np.round(turn).astype(np.intp) % DIRECTIONS


def region_shape(cells: tuple[int, int]) -> tuple[int, int, int]:
    """Give the shape of the habits by region."""
    return -(-cells[0] // REGION), -(-cells[1] // REGION), DIRECTIONS


def _region_of(cells: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(cells[0]) // REGION, np.arange(cells[1]) // REGION
