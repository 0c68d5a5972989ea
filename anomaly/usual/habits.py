"""What is usual where: ways and directions of motion, and things that stand still.  Pure.

Unlike the patterns, these belong to places.  A place says little before it was watched for long, so
that the surprise of an unused place or direction grows with the footage (`trust`).
"""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.groups import find_groups
from anomaly.types import Floats

Flags = NDArray[np.bool_]
Ways = NDArray[np.intp]

DIRECTIONS = 8
REGION = 5  # cells a side share their habits
_HALF_LIFE_S = 86_400.0
_TRUST_AFTER_S = 300.0  # of footage; before, a place unused or a way not taken means nothing
_TRUST_S = 1500.0  # footage beyond it after which a place's habits count half
_PRIOR = 40.0  # cells seen moving before a region's own directions outweigh the picture's
STAYS_AFTER_S = 8.0
_HIDDEN_KEEP = 0.9  # of the time that something stood, for every chunk in which others hide it
_HELD_FROM = 1.0  # raw evidence that counts as lasting
_STOOD_S, _STOOD_SHARE = 4.0, 0.3  # what stood for less was hesitating; what one more is worth
_MOST_BEYOND = 3.0
# Told once, it is known; it need not be told with every chunk while it stays.
_GROWS_S, _TOLD_S = 8.0, 8.0
_USUAL_FACTOR = 1.5  # longer than usual is longer than this times the usual
SIZES = (1, 3, 12)  # cells: noise often, up to a bag, up to a person not far, and larger
CLASSES = 2 * (len(SIZES) + 1)
_TALL = 1.5
_COUNTS_FROM = 1.0  # of what `still_surprise` gives: less is shade
_UNCOUNTED_NATS = 1.0  # of what may yet go: less than stands out
_CHUNKS = 4.0  # for which one of them stands out
_UNSEEN = (
    1.5,
    0.5,
    0.5,
    1.5,
)  # of each size are assumed where there were none: noise and cars come
_OF_NOTHING_PER_H = 120.0  # chunks: what is as frequent is worth no nats
_HABIT_S = 180.0  # a thing that stands for this long has become part of the view


@attrs.define
class Habits:
    """Counts by region, and standing times by cell."""

    ways: Floats  # region rows, region columns, directions
    still_s: Floats  # how long each cell has differed from the background without moving
    used_to: Floats  # 0..1: how much each cell is used to things that stand in it
    stood_s: Floats  # how long things usually stand in each cell before they go
    held_s: Floats  # how long each cell has been unusual (for zones with a minimum duration)
    told: Floats  # how long each cell has belonged to something that stays and was counted
    stayed: Floats  # how many things of each class came or went to stay; decays
    differed: Floats  # 1 where the last picture differed from the background
    footage_s: float = 0.0
    changed: float = 0.0  # share of the picture that usually differs from the background
    is_disturbed: float = 0.0  # 1 while the whole picture has changed
    light: float = 0.0
    pending_s: float = 0.0  # how long much of the picture has been hidden by something
    shaken: float = 0.0  # how often the whole picture has changed lately


def start_habits(cells: tuple[int, int]) -> Habits:
    """Begin without any."""
    still_s, used_to, stood_s, held_s, told, differed = (
        np.zeros(cells, np.float32) for _ in range(6)
    )
    ways, stayed = np.zeros(region_shape(cells), np.float32), np.zeros(CLASSES, np.float32)
    return Habits(ways, still_s, used_to, stood_s, held_s, told, stayed, differed)


def way_surprise(habits: Habits, towards: Ways) -> tuple[Floats, Floats]:
    """Return the surprise of directions and of places, for maps [n, rows, columns]."""
    known_s = max(0.0, habits.footage_s - _TRUST_AFTER_S)
    trust = known_s / (known_s + _TRUST_S)
    total = habits.ways.sum()
    if total < 1 or trust == 0:
        return np.zeros(towards.shape, np.float32), np.zeros(towards.shape, np.float32)
    by_region = habits.ways.sum(-1, keepdims=True)
    common = habits.ways.sum((0, 1)) / total * 0.5 + 0.5 / DIRECTIONS
    share = (habits.ways + _PRIOR * common) / (by_region + _PRIOR)
    direction = (np.maximum(-np.log(share * DIRECTIONS), 0) * trust).astype(np.float32)
    busy = (by_region[..., 0] + 1) / (total / by_region.size + 1)
    place = (np.maximum(-np.log(np.minimum(busy * 4, 1)), 0) * trust).astype(np.float32)
    regions = _regions(habits, towards.shape[1:])
    way = direction.ravel()[regions * DIRECTIONS + towards]
    return way, np.broadcast_to(place.ravel()[regions], towards.shape)


def note_ways(habits: Habits, towards: Ways, moving: Floats, duration_s: float) -> None:
    """Learn a chunk's ways; `moving` weighs each cell."""
    places = _regions(habits, towards.shape[1:]) * DIRECTIONS + towards
    new = np.bincount(places.ravel(), moving.ravel(), habits.ways.size)
    keep = 0.5 ** (duration_s / _HALF_LIFE_S)
    habits.ways = (habits.ways * keep + new.reshape(habits.ways.shape)).astype(np.float32)
    habits.footage_s += duration_s


