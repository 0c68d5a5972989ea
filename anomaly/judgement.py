"""From the maps of a chunk and a camera memory to raw evidence by cell and picture.

Three streams are told apart, because they mean different things and are taught apart:

- *moving*: how surprising the pattern (speed, walk, size), the direction and the place of what
  moves are. What hardly moves is no business of this stream, and neither is what the network is
  unsure about (`doubt`).
- *standing*: something that differs from the background, does not move, and stays.
- *overall*: most of the picture changed at once (`overall`). While it lasts, the other two say
  little.

A picture's raw score is the mean of its strongest cells, smoothed over the pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.background import Background, put_back, relearn
from anomaly.features import MAPS
from anomaly.groups import find_groups
from anomaly.habits import find_ways, note_still, note_ways, still_surprise, way_surprise
from anomaly.leaps import BEFORE, find_leaps
from anomaly.lessons import apply_lessons
from anomaly.overall import CHANGED, changed_share, judge_overall
from anomaly.patterns import find_patterns, note_patterns, surprise_table
from anomaly.pictures import CELL_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.calibration import History
    from anomaly.memory import CameraMemory
    from anomaly.types import Bytes, Floats

SMOOTHING = 0.5  # weight of the newest picture
USUAL_PACE = 0.005
HISTORY_STEPS = 2  # steps back that must exist before motion is believed (of five)
_LEAP_STEP = 3  # its pictures reach at least as far back as a leap's
_PEAK_CELLS = 5
_LEFT_CELLS = 2  # of what stays: a bag is small, and seconds of standing leave little noise
_OCCUPIED = 0.3
_SLOW_PX = 0.3  # at this speed a pattern counts half
_DOUBT_PX = 0.4
_LEARN_OCCUPIED, _LEARN_SPEED_PX = 0.5, 0.15
_WAY_WEIGHT = 0.5
_LEAST_SHARE = 0.02  # keeps logarithms of probabilities finite
_STANDING_WEIGHT = 2.5
_MOST_DIFFERS = 0.3  # of the picture: beyond, light or lens have changed and not a thing
_EVERYWHERE_GROUPS = 8
_NO_LONGER = 0.2  # and less than this does not any more
_SHAPE = 0.2  # of the contrast unit: light and shade keep a place's shapes, things do not
_STEADY = 0.2  # of the contrast unit: less than this is a camera's noise
_STEADY_S, _STEADY_MOST_S = 1.0, 10.0
CONTRAST = 32.0  # grey levels that count as one, as in the network
BASE_INTERVAL_S = 0.1  # speeds are pixels in this time, whatever the frame rate
_KINDS = MAPS[MAPS.index("walker") : MAPS.index("change")]
_INDEX = {name: number for number, name in enumerate(MAPS)}


@attrs.frozen
class Seen:
    """One chunk as the detector sees it: its pictures and where the network's inputs are."""

    frames: Bytes  # the last chunk's pictures and then this one's
    at_s: list[float]
    fresh: int  # how many of them are new, at the end
    light: Floats
    which: NDArray[np.int64]
    have: Floats
    watched: Floats | None = None  # how much of each cell masks leave, where there are any

    @property
    def duration_s(self) -> float:
        """How much footage the new pictures are."""
        first, last = self.at_s[-self.fresh], self.at_s[-1]
        return (last - first) * self.fresh / max(1, self.fresh - 1) or BASE_INTERVAL_S


@attrs.frozen
class _Motion:
    """Motion by picture and cell."""

    speed: Floats
    patterns: NDArray[np.intp]
    towards: NDArray[np.intp]


