"""Which property made something that moves stand out, and the words for it.  Pure.

People take for a cause how rare a property is *by itself*: how few of the things that move in the
same rows are as fast or as slow, as large or as small, as much or as little like somebody who
walks. So the *rarity* of each property (the negative logarithm of that share) is what is compared,
over the cells around the strongest place and not in one of them, which may be a leg. Direction and
place come with rarities of their own; a direction is no cause where the speed alone would have been
as surprising. What a track tells of a fall comes before all of it (`track_cause`), its speed after
it. Where the energy of motion made the score and no property is rare, the words say just that:
strong movement.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.patterns import BINS, find_patterns
from anomaly.properties import ROWS, Comparison, compare_size, compare_speed
from anomaly.track_cause import TrackCause, find_track_cause
from anomaly.types import Cause, Floats
from anomaly.wording import KINDS, SOMEBODY, SOMETHING, VEHICLE, WALKS, name_period, say_unlike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.judgement import Findings
    from anomaly.memory import CameraMemory

_REACH_CELLS = 1  # around the strongest place
_RARE = 3.0  # one in twenty
_RARE_HABIT = 2.0  # of a place a thirtieth of what an average one sees, of a way one in sixty
_HABITS = (Cause.DIRECTION, Cause.PLACE)
_HARDLY_ANY, _NEARLY_ALL = 10.0, 6.9  # one in 20 000, one in 1000
_SURE_OF_KIND = 0.7  # of what the cells say
_VEHICLE_RATIO = 1.2  # of height to width at most, seen from the front
_VEHICLE_CELLS = 6  # at least: in fewer, nobody has a shape
_PERSON_RATIO = 1.5  # of width to height at most; wider, it may be several, or no walker at all
_PEOPLE = slice(WALKS, VEHICLE)
_USUAL_WAY_SHARE, _LEAST_SURPRISE = 0.5, 1.0  # nats
_NO_SPEED = 0.1
_DEEDS = (
    "a person walks",
    "a person rides",
    "a person skates",
    "a vehicle drives",
    "something moves",
    "somebody moves",
)
_WAYS = ("to the right", "to the lower right", "downwards", "to the lower left", "to the left",
         "to the upper left", "upwards", "to the upper right")  # fmt: skip


@attrs.frozen
class _Rarity:
    """How rare a property is, in nats, whether there is more of it than usual, and by how much."""

    nats: float
    is_more: bool = True
    times: float = 1.0


@attrs.frozen
class _Mover:
    """What moves around a place, every cell weighed by its evidence."""

    kind: str
    deed: str  # who does what
    way: str
    speed: float
    rarities: dict[Cause, _Rarity]


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
    mover = _look_at(findings, at, cells, memory)
    if not is_high:
        return _say_plainly(mover, where)
    told = find_track_cause(findings, at, memory)
    if told is not None and told.comes_first:
        return told.cause, f"{told.words}, {where}"
    if mover is None:
        return Cause.MOVEMENT, f"strong movement, more than is usual here, {where}"
    if not mover.rarities:
        return _say_plainly(mover, where)
    cause, words = _explain_rarest(mover, told, memory)
    return cause, f"{words}, {where}"


def _say_plainly(mover: _Mover | None, where: str) -> tuple[Cause, str]:
    """Say who moves where, and compare it with nothing."""
    if mover is None:
        return Cause.MOVEMENT, ""
    first = "" if mover.rarities else ", the first to move here"
    return Cause.KIND, f"{mover.deed} {mover.way}{first}, {where}"


def _explain_rarest(
    mover: _Mover, told: TrackCause | None, memory: CameraMemory
) -> tuple[Cause, str]:
    """Name the rarest property, or else what a track tells; of what is not rare nothing."""
    rare = [one for one, rarity in mover.rarities.items() if rarity.nats >= _rare_from(one)]
    if rare:
        cause = max(rare, key=lambda one: mover.rarities[one].nats)
        since = name_period(memory.history.seen_s)
        return cause, _put_in_words(cause, mover.rarities[cause], mover, since)
    if told is not None:
        return told.cause, f"{mover.deed} {mover.way}, {told.words}"
    return Cause.MOVEMENT, f"{mover.deed} {mover.way}: stronger movement than usual"


def _rare_from(cause: Cause) -> float:
    return _RARE_HABIT if cause in _HABITS else _RARE


def _look_at(
    findings: Findings, at: tuple[int, int, int], cells: NDArray[np.bool_], memory: CameraMemory
) -> _Mover | None:
    """Weigh what is around a place; None where nothing moves."""
    picture, row, column = at
    around = (
        slice(max(0, row - _REACH_CELLS), row + _REACH_CELLS + 1),
        slice(max(0, column - _REACH_CELLS), column + _REACH_CELLS + 1),
    )
    evidence = (findings.occupied * findings.speed)[picture][around].ravel()
    total = float(evidence.sum())
    if total <= 0:
        return None
    weights = evidence / np.float32(total)

    def mean(values: Floats) -> float:
        return float((values[picture][around].ravel() * weights).sum())

    kind = find_kind(findings.kinds[picture], *np.nonzero(cells))
    speed, place = mean(findings.speed), row / findings.speed.shape[1]
    rarities = {
        Cause.SPEED: _compared(compare_speed(memory.properties, place, speed)),
        Cause.SIZE: _compared(compare_size(memory.properties, place, mean(findings.log_height))),
        Cause.KIND: _unlike_walkers(findings, memory, (picture, around), weights),
    }
    known = {cause: rarity for cause, rarity in rarities.items() if rarity is not None}
    if known:
        way_counts = _has_way_part(findings, (picture, around))
        known[Cause.DIRECTION] = _Rarity(mean(findings.way) * way_counts)
        known[Cause.PLACE] = _Rarity(mean(findings.place))
    way = _name_way(mean(findings.u), mean(findings.v))
    return _Mover(KINDS[kind], _DEEDS[kind], way, speed, known)


def _compared(found: Comparison | None) -> _Rarity | None:
    if found is None:
        return None
    return _Rarity(max(found.above, found.below), found.above >= found.below, found.times)


def _unlike_walkers(
    findings: Findings,
    memory: CameraMemory,
    at: tuple[int, tuple[slice, slice]],
    weights: Floats,
) -> _Rarity | None:
    """Say how rarely something here is as much, or as little, like somebody who walks."""
    seen = memory.patterns.counts[0].sum((0, 1))
    kinds = findings.kinds[at[0]][(slice(None), *at[1])]
    unknown = float((weights * (np.ptp(kinds, axis=0).ravel() == 0)).sum())  # of what leaps
    if seen.sum() <= 0 or unknown > 0.5:
        return None
    values = (findings.patterns[at[0]][at[1]] % BINS[2]).ravel()
    total = float(seen.sum()) + ROWS  # speed and size are of one in so many rows: as rare at most
    higher, lower = np.cumsum(seen[::-1])[::-1] + ROWS, np.cumsum(seen) + ROWS
    above, below = (float((-np.log(s[values] / total) * weights).sum()) for s in (higher, lower))
    return _Rarity(max(above, below), above >= below)


def _has_way_part(findings: Findings, at: tuple[int, tuple[slice, slice]]) -> bool:
    """Say whether another way at the same speed would have been less surprising.

    Where it would not, the speed made the score and the way did not, however few take it.
    """
    place = (at[0], *at[1])
    strongest = int((findings.occupied * findings.speed)[place].argmax())
    speed = float(findings.speed[place].ravel()[strongest])
    pattern = int(findings.patterns[place].ravel()[strongest])
    turns = np.arange(len(_WAYS)) * (2 * np.pi / len(_WAYS))
    u, v = (speed * part(turns).astype(np.float32) for part in (np.cos, np.sin))
    others = find_patterns(u, v, np.zeros_like(u)) // BINS[2] * BINS[2] + pattern % BINS[2]
    own, least = float(findings.table[pattern]), float(findings.table[others].min())
    return least < max(_LEAST_SURPRISE, _USUAL_WAY_SHARE * own)


def find_kind(kinds: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> int:
    """Say what a thing is; what its cells or its shape speak against stays open."""
    shares = kinds[:, rows, columns].sum(1)
    best, sure = int(shares.argmax()), _SURE_OF_KIND * float(shares.sum())
    tall, wide = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    if best == VEHICLE:
        is_fitting = tall <= _VEHICLE_RATIO * wide and len(rows) >= _VEHICLE_CELLS
        return VEHICLE if is_fitting and shares[best] >= sure else SOMETHING
    if shares[_PEOPLE].sum() < sure:
        return SOMETHING
    return best if shares[best] >= sure and wide <= _PERSON_RATIO * tall else SOMEBODY


def _name_way(u: float, v: float) -> str:
    if math.hypot(u, v) < _NO_SPEED:
        return "to and fro"
    return _WAYS[round(math.atan2(v, u) * len(_WAYS) / (2 * math.pi)) % len(_WAYS)]


def _put_in_words(cause: Cause, rarity: _Rarity, mover: _Mover, since: str) -> str:
    if cause is Cause.DIRECTION:
        return f"{mover.deed} {mover.way}, where hardly anything goes that way"
    if cause is Cause.PLACE:
        return f"{mover.deed} where hardly anything has moved in {since}"
    if cause is Cause.SPEED:
        compared = f"{'faster' if rarity.is_more else 'slower'} than {_whom(rarity.nats, since)}"
        return f"{mover.deed} {mover.way} at {rarity.times:.1f} times the usual speed, {compared}"
    if cause is Cause.SIZE:
        compared = f"{'larger' if rarity.is_more else 'smaller'} than {_whom(rarity.nats, since)}"
        return f"{mover.deed} {mover.way}, {compared}: {rarity.times:.1f} times the usual height"
    if rarity.is_more:
        return say_unlike(KINDS[WALKS])
    return say_unlike(KINDS[SOMETHING] if mover.kind == KINDS[WALKS] else mover.kind)


def _whom(nats: float, since: str) -> str:
    if nats < _NEARLY_ALL:
        return "most here"
    return f"{'anything' if nats > _HARDLY_ANY else 'nearly everything'} here in {since}"
