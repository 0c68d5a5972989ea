"""Sudden changes of the whole picture: light, lens, or somebody's hand. Pure.

A large share of the picture, or its light, changes at once, measured against what usually differs
on this camera. That is one event, however strong; how rare it is follows from how many of them
the camera had (`calibration`) and not from the scores of what moves and stays: a car park
full of parked cars would drown it. A lorry near the camera hides as much, but comes from a side
and leaves the rest as it was: only if it stays has the view changed. While an event lasts, the
other streams say little, and the background is learned anew. What a mask ignores takes no part.
"""

import attrs
import numpy as np

from anomaly.seeing.background import Background, relearn
from anomaly.seeing.seen import Seen
from anomaly.seeing.views import BLIND, shows_same_view
from anomaly.types import Bytes, Floats
from anomaly.usual.habits import Habits

CHANGED = 0.3  # of the contrast unit: a cell differs from the background
_ONSET, _LIGHT_JUMP = 0.35, 30.0
_MOST_UPSET = 1.5
_WEIGHT = 10.0
_DISTURBED_FACTOR = 0.1
_SHAKEN_S = 120.0
_TILES, _OF_TILE, _ALL_OVER = 4, 0.33, 0.7  # a side of the picture; share of one, and of them
_LIGHT_ALONE = 0.2  # of the picture: where less differs but for the light, nothing is before it
_SUDDEN_S, _SUDDEN_SHARE = 0.5, 0.3
_STAYS_S = 15.0  # what stays for longer has changed the view, be it a lorry or a cloth


@attrs.frozen
class Overall:
    """What happened to the whole picture, by picture; evidence in the event's first chunk alone."""

    evidence: Floats
    calm: Floats  # how much the other streams count
    shares: Floats  # of the picture that differs from the usual view
    detail: float  # the least that was left of the usual view's detail
    is_light: bool  # the same view is shown in another light


def judge_overall(
    seen: Seen,
    change: Floats,
    background: Background,
    habits: Habits,
    *,
    frozen: bool = False,
) -> Overall:
    """Return the overall evidence by picture, and learn anew while the picture is disturbed."""
    evidence, calm = np.zeros(seen.fresh, np.float32), np.ones(seen.fresh, np.float32)
    shares, light = changed_share(change, seen.watched), seen.light[-seen.fresh :]
    habits.shaken *= 0.5 ** (seen.duration_s / _SHAKEN_S)
    watched = np.ones(change.shape[1:], np.float32) if seen.watched is None else seen.watched
    differs = (change > CHANGED) * watched
    strength = 0.0  # of an event that begins in this chunk, for each unit of upset
    detail = 1.0
    same_views = []
    for number, share in enumerate(shares.tolist()):
        jump = abs(float(light[number]) - habits.light) / _LIGHT_JUMP
        upset = min(max(share - habits.changed, _ONSET * jump), _MOST_UPSET)
        step_s = _step_before(seen, number)
        habits.pending_s = habits.pending_s + step_s if upset > _ONSET else 0.0
        is_whole = _is_all_over(differs[number], watched, share)
        is_whole |= _is_sudden(habits, differs[number], watched, step_s)
        habits.differed = differs[number]
        if upset > _ONSET and not is_whole and habits.pending_s < _STAYS_S:
            continue  # something near goes past
        if upset > _ONSET and not habits.is_disturbed:
            # A lamp that flashes is one event, and not one a flash.
            strength = _WEIGHT / (1 + habits.shaken)
            strength *= upset / (1 + habits.shaken) > _ONSET
            habits.is_disturbed = 1.0
            habits.shaken += 1
        elif upset < _ONSET / 2:
            habits.is_disturbed = 0.0
        if habits.is_disturbed:
            evidence[number], calm[number] = strength * upset, _DISTURBED_FACTOR
            if strength:
                frame = seen.frames[number - seen.fresh]
                detail = min(detail, _detail_left(frame, background))
                same_views.append(shows_same_view(frame, background.picture))
        elif not frozen:
            habits.changed += 0.02 * (min(share, 0.6) - habits.changed)
            habits.light += 0.1 * (float(light[number]) - habits.light)
    if habits.is_disturbed:
        relearn(background, seen.frames[-1])
        habits.light = 0.0
        habits.still_s *= 0
        # The next chunk starts from the new view; what moved in it becomes a ghost for a moment.
    is_light = detail >= BLIND and _is_light(same_views)
    return Overall(evidence, calm, shares, detail, is_light)


def _is_light(same_views: list[bool]) -> bool:
    """Say whether only the light has changed: in the end, and mostly; a lamp needs a moment."""
    return bool(same_views) and same_views[-1] and 2 * sum(same_views) >= len(same_views)


def _step_before(seen: Seen, number: int) -> float:
    """Return how long before a new picture the one before it came."""
    place = len(seen.at_s) - seen.fresh + number
    return seen.at_s[place] - seen.at_s[place - 1] if place else 0.0


def _is_all_over(differs: Floats, watched: Floats, share: float) -> bool:
    """Say whether it is changed all over, or in its light alone: no single thing does that."""
    seen = _tiles(watched)
    of_tile = _tiles(differs)[seen > 0] / seen[seen > 0]
    return share < _LIGHT_ALONE or float((of_tile > _OF_TILE).mean()) >= _ALL_OVER


def _tiles(cells: Floats) -> Floats:
    rows, columns = (side // _TILES * _TILES for side in cells.shape)
    tiles = cells[:rows, :columns].reshape(_TILES, rows // _TILES, _TILES, columns // _TILES)
    return np.asarray(tiles.sum((1, 3)), np.float32)


def _is_sudden(habits: Habits, differs: Floats, watched: Floats, step_s: float) -> bool:
    """Say whether much of it changed from one picture to the next: nothing drives so fast."""
    begun = float((differs * (1 - habits.differed)).sum() / max(float(watched.sum()), 1.0))
    return step_s <= _SUDDEN_S and begun >= _SUDDEN_SHARE


def changed_share(change: Floats, watched: Floats | None) -> Floats:
    """Return the share of each picture that differs from the background, masks left aside."""
    differs = (change > CHANGED).astype(np.float32)
    if watched is None:
        return np.asarray(differs.mean((-2, -1)), np.float32)
    total = float(watched.sum())
    return np.asarray((differs * watched).sum((-2, -1)) / max(total, 1.0), np.float32)


def _detail_left(frame: Bytes, background: Background) -> float:
    usual = _detail(background.picture)
    return _detail(frame.astype(np.float32)) / usual if usual > 0 else 1.0


def _detail(picture: Floats) -> float:
    return float(np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean())