def note_still(
    habits: Habits, still: Flags, differs: Flags, passed_s: float, *, frozen: bool = False
) -> None:
    """Count how long things have stood; what moves before them hides them.

    `still` are cells that differ from the background and do not change, `differs` all that may.
    A frozen memory counts too, but learns nothing from it.
    """
    went = ~differs & (habits.still_s > _STOOD_S)
    learned = habits.stood_s + _STOOD_SHARE * (habits.still_s - habits.stood_s)
    if not frozen:
        habits.stood_s = np.where(went, learned, habits.stood_s).astype(np.float32)
    kept = np.where(differs, habits.still_s * np.float32(_HIDDEN_KEEP), np.float32(0))
    habits.still_s = np.where(still, habits.still_s + passed_s, kept).astype(np.float32)
    if frozen:
        return
    rate = min(1.0, passed_s / _HABIT_S)
    settled = (habits.still_s > STAYS_AFTER_S).astype(np.float32)
    slow = np.where(settled > habits.used_to, rate, rate * 0.05)
    habits.used_to += (settled - habits.used_to) * slow.astype(np.float32)


def still_surprise(habits: Habits) -> Floats:
    """Return how much each cell holds what stays and was not there before: more the longer it does.

    How long is long depends on how long things stand there: at a barrier, longer than on a path.
    """
    usual_s = STAYS_AFTER_S + _USUAL_FACTOR * _widest(habits.stood_s)
    beyond_s = habits.still_s - usual_s
    growing = _MOST_BEYOND * np.clip(beyond_s / _GROWS_S, 0, 1)
    return np.asarray(growing * (1 - habits.used_to), np.float32)


def bound_by_rate(
    surprise: Floats,
    lasting: Floats,
    habits: Habits,
    passed_s: float,
    watched_s: float,
    *,
    frozen: bool,
) -> Floats:
    """Bound what stays by how often things of its size do; count each of them once.

    In a car park cars come and go, and the tenth of an hour is no event; a bag is one there, too.
    """
    hours = min(watched_s, _HALF_LIFE_S / math.log(2)) / 3600
    bounded = surprise.copy()
    told_s = np.zeros_like(habits.told)
    for group in find_groups(lasting > 0):
        cells = np.divmod(np.array(group), surprise.shape[1])
        size = _class_of(*cells)
        before_s = float(habits.told[cells].max())
        if not before_s and float(lasting[cells].max()) < _COUNTS_FROM:
            bounded[cells] = np.minimum(bounded[cells], _UNCOUNTED_NATS)
            continue
        others = float(habits.stayed[size]) - (before_s > 0)
        rate = (max(others, 0.0) + _UNSEEN[size // 2]) * _CHUNKS / max(hours, 1e-3)
        most = max(0.0, np.log(_OF_NOTHING_PER_H / rate)) * (before_s < _TOLD_S)
        bounded[cells] = np.minimum(bounded[cells], most)
        told_s[cells] = before_s + passed_s
        if not before_s and not frozen:
            habits.stayed[size] += 1
    habits.told = _widest(told_s)
    if not frozen:
        habits.stayed *= np.float32(0.5 ** (passed_s / _HALF_LIFE_S))
    return bounded


def _class_of(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> int:
    """Return the class of what stays: people who stand are tall, other things are not."""
    down, across = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    return 2 * int(np.searchsorted(SIZES, len(rows))) + (down >= _TALL * across)


def hold_back(evidence: Floats, hold_s: Floats, habits: Habits, passed_s: float) -> Floats:
    """Keep evidence back until it has lasted as long as its zone demands, also while it moves."""
    kept = np.zeros_like(evidence)
    for number, picture in enumerate(evidence):
        lasted = _widest(habits.held_s) + passed_s
        habits.held_s = np.where(picture > _HELD_FROM, lasted, 0).astype(np.float32)
        kept[number] = np.where(habits.held_s >= hold_s, picture, 0)
    return kept


def _widest(cells: Floats) -> Floats:
    """Return the largest value around every cell: what moves on keeps its time."""
    wide = np.pad(cells, 1)
    rows = np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])
    return np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def find_ways(u: Floats, v: Floats) -> Ways:
    """Return the direction of every motion, one of `DIRECTIONS`, clockwise from the right."""
    turn = np.arctan2(v, u) * (DIRECTIONS / (2 * np.pi))
    return np.round(turn).astype(np.intp) % DIRECTIONS


def region_shape(cells: tuple[int, int]) -> tuple[int, int, int]:
    """Return the shape of the habits by region."""
    return -(-cells[0] // REGION), -(-cells[1] // REGION), DIRECTIONS


def _regions(habits: Habits, cells: tuple[int, ...]) -> Ways:
    """Return the region of every cell."""
    rows, columns = np.arange(cells[0]) // REGION, np.arange(cells[1]) // REGION
    return np.asarray(rows[:, None] * habits.ways.shape[1] + columns, np.intp)
