"""Where it is: region- and track-based detection (Ramachandra and Jones, 2020).  Pure.

A region of the truth is found where a told region shares a tenth of what both cover; a track where
a tenth of its regions are. Either is an area under the curve over false regions a frame, from none
to one. Told are the frames that were chosen from their chunks, by the heat that people see: the
groups of cells with at least half of its peak.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.groups import find_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anomaly.evaluation.figures import Truth
    from anomaly.types import Bytes

LEAST_SHARED = 0.1  # of the union of two regions
LEAST_OF_TRACK = 0.1
_WARM = 0.5  # of the heat's peak

Cells = frozenset[int]


@attrs.frozen
class Told:
    """A region that was told, with its score."""

    cells: Cells
    score: float


@attrs.frozen
class Look:
    """One frame that was judged: what is there, and what was told."""

    truth: dict[int, Cells]  # by track
    told: tuple[Told, ...]


@attrs.frozen
class Located:
    """Areas under the curves of regions and of tracks."""

    regions: float
    tracks: float


def tell_regions(heat: Bytes, score: float) -> tuple[Told, ...]:
    """Give the warm groups of a heat map, each as strong as its warmest cell."""
    peak = int(heat.max())
    if not peak:
        return ()
    groups = find_groups(heat >= _WARM * peak)
    flat = heat.reshape(-1)
    return tuple(
        Told(frozenset(group), score * float(flat[group].max()) / peak) for group in groups
    )


def follow_tracks(masks: Truth, cells: tuple[int, int]) -> list[dict[int, Cells]]:
    """Give the true regions of every frame by track: regions that overlap from frame to frame."""
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


def locate(looks: Sequence[Look]) -> Located:
    """Measure both areas over all frames that were judged."""
    scores = sorted({told.score for look in looks for told in look.told}, reverse=True)
    curve = [(0.0, 0.0, 0.0)]
    for threshold in scores:
        false, regions, tracks = _rates(looks, threshold)
        curve.append((min(false, 1.0), regions, tracks))
        if false >= 1:
            break
    across = np.array([point[0] for point in curve] + [1.0])
    up = [np.array([point[which] for point in curve] + [curve[-1][which]]) for which in (1, 2)]
    return Located(float(np.trapezoid(up[0], across)), float(np.trapezoid(up[1], across)))


def _rates(looks: Sequence[Look], threshold: float) -> tuple[float, float, float]:
    false = found = there = 0
    by_track: dict[int, list[bool]] = {}
    for look in looks:
        told = [one.cells for one in look.told if one.score >= threshold]
        for track, region in look.truth.items():
            is_found = any(_is_shared(region, one) for one in told)
            by_track.setdefault(track, []).append(is_found)
            there, found = there + 1, found + is_found
        false += sum(not any(_is_shared(r, one) for r in look.truth.values()) for one in told)
    tracks = [np.mean(flags) >= LEAST_OF_TRACK for flags in by_track.values()]
    return (
        false / len(looks),
        found / there if there else 0.0,
        float(np.mean(tracks)) if tracks else 0.0,
    )


def _is_shared(one: Cells, other: Cells) -> bool:
    return len(one & other) >= LEAST_SHARED * len(one | other)


def _coarse(mask: Truth, cells: tuple[int, int]) -> NDArray[np.bool_]:
    """Give the cells at least half of which are masked."""
    rows = np.linspace(0, mask.shape[0], cells[0] + 1).astype(int)[:-1]
    columns = np.linspace(0, mask.shape[1], cells[1] + 1).astype(int)[:-1]
    summed = np.add.reduceat(np.add.reduceat(mask.astype(np.float32), rows, 0), columns, 1)
    area = mask.size / (cells[0] * cells[1])
    return np.asarray(summed >= 0.5 * area)