@attrs.frozen
class Findings:
    """Raw evidence, by picture and cell."""

    moving: Floats
    standing: Floats
    overall: Floats  # by picture
    shares: Floats  # of each picture that differs from the usual view
    detail: float  # how much of the usual view's detail a sudden overall change has left
    brighter: float  # than the usual view, in grey levels
    usual: Floats  # the usual view that they were judged by
    newest: Bytes  # the last picture, in which what stays was looked for
    leaping: NDArray[np.bool_]
    untaught: tuple[Floats, Floats] | None  # what moves and what stays without lessons, if any
    table: Floats  # the surprise of every pattern
    patterns: NDArray[np.intp]
    speed: Floats
    u: Floats
    v: Floats
    occupied: Floats
    way: Floats
    place: Floats
    change: Floats
    kinds: Floats


def judge_maps(seen: Seen, maps: Floats, memory: CameraMemory, *, frozen: bool = False) -> Findings:
    """Judge a chunk, and learn from it unless the memory is frozen."""
    background, habits = memory.background, memory.habits
    if background is None or habits is None:
        raise ValueError("a memory without a background can judge nothing")
    values = {name: maps[:, number] for name, number in _INDEX.items()}
    leaping = _follow_leaps(seen, values, background)
    rate = _frame_rate_factor(seen)
    u, v = values["u"] * rate, values["v"] * rate
    speed = np.hypot(u, v)
    patterns = find_patterns(speed, _logit(values["walker"]), values["log_height"])
    motion = _Motion(speed, patterns, find_ways(u, v))
    way, place = way_surprise(habits, motion.towards)
    gate = _believe(values, speed, seen)
    table = surprise_table(memory.patterns)
    pattern_surprise = table[patterns]
    surprise = pattern_surprise + np.float32(_WAY_WEIGHT) * np.maximum(way, place)
    moving = np.asarray(gate * surprise, np.float32)
    usual = background.picture
    overall = judge_overall(seen, values["change"], background, habits, frozen=frozen)
    standing = _judge_standing(seen, values["change"], memory, frozen=frozen)
    calm = overall.calm[:, None, None]
    moving, standing = moving * calm, standing * calm
    untaught = (moving, standing) if memory.lessons.learned else None
    if not frozen:
        _learn(seen, values["occupied"] * (gate > 0), motion, memory)
    return Findings(
        _teach(memory, "moving", moving, patterns, gate),
        _teach(memory, "standing", standing, None, np.float32(1)),
        overall.evidence, overall.shares, overall.detail,
        float(seen.frames[-1].mean() - usual.mean()), usual, seen.frames[-1],
        leaping, untaught, table, patterns, speed, u, v, values["occupied"], way, place,
        values["change"], maps[:, _INDEX["walker"] : _INDEX["change"]],
    )  # fmt: skip


