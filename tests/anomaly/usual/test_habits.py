"""What is usual where counts more the longer a camera was watched."""

import numpy as np
import pytest

from anomaly.usual.habits import Habits, bound_by_rate, note_ways, start_habits, way_surprise

CELLS = (10, 10)
HOUR_S = 3600.0
RIGHT, LEFT = 0, 4


def surprise_of_left(footage_s: float) -> float:
    """Give the surprise of going left where everything went right for so long."""
    habits = start_habits(CELLS)
    right = np.full((1, *CELLS), RIGHT)
    for _ in range(100):
        note_ways(habits, right, np.ones((1, *CELLS), np.float32), footage_s / 100)
    way, _ = way_surprise(habits, np.full((1, *CELLS), LEFT))
    return float(way.max())


def test_a_way_that_nobody_took_means_nothing_for_five_minutes_and_then_more_and_more() -> None:
    """In four minutes of footage most places have seen nobody."""
    assert surprise_of_left(240) == 0
    assert 0 < surprise_of_left(1200) < surprise_of_left(7200)


def test_the_way_that_everybody_takes_is_no_surprise() -> None:
    """However long the camera was watched."""
    habits = start_habits(CELLS)
    right = np.full((1, *CELLS), RIGHT)
    note_ways(habits, right, np.ones((1, *CELLS), np.float32), 7200.0)
    way, place = way_surprise(habits, right)
    assert float(way.max()) == 0
    assert float(place.max()) == 0


def parked(habits: Habits, seconds: int, *, watched_s: float = HOUR_S) -> list[float]:
    """Let a group of twenty cells stay; give what it is worth, second by second."""
    worth = []
    lasting = np.zeros(CELLS, np.float32)
    lasting[2:6, 2:7] = 3.0
    for _ in range(seconds):
        found = bound_by_rate(3 * lasting, lasting, habits, 1.0, watched_s, frozen=False)
        worth.append(float(found.max()))
    bound_by_rate(0 * lasting, 0 * lasting, habits, 1.0, watched_s, frozen=False)
    return worth


def test_what_stays_is_told_for_some_seconds_and_counted_once() -> None:
    """A car that parks is one event, however long it stays."""
    habits = start_habits(CELLS)
    worth = parked(habits, 30)
    assert worth[0] > 1
    assert worth[-1] == 0
    assert habits.stayed.sum() == pytest.approx(1, abs=0.01)


def test_the_tenth_that_stays_within_an_hour_is_worth_less_than_the_first() -> None:
    """Where cars come and go one more is no event, and something small still is."""
    habits = start_habits(CELLS)
    first = parked(habits, 5)[0]
    for _ in range(8):
        parked(habits, 5)
    assert parked(habits, 5)[0] < first - 1.5
    bag = np.zeros(CELLS, np.float32)
    bag[8, 8:10] = 3.0
    assert bound_by_rate(3 * bag, bag, habits, 1.0, HOUR_S, frozen=True).max() > first
