"""Which property made something that moves stand out, and the words for it.  Pure.

People take for a cause how rare a property is *by itself*: how few of the things that move in the
same rows are as fast or as slow, as large or as small. So the *rarity* of each property (the
negative logarithm of that share) is what is compared, over the cells around the strongest place and
not in one of them, which may be a leg. Direction and place come with rarities of their own; a
direction is no cause where the speed alone would have been as surprising. How much or how little
something is like a walker is told only where nothing else is rare and its kind is sure. What a
track tells of a fall comes before all of it (`tracks`), its speed after it. Where the energy
of motion made the score and no property is rare, the words say just that: strong movement.

Near the camera things are larger than what the network was trained on, and the motion of their
parts is no motion of the thing; what an edge of the picture cuts off has no speed either. Of such
things no way or speed is told, and no size but that they are large.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.causes.naming import Cells, find_kind_at, name_object, name_way, say_deed
from anomaly.causes.tracks import TrackCause, find_track_cause
from anomaly.judging.findings import Findings
from anomaly.memory import CameraMemory
from anomaly.types import Cause, Floats
from anomaly.usual.patterns import BINS, find_patterns
from anomaly.usual.properties import ROWS, Comparison, compare_size, compare_speed
from anomaly.wording import KINDS, SOMEBODY, SOMETHING, name_period, say_strong, say_unlike
from seda.messages import Box

_REACH_CELLS = 1  # around the strongest place
_RARE = 3.0  # one in twenty
_RARE_HABIT = 2.0  # of a place a thirtieth of what an average one sees, of a way one in sixty
_HABITS = (Cause.DIRECTION, Cause.PLACE)
_HARDLY_ANY, _NEARLY_ALL = 10.0, 6.9  # one in 20 000, one in 1000
_LARGE_SHARE = 0.2  # of the picture
_LEAPING_SHARE = 0.5  # of a thing's cells
_VERY_RARE = 4.5  # a kind that hardly anything here is like
_LEAST_TIMES = 0.25  # what is slower than that stands, and has no speed to speak of
_USUAL_WAY_SHARE, _LEAST_SURPRISE = 0.5, 1.0  # nats
_TURNS = 8


@attrs.frozen
class _Rarity:
    """How rare a property is, in nats, whether there is more of it than usual, and by how much."""

    nats: float
    is_more: bool = True
    times: float = 1.0


@attrs.frozen
class _Mover:
    """What moves around a place, every cell weighed by its evidence."""

    kind: int
    name: str
    deed: str  # what thing does what, and where to
    rarities: dict[Cause, _Rarity]


@attrs.frozen
class Thing:
    """What is at a place: the cells that made the score, and the group that they belong to."""

    hot: Cells
    group: Cells
    seen: Box | None = None  # what an object detector saw there

    @property
    def kind(self) -> int:
        """Say what it is."""
        return find_kind_at(self.hot, self.group)

    @property
    def is_whole(self) -> bool:
        """Say whether it is seen as a whole; of what is tall only people among others are."""
        return self.hot.is_whole and (self.group.is_low or self.kind != SOMETHING)


def explain_motion(
    findings: Findings,
    at: tuple[int, int, int],
    thing: Thing,
    memory: CameraMemory,
    where: str,
    *,
    is_high: bool,
) -> tuple[Cause, str]:
    """Name the cause of the score of a thing; where that is not high, only what is rare."""
    mover = _look_at(findings, at, thing, memory)
    if not is_high:
        return _say_plainly(mover, where)
    told = find_track_cause(findings, at, memory)
    if told is not None and told.comes_first:
        return told.cause, f"{told.words}, {where}"
    if mover is None:
        return Cause.MOVEMENT, f"{say_strong(name_period(memory.history.seen_s))}, {where}"
    if not mover.rarities:
        return _say_plainly(mover, where)
    cause, words = _explain_rarest(mover, told, memory)
    return cause, f"{words}, {where}"


def _say_plainly(mover: _Mover | None, where: str) -> tuple[Cause, str]:
    """Say what moves where, without a comparison."""
    if mover is None:
        return Cause.MOVEMENT, ""
    first = "" if mover.rarities else ", the first to move here"
    return Cause.KIND, f"{mover.deed}{first}, {where}"


def _explain_rarest(
    mover: _Mover, told: TrackCause | None, memory: CameraMemory
) -> tuple[Cause, str]:
    """Name the rarest property, or else what a track tells; of what is not rare nothing."""
    rare = [one for one, rarity in mover.rarities.items() if rarity.nats >= _rare_from(one)]
    if Cause.KIND in rare and (len(rare) > 1 or mover.kind in {SOMETHING, SOMEBODY}):
        rare.remove(Cause.KIND)
    since = name_period(memory.history.seen_s)
    if rare:
        cause = max(rare, key=lambda one: mover.rarities[one].nats)
        return cause, _put_in_words(cause, mover.rarities[cause], mover, since)
    if told is not None:
        return told.cause, f"{mover.deed}, {told.words}"
    return Cause.MOVEMENT, f"{mover.deed}: {say_strong(since)}"


def _rare_from(cause: Cause) -> float:
    if cause is Cause.KIND:
        return _VERY_RARE
    return _RARE_HABIT if cause in _HABITS else _RARE


def _look_at(
    findings: Findings, at: tuple[int, int, int], thing: Thing, memory: CameraMemory
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

    hot, kind = thing.hot, thing.kind
    is_whole = thing.is_whole and not _leaps_in_part(findings, at, hot)
    name = name_object(thing.seen.label) if thing.seen else KINDS[kind]
    way = name_way(mean(findings.u), mean(findings.v)) if is_whole else None
    place, log_height = row / findings.speed.shape[1], mean(findings.log_height)
    speed = compare_speed(memory.properties, place, mean(findings.speed), log_height)
    rarities = {
        Cause.SPEED: _compared(speed)
        if is_whole and speed and speed.times > _LEAST_TIMES
        else None,
        Cause.SIZE: _rare_size(compare_size(memory.properties, place, log_height), thing),
        Cause.KIND: _unlike_walkers(findings, memory, (picture, around), weights),
    }
    known = {cause: rarity for cause, rarity in rarities.items() if rarity is not None}
    if speed:
        known[Cause.PLACE] = _Rarity(mean(findings.place))
    if speed and way:
        way_counts = _has_way_part(findings, (picture, around))
        known[Cause.DIRECTION] = _Rarity(mean(findings.way) * way_counts)
    return _Mover(kind, name, say_deed(kind, thing.seen, way), known)


def _leaps_in_part(findings: Findings, at: tuple[int, int, int], thing: Cells) -> bool:
    """Say whether the strongest place leaps, but the thing does not: fronts of two things, linked.

    Of what leaps the network knows no kind, so that all kinds weigh the same.
    """
    kinds = findings.kinds[at[0]]
    leaps = bool(np.ptp(kinds[:, at[1], at[2]]) == 0)
    return leaps and float((np.ptp(thing.kinds, axis=0) == 0).mean()) < _LEAPING_SHARE


def cells_of(
    findings: Findings, picture: int, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> Cells:
    """Return what some cells of a picture show."""
    u, v = findings.u[picture][rows, columns], findings.v[picture][rows, columns]
    shape, log_height = (findings.u.shape[1], findings.u.shape[2]), findings.log_height[picture]
    kinds = findings.kinds[picture][:, rows, columns]
    return Cells(rows, columns, kinds, u, v, log_height[rows, columns], shape)


def _compared(found: Comparison | None) -> _Rarity | None:
    if found is None:
        return None
    return _Rarity(max(found.above, found.below), found.above >= found.below, found.times)


def _rare_size(found: Comparison | None, thing: Thing) -> _Rarity | None:
    """Return how rare a height is; of what is small a part may be hidden, so that says less."""
    rarity = _compared(found)
    if rarity is None or len(thing.group.rows) > _LARGE_SHARE * np.prod(thing.group.shape):
        return None  # what covers so much of the picture is light, or the camera moves
    is_sure = thing.is_whole and rarity.nats >= _VERY_RARE
    return rarity if rarity.is_more or is_sure else None


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
    turns = np.arange(_TURNS) * (2 * np.pi / _TURNS)
    u, v = (speed * part(turns).astype(np.float32) for part in (np.cos, np.sin))
    others = find_patterns(u, v, np.zeros_like(u)) // BINS[2] * BINS[2] + pattern % BINS[2]
    own, least = float(findings.table[pattern]), float(findings.table[others].min())
    return least < max(_LEAST_SURPRISE, _USUAL_WAY_SHARE * own)


def _put_in_words(cause: Cause, rarity: _Rarity, mover: _Mover, since: str) -> str:
    if cause is Cause.DIRECTION:
        return f"{mover.deed}, where hardly anything goes that way"
    if cause is Cause.PLACE:
        return f"{mover.deed} where hardly anything has moved in {since}"
    if cause is Cause.SPEED:
        compared = f"{'faster' if rarity.is_more else 'slower'} than {_whom(rarity.nats, since)}"
        return f"{mover.deed} at {rarity.times:.1f} times the usual speed, {compared}"
    if cause is Cause.SIZE:
        compared = f"{'larger' if rarity.is_more else 'smaller'} than {_whom(rarity.nats, since)}"
        return f"{mover.deed}, {compared}: {rarity.times:.1f} times the usual height"
    return say_unlike(mover.name)


def _whom(nats: float, since: str) -> str:
    if nats < _NEARLY_ALL:
        return "most here"
    return f"{'anything' if nats > _HARDLY_ANY else 'nearly everything'} here in {since}"
