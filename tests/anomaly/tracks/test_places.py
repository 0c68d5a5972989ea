"""What places teach: hours at which nothing ever is, and how long things stay where."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.tracks import places as by_place
from anomaly.tracks.places import Places, region_of, start_places
from tests.anomaly.tracks.drawn import COLUMNS, ROWS

HERE, FAR = 20, 50


def watched(minutes: float, hour: float = 12.0) -> Places:
    """Give places watched for so long, with somebody there all the time."""
    places = start_places(ROWS, COLUMNS)
    watch(places, minutes, hour, presence_s=10.0)
    return places


def watch(places: Places, minutes: float, hour: float, presence_s: float = 0.0) -> None:
    for _ in range(int(minutes * 6)):
        by_place.note_watched(places, 10.0, hour)
        by_place.note_presence(places, presence_s, hour)


def one(*values: float) -> tuple[NDArray[Any], ...]:
    return tuple(np.array([value]) for value in values)


def test_an_hour_without_anybody_is_learned() -> None:
    """Somebody at three is a surprise after nights without, not in the first night."""
    places = watched(60, hour=12.0)
    assert by_place.hour_surprise(places, 3.0) == pytest.approx(0, abs=0.1)
    for hour in (1.0, 2.0, 3.0, 4.0, 5.0):
        watch(places, 180, hour)
    assert by_place.hour_surprise(places, 3.0) > 1
    assert by_place.hour_surprise(places, 12.0) == 0


def test_one_hour_of_footage_says_nothing_of_hours() -> None:
    """On a camera that knows a single hour no hour is rare."""
    assert by_place.hour_surprise(watched(50, 9.0), 9.0) == 0


def test_how_long_things_stay_is_learned_by_place() -> None:
    """Where people wait for minutes, minutes are usual, and seconds elsewhere."""
    places = start_places(ROWS, COLUMNS)
    for _ in range(100):
        by_place.note_stays(places, *one(HERE, 4.0))
        by_place.note_stays(places, *one(FAR, 150.0))
    assert by_place.usual_stay_s(places, HERE) < 30 < by_place.usual_stay_s(places, FAR)


def test_points_outside_the_picture_belong_to_its_edge() -> None:
    """Regions are counted row by row."""
    places = start_places(ROWS, COLUMNS)
    found = region_of(places, np.array([-3.0, 25.0, 500.0]), np.array([1.0, 25.0, 500.0]))
    assert found.tolist() == [0, 10, 53]
