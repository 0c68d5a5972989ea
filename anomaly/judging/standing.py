"""Things that stay: they differ from the usual view, do not move, and are no change of light. Pure.

What a camera sees of them lasts while motion comes and goes, so they are judged by an account of
their own: added to motion they would hide it, and motion would hide them.
"""

import numpy as np
from numpy.typing import NDArray

from anomaly.groups import find_groups
from anomaly.judging.overall import CHANGED, changed_share
from anomaly.memory import CameraMemory
from anomaly.seeing.background import Background, put_back, relearn
from anomaly.seeing.pictures import CELL_PX, CONTRAST
from anomaly.seeing.seen import Seen
from anomaly.types import Bytes, Floats
from anomaly.usual.habits import bound_by_rate, note_still, still_surprise

_NATS = 2.5  # for a third of what `still_surprise` gives at most
_MOST_DIFFERS = 0.3  # of the picture: beyond, light or lens have changed and not a thing
_EVERYWHERE_GROUPS = 8
_NO_LONGER = 0.2  # of the contrast unit: less than this does not differ any more
_SHAPE = 0.2  # of the contrast unit: light and shade keep a place's shapes, things do not
_STEADY = 0.2  # of the contrast unit: less than this is a camera's noise
_STEADY_S, _STEADY_MOST_S = 1.0, 10.0
_FORGETS_S = 15.0
_TRUST_AFTER_S, _TRUST_S = 180.0, 300.0  # a younger camera does not know what stands here


def judge_standing(seen: Seen, change: Floats, memory: CameraMemory, *, frozen: bool) -> Floats:
    """Return the evidence of things that stay; counted once a chunk."""
    background, habits = memory.background, memory.habits
    nothing = np.zeros_like(change)
    if background is None or habits is None or not background.is_settled:
        return nothing
    if seen.gap_s > _FORGETS_S:
        habits.still_s *= 0  # what happened meanwhile nobody saw
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
    note_still(habits, still, differs, seen.duration_s, frozen=frozen)
    lasting = still_surprise(habits) * still
    if float(changed_share(change[-1], seen.watched)) > _MOST_DIFFERS:
        return nothing
    if len(find_groups(lasting > 0)) >= _EVERYWHERE_GROUPS and not frozen:
        # Not things, but the camera: nudged, or set to another quality. Its view is learned anew.
        relearn(background, seen.frames[-1])
        habits.still_s *= 0
        return nothing
    known_s = max(0.0, memory.history.seen_s - _TRUST_AFTER_S)
    surprise = _NATS * lasting * np.float32(known_s / (known_s + _TRUST_S))
    watched_s = memory.history.seen_s
    surprise = bound_by_rate(surprise, lasting, habits, seen.duration_s, watched_s, frozen=frozen)
    return np.broadcast_to(surprise.astype(np.float32), change.shape)


def shape_change(usual: Floats, now: Bytes) -> Floats:
    """Return what no brightness and contrast explain around each cell, in contrast units."""
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
    """Return how much the newest picture differs from one before, by cell, light left aside."""
    brighter = seen.light[-1] - seen.light[before]
    apart = np.abs(seen.frames[-1].astype(np.float32) - seen.frames[before] - brighter)
    rows, columns = (side // CELL_PX for side in apart.shape)
    cells = apart.reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3))
    return np.asarray(cells / CONTRAST, np.float32)