def find_peaks(
    moving: Floats, standing: Floats, leaping: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Give every picture's raw evidence of things, and of what moves, before smoothing.

    What leaps is left out of the first: its scores would hide what stays.
    """
    in_motion, at_rest = stream_peaks(moving, standing)
    followed = in_motion
    if leaping.any():
        followed = _strongest(np.where(leaping, np.float32(0), moving), _PEAK_CELLS)
    return np.maximum(followed, at_rest), in_motion


def stream_peaks(moving: Floats, standing: Floats) -> tuple[Floats, Floats]:
    """Give every picture's raw evidence of what moves and of what stays, before smoothing."""
    return _strongest(moving, _PEAK_CELLS), _strongest(standing, _LEFT_CELLS)


def _strongest(evidence: Floats, most: int) -> Floats:
    """Give the mean of the strongest cells: what is real covers more than one."""
    if not evidence.any():
        return np.zeros(len(evidence), np.float32)
    cells = min(most, evidence[0].size)
    # Most cells are zero; sorting the others is ten times faster than partitioning all.
    tops = [np.sort(picture[picture > 0])[-cells:].sum() / cells for picture in evidence]
    return np.array(tops, np.float32)


def smooth_course(peaks: Floats, seen: Seen, history: History, *, frozen: bool) -> Floats:
    """Smooth the pictures' peaks; a picture without history stands for the usual one."""
    course = np.empty(len(peaks), np.float32)
    steps = seen.have.sum(1)
    last = history.smooth_raw
    for number, peak in enumerate(peaks.tolist()):
        believed = steps[number] >= HISTORY_STEPS
        if steps[number] <= 1:
            last = None  # a new start: what was before the gap says nothing
        value = peak if believed else max(peak, history.usual_raw)
        last = value if last is None else last + SMOOTHING * (value - last)
        course[number] = last
        if believed and not frozen:
            history.usual_raw += USUAL_PACE * (peak - history.usual_raw)
    history.smooth_raw = last
    return course


def _teach(
    memory: CameraMemory,
    stream: str,
    evidence: Floats,
    patterns: NDArray[np.intp] | None,
    gate: Floats | np.float32,
) -> Floats:
    cells = (evidence.shape[1], evidence.shape[2])
    taught = apply_lessons(memory.lessons, stream, patterns, cells)
    if taught is None:
        return evidence
    return np.asarray(evidence * taught.factor + gate * taught.added, np.float32)


def _frame_rate_factor(seen: Seen) -> Floats:
    """Turn pixels a picture into pixels in the base interval."""
    times = np.array(seen.at_s)
    now = times[-seen.fresh :]
    before = times[seen.which[:, 2]]
    steps = np.where(seen.have[:, 2] > 0, 2, 1)
    gap_s = np.where(seen.have[:, 2] > 0, now - before, now - times[seen.which[:, 1]]) / steps
    factor = BASE_INTERVAL_S / np.clip(gap_s, BASE_INTERVAL_S / 10, BASE_INTERVAL_S * 10)
    return np.where(seen.have[:, 1] > 0, factor, 1).astype(np.float32)[:, None, None]


def _follow_leaps(
    seen: Seen, values: dict[str, Floats], background: Background
) -> NDArray[np.bool_]:
    """Put the velocity of what leaps in place of what the network makes of it; say where."""
    leaping = np.zeros(values["change"].shape, bool)
    known = slice(-seen.fresh - BEFORE, -seen.fresh)
    before = seen.frames[known]
    if len(before) < BEFORE:
        return leaping
    # A quarter of the pixels says as well what differed in pictures that were judged already.
    apart = before[:, ::2, ::2] - background.picture[::2, ::2] - seen.light[known, None, None]
    lines = np.abs(apart[:, ::2]) + np.abs(apart[:, 1::2])
    cells = (lines[:, :, ::2] + lines[:, :, 1::2]) / (4 * CONTRAST)
    change = np.concatenate([cells.astype(np.float32), values["change"]])
    for leap in find_leaps(change, seen.at_s[-seen.fresh - BEFORE :]):
        if seen.have[leap.picture, _LEAP_STEP]:
            at = (leap.picture, *leap.cells)
            values["u"][at], values["v"][at] = leap.u * CELL_PX, leap.v * CELL_PX
            values["occupied"][at], values["doubt"][at], leaping[at] = 1.0, 0.0, True
            for kind in _KINDS:  # what it is the network can not tell either
                values[kind][at] = 1 / len(_KINDS)
    return leaping


def _believe(values: dict[str, Floats], speed: Floats, seen: Seen) -> Floats:
    occupied = values["occupied"]
    gate = occupied * (occupied > _OCCUPIED) * speed / (speed + _SLOW_PX)
    gate = gate / (1 + (values["doubt"] / _DOUBT_PX) ** 2)
    return np.asarray(gate * (seen.have.sum(1) >= HISTORY_STEPS)[:, None, None], np.float32)


def _judge_standing(seen: Seen, change: Floats, memory: CameraMemory, *, frozen: bool) -> Floats:
    """Give the evidence of things that stay; counted once a chunk."""
    background, habits = memory.background, memory.habits
    nothing = np.zeros_like(change)
    if background is None or habits is None or not background.is_settled:
        return nothing
    before = _picture_before(seen)
    if before is None:
        return nothing
    differs = change[-1] > _NO_LONGER
    still = (change[-1] > CHANGED) & (_difference(seen, before) < _STEADY)
    still &= shape_change(background.picture, seen.frames[-1]) > _SHAPE
    gone = _find_gone(seen, still, background)
    differs, still = differs & ~gone, still & ~gone
    if not frozen:
        put_back(background, gone)
        note_still(habits, still, differs, seen.duration_s)
    lasting = still_surprise(habits) * still
    if float(changed_share(change[-1], seen.watched)) > _MOST_DIFFERS:
        return nothing
    if len(find_groups(lasting > 0)) >= _EVERYWHERE_GROUPS and not frozen:
        # Not things, but the camera: nudged, or set to another quality. Its view is learned anew.
        relearn(background, seen.frames[-1])
        habits.still_s *= 0
        return nothing
    surprise = _STANDING_WEIGHT * lasting
    return np.broadcast_to(surprise.astype(np.float32), change.shape)


def shape_change(usual: Floats, now: Bytes) -> Floats:
    """Give what no brightness and contrast explain around each cell, in contrast units."""
    rows, columns = usual.shape[0] // CELL_PX, usual.shape[1] // CELL_PX
    one = usual - usual.mean()
    other = now.astype(np.float32) - now.mean()

    def around(values: Floats) -> Floats:
        cells = values.reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3))
        wide = np.pad(cells, 1, mode="edge")
        lines = wide[:-2] + wide[1:-1] + wide[2:]
        return np.asarray((lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:]) / 9, np.float32)

    mean_one, mean_other = around(one), around(other)
    vary_one = around(one * one) - mean_one**2
    vary_other = around(other * other) - mean_other**2
    shared = around(one * other) - mean_one * mean_other
    left = vary_other - shared**2 / np.maximum(vary_one, 1)
    return np.asarray(np.sqrt(np.maximum(left, 0)) / CONTRAST, np.float32)


