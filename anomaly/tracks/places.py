"""How long things stay in the regions of the picture, and at what hours any are there. Pure."""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.seeing.pictures import CELL_PX
from anomaly.types import Floats
from anomaly.usual.habits import REGION

Regions = NDArray[np.int64]

HOURS = 24
STAYS = 16  # bins of how long things stay, each 1.5 times as long as the one before
_SHORTEST_STAY_S, _STAY_RATIO = 2.0, 1.5
_STAY_USUAL_S, _STAY_PRIOR = 6.0, 6.0  # of most cameras; for so many that have stayed
_HALF_LIFE_S = 7 * 86_400.0
_HOUR_S = 1800.0  # of watching an hour before its own rate counts half
_NEAR_HOURS = (1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9)


@attrs.define
class Places:
    """Counts by region and by hour; all of them decay."""

    rows: float
    columns: float
    stays: Floats  # regions, bins
    active_s: Floats = attrs.field(factory=lambda: np.zeros(HOURS, np.float32))
    watched_s: Floats = attrs.field(factory=lambda: np.zeros(HOURS, np.float32))


def start_places(rows: int, columns: int) -> Places:
    """Begin with nothing known, for a grid of that many cells."""
    down, across = -(-rows // REGION), -(-columns // REGION)
    return Places(float(down), float(across), np.zeros((down * across, STAYS), np.float32))


def region_of(places: Places, x: Floats, y: Floats) -> Regions:
    """Return the regions of points in the small picture."""
    side = REGION * CELL_PX
    across = np.clip(x // side, 0, places.columns - 1).astype(np.int64)
    down = np.clip(y // side, 0, places.rows - 1).astype(np.int64)
    return np.asarray(down * int(places.columns) + across, np.int64)


def hour_surprise(places: Places, hour: float) -> float:
    """Return how surprising it is that anything is there at this hour."""
    active, watched = (_around(values, hour) for values in (places.active_s, places.watched_s))
    total_s = float(places.watched_s.sum())
    if total_s <= 0:
        return 0.0
    usual = float(places.active_s.sum()) / total_s
    share = (active + usual * _HOUR_S) / (watched + _HOUR_S) / max(usual, 1e-9)
    return max(0.0, -float(np.log(max(min(share * 2, 1.0), 1e-6))))


def usual_stay_s(places: Places, region: int) -> float:
    """Return how long things usually stay there: nine in ten no longer."""
    counts = places.stays[region] + places.stays.sum(0) * _STAY_PRIOR / max(
        float(places.stays.sum()), 1.0
    )
    if counts.sum() <= 0:
        return _STAY_USUAL_S
    place = int(np.searchsorted(np.cumsum(counts), 0.9 * counts.sum()))
    return float(_SHORTEST_STAY_S * _STAY_RATIO**place)


def note_presence(places: Places, presence_s: float, hour: float) -> None:
    """Learn that things were there for so long at this hour."""
    places.active_s[int(hour) % HOURS] += presence_s


def note_watched(places: Places, duration_s: float, hour: float) -> None:
    """Learn that the camera was watched, whatever it showed, and forget a little."""
    keep = np.float32(0.5 ** (duration_s / _HALF_LIFE_S))
    for values in (places.stays, places.active_s, places.watched_s):
        np.multiply(values, keep, out=values)
    places.watched_s[int(hour) % HOURS] += duration_s


def note_stays(places: Places, regions: Regions, stay_s: Floats) -> None:
    """Learn how long things stayed that have moved on."""
    np.add.at(places.stays, (regions, _stay_bin(stay_s)), 1)


def _around(by_hour: Floats, hour: float) -> float:
    reach = len(_NEAR_HOURS) // 2
    near = (int(hour) + np.arange(-reach, reach + 1)) % HOURS
    return float((by_hour[near] * np.array(_NEAR_HOURS)).sum() * 3)


def _stay_bin(stay_s: Floats) -> Regions:
    place = np.log(np.maximum(stay_s, _SHORTEST_STAY_S) / _SHORTEST_STAY_S) / np.log(_STAY_RATIO)
    return np.asarray(np.clip(place, 0, STAYS - 1).astype(np.int64), np.int64)
