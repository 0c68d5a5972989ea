"""Which property made something that moves stand out, and the words for it.  Pure.

The surprise of a pattern is steepest along its speed, because speed tells most; whoever asks along
which property it falls fastest is told "speed" of everything. What people take for a cause is how
rare a property is *by itself*: how few of the things that move here are as fast or as slow, as
large or as small, as much or as little like somebody who walks. So the *rarity* of each property
(the negative logarithm of that share) is what is compared, over the cells around the strongest
place and not in one of them, which may be a leg. Direction and place come with rarities of their
own. Only what made at least half of the score can be its cause.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.patterns import BINS, MOVING_BIN, size_of_bin, speed_of_bin
from anomaly.types import Cause, Floats
from anomaly.wording import KINDS, name_period, say_unlike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.judgement import Findings
    from anomaly.memory import CameraMemory

_REACH_CELLS = 1  # around the strongest place
_SHARE_OF_SCORE = 0.5
_WAY_WEIGHT = 0.5  # with which directions and places enter the score
_RARE = 3.0  # one in twenty
_HARDLY_ANY, _NEARLY_ALL = 10.0, 6.9  # one in 20 000, one in 1000
_AXES = (Cause.SPEED, Cause.KIND, Cause.SIZE)
_SURE_OF_KIND = 0.6  # of what the cells say
_VEHICLE, _VEHICLE_RATIO = 3, 1.4  # of height to width at most, seen from the front
_NO_SPEED = 0.1
_DEEDS = (
    "a person walks",
    "a person rides",
    "a person skates",
    "a vehicle drives",
    "something moves",
)
_WAYS = ("to the right", "to the lower right", "downwards", "to the lower left", "to the left",
         "to the upper left", "upwards", "to the upper right")  # fmt: skip


@attrs.frozen
class _Rarity:
    """How rare a property is, in nats, and whether there is more of it than usual or less."""

    nats: float
    is_more: bool = True


@attrs.frozen
class _Mover:
    """What moves around a place, every cell weighed by its evidence."""

    kind: str
    deed: str  # who does what
    way: str
    speed: float
    size_bin: float
    weights: Floats
    bins: tuple[NDArray[np.intp], ...]  # by axis of the patterns, all cells of them
    surprise: float
    rarities: dict[Cause, _Rarity]  # of its way and its place


def explain_motion(
    findings: Findings,
    at: tuple[int, int, int],
    cells: NDArray[np.bool_],
    memory: CameraMemory,
    where: str,
    *,
    is_high: bool,
) -> tuple[Cause, str]:
    """Name the cause of the score of these cells; where that is not high, only what is rare."""
    mover = _look_at(findings, at, cells)
    if mover is None:
        return Cause.NOTHING, ""
    counts = memory.patterns.counts[0][MOVING_BIN:]
    if counts.sum() <= 0:
        return Cause.KIND, f"{mover.deed} {mover.way}, the first to move here, {where}"
    rarities = _rank(mover, counts)
    cause = max(rarities, key=lambda one: rarities[one].nats)
    if not is_high or (cause in _AXES and rarities[cause].nats < _RARE):
        manner = " in a way that is unusual here" if is_high else ""
        return Cause.KIND, f"{mover.deed} {mover.way}{manner}, {where}"
    since = name_period(memory.history.seen_s)
    return cause, f"{_put_in_words(cause, rarities[cause], mover, counts, since)}, {where}"


def _look_at(
    findings: Findings, at: tuple[int, int, int], cells: NDArray[np.bool_]
) -> _Mover | None:
    """Weigh what is around a place; None where nothing moves."""
    picture, row, column = at
    around = (
        slice(max(0, row - _REACH_CELLS), row + _REACH_CELLS + 1),
        slice(max(0, column - _REACH_CELLS), column + _REACH_CELLS + 1),
    )
    evidence = findings.moving[picture][around].ravel()
    total = float(evidence.sum())
    if total <= 0:
        return None
    weights = evidence / np.float32(total)

    def mean(values: Floats) -> float:
        return float((values[picture][around].ravel() * weights).sum())

    patterns = findings.patterns[picture][around].ravel()
    bins = np.unravel_index(patterns, BINS)
    kind = find_kind(findings.kinds[picture], *np.nonzero(cells))
    return _Mover(
        kind=KINDS[kind],
        deed=_DEEDS[kind],
        way=_name_way(mean(findings.u), mean(findings.v)),
        speed=mean(findings.speed),
        size_bin=float((bins[2] * weights).sum()),
        weights=weights,
        bins=bins,
        surprise=float((findings.table[patterns] * weights).sum()),
        rarities={
            Cause.DIRECTION: _Rarity(mean(findings.way)),
            Cause.PLACE: _Rarity(mean(findings.place)),
        },
    )


def find_kind(kinds: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> int:
    """Say what a thing is: something, where its cells disagree or its shape speaks against."""
    shares = kinds[:, rows, columns].sum(1)
    best = int(shares.argmax())
    if shares[best] < _SURE_OF_KIND * shares.sum():
        return len(KINDS) - 1
    if best == _VEHICLE and np.ptp(rows) + 1 > _VEHICLE_RATIO * (np.ptp(columns) + 1):
        return len(KINDS) - 1
    return best


def _name_way(u: float, v: float) -> str:
    if math.hypot(u, v) < _NO_SPEED:
        return "to and fro"
    return _WAYS[round(math.atan2(v, u) * len(_WAYS) / (2 * math.pi)) % len(_WAYS)]


def _rank(mover: _Mover, counts: Floats) -> dict[Cause, _Rarity]:
    """Give how rare each property is that had a part in the score."""
    parts = {cause: _WAY_WEIGHT * rarity.nats for cause, rarity in mover.rarities.items()}
    least = _SHARE_OF_SCORE * max(mover.surprise, *parts.values())
    rarities = {cause: mover.rarities[cause] for cause, part in parts.items() if part >= least}
    if mover.surprise >= least:
        bins = (np.maximum(mover.bins[0] - MOVING_BIN, 0), *mover.bins[1:])
        for axis, cause in enumerate(_AXES):
            rarities[cause] = _tail(_along(counts, axis), bins[axis], mover.weights)
    return rarities


def _along(counts: Floats, axis: int) -> Floats:
    """Give how often each value of one property was seen."""
    return np.asarray(counts.sum(tuple(other for other in range(3) if other != axis)), np.float32)


def _tail(seen: Floats, values: NDArray[np.intp], weights: Floats) -> _Rarity:
    """Give how few were as high, or as low."""
    total = float(seen.sum()) + 1
    higher = np.cumsum(seen[::-1])[::-1] + 1
    lower = np.cumsum(seen) + 1
    above, below = (float((-np.log(s[values] / total) * weights).sum()) for s in (higher, lower))
    return _Rarity(above) if above >= below else _Rarity(below, is_more=False)


def _put_in_words(cause: Cause, rarity: _Rarity, mover: _Mover, counts: Floats, since: str) -> str:
    if cause is Cause.DIRECTION:
        return f"{mover.deed} {mover.way}, where hardly anything goes that way"
    if cause is Cause.PLACE:
        return f"{mover.deed} where hardly anything has moved in {since}"
    if cause is Cause.SPEED:
        times = mover.speed / speed_of_bin(MOVING_BIN + _median(_along(counts, 0)))
        compared = f"{'faster' if rarity.is_more else 'slower'} than {_whom(rarity.nats, since)}"
        return f"{mover.deed} {mover.way} at {times:.1f} times the usual speed, {compared}"
    if cause is Cause.SIZE:
        times = size_of_bin(mover.size_bin) / size_of_bin(_median(_along(counts, 2)))
        compared = f"{'larger' if rarity.is_more else 'smaller'} than {_whom(rarity.nats, since)}"
        return f"{mover.deed} {mover.way}, {compared}: {times:.1f} times the usual height"
    if rarity.is_more:
        return say_unlike(KINDS[0])
    return say_unlike(KINDS[-1] if mover.kind == KINDS[0] else mover.kind)


def _whom(nats: float, since: str) -> str:
    if nats < _NEARLY_ALL:
        return "most here"
    return f"{'anything' if nats > _HARDLY_ANY else 'nearly everything'} here in {since}"


def _median(seen: Floats) -> int:
    return int(np.searchsorted(np.cumsum(seen), float(seen.sum()) / 2))