def _picture_before(seen: Seen) -> int | None:
    """Find the picture that the newest is compared with: what is the same there stands still."""
    gaps_s = seen.at_s[-1] - np.array(seen.at_s)
    fitting = np.flatnonzero((gaps_s >= _STEADY_S) & (gaps_s <= _STEADY_MOST_S))
    return int(fitting[-1]) if len(fitting) else None


def _find_gone(seen: Seen, still: NDArray[np.bool_], background: Background) -> NDArray[np.bool_]:
    """Say which of the still cells show what was there before something stood there for long."""
    if not still.any():
        return still
    now, old = seen.frames[-1], background.old
    brighter = np.float32(np.median(now - old))
    rows, columns = still.shape
    apart = np.abs(now - old - brighter).reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3))
    return np.asarray(
        still & (apart < _NO_LONGER * CONTRAST) & (shape_change(old, now) < _SHAPE), np.bool_
    )


def _difference(seen: Seen, before: int) -> Floats:
    """Give how much the newest picture differs from one before, by cell, light left aside."""
    brighter = seen.light[-1] - seen.light[before]
    apart = np.abs(seen.frames[-1].astype(np.float32) - seen.frames[before] - brighter)
    rows, columns = (side // CELL_PX for side in apart.shape)
    cells = apart.reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3))
    return np.asarray(cells / CONTRAST, np.float32)


def _learn(seen: Seen, weight: Floats, motion: _Motion, memory: CameraMemory) -> None:
    """Learn what moved, and where it went."""
    known = weight > _LEARN_OCCUPIED
    note_patterns(memory.patterns, motion.patterns[known], weight[known], seen.duration_s)
    if memory.habits is not None:
        moving = np.where(known & (motion.speed > _LEARN_SPEED_PX), weight, 0)
        note_ways(memory.habits, motion.towards, moving, seen.duration_s)


def _logit(share: Floats) -> Floats:
    return np.log((share + _LEAST_SHARE) / (1 + _LEAST_SHARE - share))
