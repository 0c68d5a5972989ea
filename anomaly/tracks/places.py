"""What a place teaches: where things are, when, for how long, and which way they go.  Pure.

The picture is divided into regions of five cells a side. Everything is counted by region and read
with what the whole picture does as the expectation, so that a region says little before it was
seen often, and what it never showed weighs more the longer the camera was watched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.habits import REGION
from anomaly.pictures import CELL_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anomaly.types import Floats

    Regions = NDArray[np.int64]

HOURS = 24
SIDES = 8  # to the neighbouring regions, clockwise from the right
EDGE = SIDES  # of the picture, or behind something: where tracks begin and end
STAYS = 16  # bins of how long things stay, each 1.5 times as long as the one before
_SHORTEST_STAY_S, _STAY_RATIO = 2.0, 1.5
_HALF_LIFE_S = 7 * 86_400.0
_TRUST_AFTER_S, _TRUST_S = 300.0, 1500.0  # of footage: nothing before the first, then half
_HOUR_S = 1800.0  # of watching an hour before its own rate counts half
_NEAR_HOURS = (1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9)
_STAY_PRIOR, _WAY_PRIOR = 6.0, 6.0
_STAY_USUAL_S, _STAY_POWER = 6.0, 1.2  # of most cameras: how fast staying longer becomes rare
_RARE = 4.0  # times less than the mean of all regions is where rare begins


@attrs.define
class Places:
    """Counts by region; all of them decay."""

    rows: float
    columns: float
    present_s: Floats  # regions
    begun: Floats  # regions
    stays: Floats  # regions, bins
    ways: Floats  # regions, side it came from, side it left by
    active_s: Floats = attrs.field(factory=lambda: np.zeros(HOURS, np.float32))
    watched_s: Floats = attrs.field(factory=lambda: np.zeros(HOURS, np.float32))
    footage_s: float = 0.0


def start_places(rows: int, columns: int) -> Places:
    """Begin with nothing known, for a grid of that many cells."""
    down, across = -(-rows // REGION), -(-columns // REGION)
    regions = down * across
    return Places(
        float(down), float(across),
        np.zeros(regions, np.float32), np.zeros(regions, np.float32),
        np.zeros((regions, STAYS), np.float32),
        np.zeros((regions, SIDES + 1, SIDES + 1), np.float32),
    )  # fmt: skip


def region_of(places: Places, x: Floats, y: Floats) -> Regions:
    """Give the regions of points in the small picture."""
    side = REGION * CELL_PX
    across = np.clip(x // side, 0, places.columns - 1).astype(np.int64)
    down = np.clip(y // side, 0, places.rows - 1).astype(np.int64)
    return np.asarray(down * int(places.columns) + across, np.int64)


def side_of(places: Places, start: Regions, end: Regions) -> Regions:
    """Give towards which of the eight sides one region lies from another."""
    columns = int(places.columns)
    across, down = end % columns - start % columns, end // columns - start // columns
    turn = np.arctan2(down, across) * (SIDES / (2 * np.pi))
    return np.asarray(np.round(turn).astype(np.int64) % SIDES, np.int64)


def place_surprise(places: Places, regions: Regions) -> Floats:
    """Give how surprising it is that anything is there at all."""
    return _rarely(_spread(places, places.present_s), regions) * _trust(places)


def begin_surprise(places: Places, regions: Regions) -> Floats:
    """Give how surprising it is that something comes into sight there."""
    return _rarely(_spread(places, places.begun), regions) * _trust(places)


def hour_surprise(places: Places, hour: float) -> float:
    """Give how surprising it is that anything is there at this hour."""
    active, watched = (_around(values, hour) for values in (places.active_s, places.watched_s))
    total_s = float(places.watched_s.sum())
    if total_s <= 0:
        return 0.0
    usual = float(places.active_s.sum()) / total_s
    share = (active + usual * _HOUR_S) / (watched + _HOUR_S) / max(usual, 1e-9)
    return max(0.0, -float(np.log(max(min(share * 2, 1.0), 1e-6))))


def stay_surprise(places: Places, regions: Regions, stay_s: Floats) -> Floats:
    """Give how rarely anything stays as long there."""
    usual = (1 + stay_s / _STAY_USUAL_S) ** -_STAY_POWER
    first = _stay_bin(stay_s)
    longer = np.cumsum(places.stays[:, ::-1], 1)[:, ::-1]
    anywhere = (_past(longer.sum(0)[None], first, stay_s) + _STAY_PRIOR * usual) / (
        longer[:, 0].sum() + _STAY_PRIOR
    )
    here = _past(longer[regions], first, stay_s) + _STAY_PRIOR * anywhere
    share = here / (longer[regions, 0] + _STAY_PRIOR)
    return np.asarray(-np.log(np.clip(share, 1e-6, 1)), np.float32)


def usual_stay_s(places: Places, region: int) -> float:
    """Give how long things usually stay there: nine in ten no longer."""
    counts = places.stays[region] + places.stays.sum(0) * _STAY_PRIOR / max(
        float(places.stays.sum()), 1.0
    )
    if counts.sum() <= 0:
        return _STAY_USUAL_S
    place = int(np.searchsorted(np.cumsum(counts), 0.9 * counts.sum()))
    return float(_SHORTEST_STAY_S * _STAY_RATIO**place)


def way_surprise(places: Places, region: Regions, came: Regions, left: Regions) -> Floats:
    """Give how surprising it is to leave regions by these sides, having come from those."""
    total = float(places.ways.sum())
    if total < 1:
        return np.zeros(len(region), np.float32)
    common = places.ways.sum((0, 1)) / total * 0.5 + 0.5 / (SIDES + 1)
    here = places.ways[region]
    by_region = _shrink(here.sum(1), common[None])
    onwards = _shrink(here[np.arange(len(region)), came], by_region)
    share = onwards[np.arange(len(region)), left]
    return np.asarray(np.maximum(-np.log(share * (SIDES + 1)), 0) * _trust(places), np.float32)


def note_presence(places: Places, regions: Regions, weights_s: Floats, hour: float) -> None:
    """Learn that things were there for so long."""
    np.add.at(places.present_s, regions, weights_s)
    places.active_s[int(hour) % HOURS] += weights_s.sum()


def note_watched(places: Places, duration_s: float, hour: float) -> None:
    """Learn that the camera was watched, whatever it showed, and forget a little."""
    keep = np.float32(0.5 ** (duration_s / _HALF_LIFE_S))
    counts = (places.present_s, places.begun, places.stays, places.ways)
    for values in (*counts, places.active_s, places.watched_s):
        np.multiply(values, keep, out=values)
    places.watched_s[int(hour) % HOURS] += duration_s
    places.footage_s += duration_s


def note_stays(places: Places, regions: Regions, stay_s: Floats) -> None:
    """Learn how long things stayed that have moved on."""
    np.add.at(places.stays, (regions, _stay_bin(stay_s)), 1)


def note_ways(places: Places, regions: Regions, came: Regions, left: Regions) -> None:
    """Learn which way things went through a region."""
    np.add.at(places.ways, (regions, came, left), 1)


def _trust(places: Places) -> np.float32:
    known_s = max(0.0, places.footage_s - _TRUST_AFTER_S)
    return np.float32(known_s / (known_s + _TRUST_S))


def _rarely(counts: Floats, regions: Regions) -> Floats:
    total = float(counts.sum())
    if total <= 0:
        return np.zeros(len(regions), np.float32)
    busy = (counts[regions] + 1) / (total / len(counts) + 1)
    return np.asarray(np.maximum(-np.log(np.minimum(busy * _RARE, 1)), 0), np.float32)


def _spread(places: Places, counts: Floats) -> Floats:
    """Let every region share what its neighbours show."""
    wide = np.pad(counts.reshape(int(places.rows), int(places.columns)), 1, mode="edge")
    lines = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
    return np.asarray((lines[:, :-2] + 2 * lines[:, 1:-1] + lines[:, 2:]) / 4, np.float32).ravel()


def _around(by_hour: Floats, hour: float) -> float:
    reach = len(_NEAR_HOURS) // 2
    near = (int(hour) + np.arange(-reach, reach + 1)) % HOURS
    return float((by_hour[near] * np.array(_NEAR_HOURS)).sum() * 3)


def _stay_bin(stay_s: Floats) -> Regions:
    place = np.log(np.maximum(stay_s, _SHORTEST_STAY_S) / _SHORTEST_STAY_S) / np.log(_STAY_RATIO)
    return np.asarray(np.clip(place, 0, STAYS - 1).astype(np.int64), np.int64)


def _past(longer: Floats, first: Regions, stay_s: Floats) -> Floats:
    """Give how many stayed longer, between two bins."""
    rows = np.arange(len(first)) if len(longer) == len(first) else np.zeros(len(first), np.int64)
    wide = np.pad(longer, ((0, 0), (0, 1)))
    begin_s = _SHORTEST_STAY_S * _STAY_RATIO**first
    part = np.clip((stay_s / begin_s - 1) / (_STAY_RATIO - 1), 0, 1)
    return np.asarray(wide[rows, first] * (1 - part) + wide[rows, first + 1] * part, np.float32)


def _shrink(counts: Floats, expected: Floats) -> Floats:
    """Give shares of counts, towards what is expected where there are few."""
    total = counts.sum(-1, keepdims=True)
    return np.asarray((counts + _WAY_PRIOR * expected) / (total + _WAY_PRIOR), np.float32)
