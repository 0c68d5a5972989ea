"""Where tracks stay, where they go from region to region, and what of it is learned.  Pure.

Looked at a few times a second and not in every picture: feet do not go far in between.
"""

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
)
from anomaly.tracks.table import FOOT, NOWHERE, X, height_of

if TYPE_CHECKING:
    from anomaly.tracks.table import Rows, Tracks

_HALF_LIFE_S = 2.0  # of what a step was worth, held against the track that took it
_STAYS_HEIGHTS = 1.5  # within which somebody stays


def look_at_places(
    tracks: Tracks, places: Places, rows: Rows, passed_s: float, *, frozen: bool
) -> None:
    """See who has left where it stayed, and who has entered another region."""
    feet = tracks.box[rows][:, [X, FOOT]]
    now = region_of(places, feet[:, 0], feet[:, 1])
    tracks.told[rows] *= np.float32(0.5 ** (passed_s / _HALF_LIFE_S))
    before = tracks.region[rows]
    entered = before == NOWHERE
    _leave(tracks, places, rows, frozen=frozen)
    if entered.any():
        _enter(tracks, places, rows[entered], now[entered], frozen=frozen)
    moved = ~entered & (before != now)
    if moved.any():
        _move(tracks, places, rows[moved], now[moved], frozen=frozen)
    tracks.region[rows] = now


def _leave(tracks: Tracks, places: Places, rows: Rows, *, frozen: bool) -> None:
    """Move the places around which tracks stay with those that have left them."""
    box, anchor = tracks.box[rows], tracks.anchor[rows]
    apart = np.hypot(box[:, X] - anchor[:, 0], box[:, FOOT] - anchor[:, 1])
    left = apart > _STAYS_HEIGHTS * height_of(box)
    if not left.any():
        return
    away = rows[left]
    if not frozen:
        stayed_s = (tracks.at_s - tracks.anchor_s[away]).astype(np.float32)
        note_stays(places, region_of(places, anchor[left, 0], anchor[left, 1]), stayed_s)
    tracks.anchor[away], tracks.anchor_s[away] = box[left][:, [X, FOOT]], tracks.at_s


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
    if not len(known):
        return
    regions = tracks.region[known]
    note_ways(places, regions, tracks.came[known], np.full(len(known), EDGE))
    note_stays(places, regions, (tracks.seen_s[known] - tracks.anchor_s[known]).astype(np.float32))
