"""From the maps of a chunk and a camera memory to evidence by cell and picture.

Kinds of evidence are told apart, because they mean different things and are taught apart:

- *moving*: how surprising the pattern (velocity, walk) of what moves is. What hardly moves is no
  business of this stream.
- *energy*: how much a place differs from the picture before (`energy`).
- *standing*: something that differs from the usual view, does not move, and stays (`standing`).
- *overall*: the whole picture changed at once (`overall`). While it lasts, the others say little.

The first two are two views of one thing, motion, and are added as tails of their own histories
(`streams`). The others are events of other kinds and are never added to them.
"""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.features import MAPS
from anomaly.judging.findings import Findings, Streams
from anomaly.judging.leaps import BEFORE, find_leaps
from anomaly.judging.overall import judge_overall
from anomaly.judging.standing import judge_standing
from anomaly.judging.tracking import PLACE_KINDS, Followed, follow_things
from anomaly.memory import CameraMemory
from anomaly.seeing.background import Background
from anomaly.seeing.energy import measure_energy
from anomaly.seeing.pictures import CELL_PX, CONTRAST
from anomaly.seeing.seen import BASE_INTERVAL_S, Seen
from anomaly.tracks import Kind
from anomaly.types import Floats
from anomaly.usual.habits import find_ways, note_ways, way_surprise
from anomaly.usual.lessons import apply_lessons
from anomaly.usual.patterns import find_patterns, note_patterns, surprise_table
from anomaly.usual.properties import note_properties
from anomaly.usual.streams import HISTORY_STEPS

_LEAP_STEP = 3  # its pictures reach at least as far back as a leap's
_OCCUPIED = 0.3
_SLOW_PX = 0.3  # at this speed a pattern counts half
_LEARN_OCCUPIED, _LEARN_SPEED_PX = 0.5, 0.15
_LEAST_SHARE = 0.02  # keeps logarithms of probabilities finite
_KINDS = MAPS[MAPS.index("walker") : MAPS.index("change")]
_INDEX = {name: number for number, name in enumerate(MAPS)}


@attrs.frozen
class _Motion:
    """Motion by picture and cell."""

    speed: Floats
    patterns: NDArray[np.intp]
    towards: NDArray[np.intp]


def judge_maps(seen: Seen, maps: Floats, memory: CameraMemory, *, frozen: bool = False) -> Findings:
    """Judge a chunk, and learn from it unless the memory is frozen."""
    background, habits = memory.background, memory.habits
    if background is None or habits is None:
        raise ValueError("a memory without a background can judge nothing")
    values = {name: maps[:, number] for name, number in _INDEX.items()}
    _follow_leaps(seen, values, background)
    rate = _frame_rate_factor(seen)
    u, v = values["u"] * rate, values["v"] * rate
    speed = np.hypot(u, v)
    motion = _Motion(speed, find_patterns(u, v, _logit(values["walker"])), find_ways(u, v))
    way, place = way_surprise(habits, motion.towards)
    gate = _believe(values["occupied"], speed, seen)
    table = surprise_table(memory.patterns)
    usual = background.picture
    overall = judge_overall(seen, values["change"], background, habits, frozen=frozen)
    standing = judge_standing(seen, values["change"], memory, frozen=frozen)
    calm = overall.calm[:, None, None]
    kinds = maps[:, _INDEX["walker"] : _INDEX["change"]]
    followed = follow_things(seen, values, kinds, memory, frozen=frozen)
    streams = Streams(
        gate * table[motion.patterns], measure_energy(seen), standing,
        followed.values * overall.calm[:, None],
    ).weigh(calm, calm)  # fmt: skip
    if not frozen:
        _learn(seen, values["occupied"], motion, memory)
    return Findings(
        _teach(streams, memory, motion.patterns, gate, followed),
        streams if memory.lessons.learned else None,
        overall.evidence, overall.shares, overall.detail, overall.is_light,
        float(seen.frames[-1].mean() - usual.mean()), usual, seen.frames[-1],
        table, motion.patterns, speed, u, v, values["occupied"], way, place,
        values["change"], kinds, values["log_height"], followed,
    )  # fmt: skip


def _teach(
    streams: Streams,
    memory: CameraMemory,
    patterns: NDArray[np.intp],
    gate: Floats,
    followed: Followed,
) -> Streams:
    """Let lessons raise and lower; energy has no pattern and shares what moves' factor."""
    cells = (gate.shape[1], gate.shape[2])
    moving = apply_lessons(memory.lessons, "moving", patterns, cells)
    standing = apply_lessons(memory.lessons, "standing", None, cells)
    if moving:
        raised = streams.moving * moving.factor + gate * moving.added
        # Energy has no pattern, and what moves shows it beside its cells, too; so do tracks.
        around = _lowest_around(moving.factor)
        tracked = streams.tracked * followed.average(around, (Kind.MOTION, Kind.POSTURE))
        streams = attrs.evolve(
            streams, moving=raised, energy=streams.energy * around, tracked=tracked
        )
    if standing:
        raised = streams.standing * standing.factor + standing.added
        streams = attrs.evolve(streams, standing=raised)
    low = apply_lessons(memory.lessons, "low", None, cells)
    if low:
        factor = followed.average(low.factor, (Kind.LOW,))
        streams = attrs.evolve(streams, tracked=streams.tracked * factor)
    place = apply_lessons(memory.lessons, "place", None, cells)
    if place:
        factor = followed.average(place.factor, PLACE_KINDS)
        added = np.zeros_like(streams.tracked)
        added[:, PLACE_KINDS] = followed.average(place.added, PLACE_KINDS)[:, PLACE_KINDS] * (
            streams.tracked[:, PLACE_KINDS] > 0
        )
        streams = attrs.evolve(streams, tracked=streams.tracked * factor + added)
    return streams


