"""What places teach: unused ones, hours, long stays, wrong ways; trusted as footage grows."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.tracks import places as by_place
from anomaly.tracks.places import EDGE, Places, region_of, side_of, start_places
from tests.anomaly.tracks.drawn import COLUMNS, ROWS

HERE, BESIDE, FAR = 20, 21, 50


def watched(minutes: float, hour: float = 12.0, where: int = HERE) -> Places:
    """Give places watched for so long, with somebody in one of them all the time."""
    places = start_places(ROWS, COLUMNS)
    watch(places, minutes, hour, where)
    return places


def watch(places: Places, minutes: float, hour: float, where: int | None = None) -> None:
    for _ in range(int(minutes * 6)):
        by_place.note_watched(places, 10.0, hour)
        if where is not None:
            by_place.note_presence(places, np.array([where]), np.array([10.0]), hour)


def one(*values: float) -> tuple[NDArray[Any], ...]:
    return tuple(np.array([value]) for value in values)


def test_a_place_that_nobody_uses_says_more_the_longer_the_camera_was_watched() -> None:
    """Nothing before five minutes, then more and more; a place in use is ordinary."""
    found = [by_place.place_surprise(watched(m), np.array([FAR]))[0] for m in (4, 20, 60, 240)]
    assert found[0] == 0
    assert 0 < found[1] < found[2] < found[3]
    assert by_place.place_surprise(watched(240), np.array([HERE]))[0] == 0


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


def test_a_long_stay_is_rarer_the_more_short_ones_were_seen() -> None:
    """Staying for minutes where people stay for seconds; where they wait, it is ordinary."""
    places = start_places(ROWS, COLUMNS)
    first = by_place.stay_surprise(places, *one(HERE, 120.0))[0]
    for _ in range(100):
        by_place.note_stays(places, *one(HERE, 4.0))
    assert by_place.stay_surprise(places, *one(HERE, 120.0))[0] > first + 2
    for _ in range(100):
        by_place.note_stays(places, *one(FAR, 150.0))
    here, far, short = by_place.stay_surprise(
        places, np.array([HERE, FAR, HERE]), np.array([120.0, 120.0, 3.0])
    )
    assert far < 0.7
    assert here > far + 2
    assert short < 0.7
    assert by_place.usual_stay_s(places, HERE) < 30 < by_place.usual_stay_s(places, FAR)


def test_longer_is_never_less_surprising() -> None:
    """The surprise of a stay grows with it, without end."""
    places = start_places(ROWS, COLUMNS)
    for stay_s in (3.0, 5.0, 8.0, 40.0):
        by_place.note_stays(places, *one(HERE, stay_s))
    stays = np.linspace(1, 2000, 400, dtype=np.float32)
    found = by_place.stay_surprise(places, np.full(400, HERE), stays)
    assert (np.diff(found) >= -1e-5).all()
    assert found[-1] > found[200]


def test_the_wrong_way_is_told_apart_from_the_usual_one() -> None:
    """Where all go to the right, going to the left is rare; at first nothing is said."""
    places = start_places(ROWS, COLUMNS)
    for _ in range(60):
        by_place.note_ways(places, *one(HERE, 4, 0))
    way = np.array([HERE, HERE]), np.array([4, 0]), np.array([0, 4])
    assert not by_place.way_surprise(places, *way).any()
    for _ in range(360):
        by_place.note_watched(places, 10.0, 12.0)
    right, left = by_place.way_surprise(places, *way)
    assert right == 0
    assert left > 1


def test_regions_and_sides() -> None:
    """Points outside the picture belong to its edge; sides are counted clockwise from the right."""
    places = start_places(ROWS, COLUMNS)
    found = region_of(places, np.array([-3.0, 25.0, 500.0]), np.array([1.0, 25.0, 500.0]))
    assert found.tolist() == [0, 10, 53]
    to = np.array([HERE + 1, HERE + 9, HERE - 1, HERE - 9])
    assert side_of(places, np.full(4, HERE), to).tolist() == [0, 2, 4, 6]
    assert EDGE == 8
