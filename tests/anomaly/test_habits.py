"""What is usual where counts more the longer a camera was watched."""

from __future__ import annotations

import numpy as np

from anomaly.habits import note_ways, start_habits, way_surprise

CELLS = (10, 10)
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