def _lowest_around(factor: Floats) -> Floats:
    """Return the least factor within two cells, where lessons lower at all."""
    wide = np.pad(np.minimum(factor, 1), ((0, 0), (2, 2), (2, 2)), constant_values=1)
    rows, columns = factor.shape[1:]
    lowest = np.ones_like(factor)
    for down in range(5):
        for across in range(5):
            part = wide[:, down : down + rows, across : across + columns]
            np.minimum(lowest, part, out=lowest)
    return np.where(factor > 1, factor, lowest)


def _frame_rate_factor(seen: Seen) -> Floats:
    """Turn pixels a picture into pixels in the base interval."""
    times = np.array(seen.at_s)
    now = times[-seen.fresh :]
    before = times[seen.which[:, 2]]
    steps = np.where(seen.have[:, 2] > 0, 2, 1)
    gap_s = np.where(seen.have[:, 2] > 0, now - before, now - times[seen.which[:, 1]]) / steps
    factor = BASE_INTERVAL_S / np.clip(gap_s, BASE_INTERVAL_S / 10, BASE_INTERVAL_S * 10)
    return np.where(seen.have[:, 1] > 0, factor, 1).astype(np.float32)[:, None, None]


def _follow_leaps(seen: Seen, values: dict[str, Floats], background: Background) -> None:
    """Put the velocity of what leaps in place of what the network makes of it."""
    known = slice(-seen.fresh - BEFORE, -seen.fresh)
    before = seen.frames[known]
    if len(before) < BEFORE:
        return
    # A quarter of the pixels says as well what differed in pictures that were judged already.
    apart = before[:, ::2, ::2] - background.picture[::2, ::2] - seen.light[known, None, None]
    lines = np.abs(apart[:, ::2]) + np.abs(apart[:, 1::2])
    cells = (lines[:, :, ::2] + lines[:, :, 1::2]) / (4 * CONTRAST)
    change = np.concatenate([cells.astype(np.float32), values["change"]])
    for leap in find_leaps(change, seen.at_s[-seen.fresh - BEFORE :]):
        if seen.have[leap.picture, _LEAP_STEP]:
            at = (leap.picture, *leap.cells)
            values["u"][at], values["v"][at] = leap.u * CELL_PX, leap.v * CELL_PX
            values["occupied"][at] = 1.0
            for kind in _KINDS:  # what it is the network cannot tell either
                values[kind][at] = 1 / len(_KINDS)


def _believe(occupied: Floats, speed: Floats, seen: Seen) -> Floats:
    """Say how much the motion of every cell counts: what hardly moves is judged elsewhere."""
    gate = occupied * (occupied > _OCCUPIED) * speed / (speed + _SLOW_PX)
    return np.asarray(gate * (seen.have.sum(1) >= HISTORY_STEPS)[:, None, None], np.float32)


def learn_properties(findings: Findings, seen: Seen, memory: CameraMemory) -> None:
    """Learn how fast and how large things are, once what they are was compared and said."""
    known = _find_known(seen, findings.occupied, findings.speed)
    rows = (np.nonzero(known)[1] / known.shape[1]).astype(np.float32)
    speed, log_height = findings.speed[known], findings.log_height[known]
    note_properties(memory.properties, rows, speed, log_height, seen.duration_s)


def _learn(seen: Seen, occupied: Floats, motion: _Motion, memory: CameraMemory) -> None:
    """Learn what moved, and where it went."""
    known = _find_known(seen, occupied, motion.speed)
    note_patterns(memory.patterns, motion.patterns[known], occupied[known], seen.duration_s)
    if memory.habits is not None:
        note_ways(memory.habits, motion.towards, np.where(known, occupied, 0), seen.duration_s)


def _find_known(seen: Seen, occupied: Floats, speed: Floats) -> NDArray[np.bool_]:
    is_known = (seen.have.sum(1) >= HISTORY_STEPS)[:, None, None]
    known = (occupied > _LEARN_OCCUPIED) & (speed > _LEARN_SPEED_PX) & is_known
    return np.asarray(known, np.bool_)


def _logit(share: Floats) -> Floats:
    return np.log((share + _LEAST_SHARE) / (1 + _LEAST_SHARE - share))
