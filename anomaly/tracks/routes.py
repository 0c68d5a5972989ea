"""Where tracks go from region to region, and what of it is learned.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anomaly.tracks.places import (
    EDGE,
    SIDES,
    Places,
    begin_surprise,
    note_stays,
    note_ways,
    region_of,
    side_of,
    way_surprise,
)  # fmt: skip
from anomaly.tracks.table import FOOT, NOWHERE, X

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.tracks.table import Rows, Tracks
    from anomaly.types import Floats

_HALF_LIFE_S = 2.0  # of what a step was worth, held against the track that took it


def judge_steps(
    tracks: Tracks, places: Places, rows: Rows, step_s: float, *, frozen: bool
) -> Floats:
    """Give how surprising the tracks' last steps to other regions are, and learn the new ones."""
    box, before = tracks.box[rows], tracks.region[rows]
    now = region_of(places, box[:, X], box[:, FOOT])
    tracks.told[rows] *= np.float32(0.5 ** (step_s / _HALF_LIFE_S))
    entered = before == NOWHERE
    moved = ~entered & (before != now)
    _enter(tracks, places, rows[entered], now[entered], frozen=frozen)
    if moved.any():
        _move(tracks, places, rows[moved], now[moved], frozen=frozen)
    tracks.region[rows] = now
    return tracks.told[rows]


def _enter(tracks: Tracks, places: Places, rows: Rows, now: Rows, *, frozen: bool) -> None:
    """Begin at the edge, or out of another's outline, which says nothing."""
    tracks.came[rows] = EDGE
    open_air = tracks.split[rows] == 0
    tracks.told[rows] = np.where(open_air, begin_surprise(places, now), 0)
    if not frozen:
        np.add.at(places.begun, now[open_air], 1)


def _move(tracks: Tracks, places: Places, rows: Rows, now: Rows, *, frozen: bool) -> None:
    before, came = tracks.region[rows], tracks.came[rows]
    side = side_of(places, before, now)
    worth = way_surprise(places, before, came, side)
    tracks.told[rows] = np.maximum(tracks.told[rows], worth)
    tracks.came[rows] = (side + SIDES // 2) % SIDES
    if not frozen:
        note_ways(places, before, came, side)


def note_gone(tracks: Tracks, places: Places, gone: Rows) -> None:
    """Learn where tracks ended, and how long they had stayed there."""
    known = gone[tracks.region[gone] != NOWHERE]
    regions = tracks.region[known]
    note_ways(places, regions, tracks.came[known], np.full(len(known), EDGE))
    note_stays(places, regions, (tracks.seen_s[known] - tracks.anchor_s[known]).astype(np.float32))


def note_left(
    tracks: Tracks, places: Places, rows: Rows, since_s: NDArray[np.float64], at: Floats
) -> None:
    """Learn how long those stayed that have moved on from where they were anchored before."""
    left = (since_s > 0) & (tracks.anchor_s[rows] > since_s)
    if left.any():
        stayed_s = (tracks.anchor_s[rows[left]] - since_s[left]).astype(np.float32)
        note_stays(places, region_of(places, at[left, 0], at[left, 1]), stayed_s)
