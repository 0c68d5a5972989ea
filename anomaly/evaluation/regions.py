"""Where it is: region- and track-based detection (Ramachandra and Jones, 2020).  Pure.

A region of the truth is found where a told region shares a tenth of what both cover; a track where
a tenth of its regions are. Either is an area under the curve over false regions a frame, from none
to one. Shown are the frames that were chosen from their chunks, by the heat that people see: the
groups of cells with at least half of its peak.
"""

import math
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.evaluation.figures import Truth
from anomaly.groups import find_groups
from anomaly.types import Bytes

LEAST_SHARED = 0.1  # of the union of two regions
LEAST_OF_TRACK = 0.1
_WARM = 0.5  # of the heat's peak

Cells = frozenset[int]


@attrs.frozen
class ShownRegion:
    """A region that was told, with its score."""

    cells: Cells
    score: float


@attrs.frozen
class Look:
    """One frame that was judged: from which threshold down its true regions are found."""

    found: dict[int, float]  # by track; minus infinity where nothing that was told is there
    false: tuple[float, ...]  # scores of what was told where nothing is


@attrs.frozen
class Located:
    """Areas under the curves of regions and of tracks."""

    regions: float
    tracks: float


def tell_regions(heat: Bytes, score: float) -> tuple[ShownRegion, ...]:
    """Return the warm groups of a heat map, each as strong as its warmest cell."""
    peak = int(heat.max())
    if not peak:
        return ()
    groups = find_groups(heat >= _WARM * peak)
    flat = heat.reshape(-1)
    return tuple(
        ShownRegion(frozenset(group), score * float(flat[group].max()) / peak) for group in groups
    )


def follow_tracks(masks: Truth, cells: tuple[int, int]) -> list[dict[int, Cells]]:
    """Return the true regions of every frame by track: regions that overlap from frame to frame."""
    tracks: list[dict[int, Cells]] = []
    count = 0
    for mask in masks:
        before = tracks[-1] if tracks else {}
        now: dict[int, Cells] = {}
        for group in find_groups(_coarse(mask, cells)):
            region = frozenset(group)
            shared = {name: len(region & old) for name, old in before.items()}
            name = max(shared, key=shared.__getitem__, default=-1)
            if name < 0 or not shared[name]:
                name, count = count, count + 1
            now[name] = now.get(name, frozenset()) | region
        tracks.append(now)
    return tracks


def compare(truth: dict[int, Cells], told: Sequence[ShownRegion]) -> Look:
    """Compare what was told of a frame with what is there."""
    found = {
        track: max((one.score for one in told if _is_shared(cells, one.cells)), default=-np.inf)
        for track, cells in truth.items()
    }
    false = (
        one.score
        for one in told
        if not any(_is_shared(cells, one.cells) for cells in truth.values())
    )
    return Look(found, tuple(false))


def locate(clips: Sequence[Sequence[Look]]) -> Located:
    """Measure both areas over all frames of all clips; no track goes on in another clip."""
    regions = [score for looks in clips for look in looks for score in look.found.values()]
    tracks = [score for looks in clips for score in _track_scores(looks)]
    false = [score for looks in clips for look in looks for score in look.false]
    frames = sum(len(looks) for looks in clips)
    return Located(_area(regions, false, frames), _area(tracks, false, frames))


def _track_scores(looks: Sequence[Look]) -> list[float]:
    """Return the threshold below which enough of each track is found."""
    by_track: dict[int, list[float]] = {}
    for look in looks:
        for track, score in look.found.items():
            by_track.setdefault(track, []).append(score)
    return [
        sorted(scores, reverse=True)[max(math.ceil(LEAST_OF_TRACK * len(scores)), 1) - 1]
        for scores in by_track.values()
    ]


def _area(found: Sequence[float], false: Sequence[float], frames: int) -> float:
    """Return the area under what is found over false regions a frame, from none to one."""
    if not found or not frames:
        return math.nan
    thresholds = np.unique([score for score in (*found, *false) if np.isfinite(score)])[::-1]
    across = [np.sum(np.array(false) >= one) / frames for one in thresholds]
    up = [float(np.mean(np.array(found) >= one)) for one in thresholds]
    within = sum(one <= 1 for one in across)
    across, up = [0.0, *across[:within], 1.0], [0.0, *up[:within], ([0.0, *up])[within]]
    return float(np.trapezoid(up, across))


def _is_shared(one: Cells, other: Cells) -> bool:
    return len(one & other) >= LEAST_SHARED * len(one | other)


def _coarse(mask: Truth, cells: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the cells at least half of which are masked."""
    rows = np.linspace(0, mask.shape[0], cells[0] + 1).astype(int)[:-1]
    columns = np.linspace(0, mask.shape[1], cells[1] + 1).astype(int)[:-1]
    summed = np.add.reduceat(np.add.reduceat(mask.astype(np.float32), rows, 0), columns, 1)
    area = mask.size / (cells[0] * cells[1])
    return np.asarray(summed >= 0.5 * area)
