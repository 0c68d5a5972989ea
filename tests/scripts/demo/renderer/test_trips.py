"""How people walk and vehicles drive."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scripts.demo.renderer.geometry import as_floats
from scripts.demo.renderer.trips import BRAKE_PER_S2, GAP, Look, Stop, Trip, drive, walk

ROAD = as_floats([[0, 0], [0, 120]])
LOOK = Look("saloon", 1)
points = st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=2, max_size=6)


@given(points, st.floats(0.8, 5.0))
def test_nobody_walks_faster_than_their_pace(path: list[tuple[float, float]], pace: float) -> None:
    """Smoothing rounds corners, it never makes people jump."""
    track = walk(10.0, path, pace)
    steps = np.hypot(*np.diff(track[:, 1:3], axis=0).T)
    assert (steps <= pace * np.diff(track[:, 0]) + 0.02).all()


@given(points)
def test_a_walk_starts_and_ends_where_it_should(path: list[tuple[float, float]]) -> None:
    """The first and the last place are the path's own."""
    trip = Trip(LOOK, walk(0.0, path, 1.3))
    first, last = trip.pose_at(trip.start_s), trip.pose_at(trip.end_s)
    assert np.allclose([first.x, first.y], path[0], atol=0.7)
    assert np.allclose([last.x, last.y], path[-1], atol=0.7)


def test_a_rest_takes_two_rows_however_long() -> None:
    """Hours of parking cost no memory."""
    short = walk(0.0, [(0, 0), (10, 0), (20, 0)], 1.0, {1: 5.0})
    long = walk(0.0, [(0, 0), (10, 0), (20, 0)], 1.0, {1: 3600.0})
    assert len(long) <= len(short) + 2


@given(st.floats(20, 100), st.floats(15, 60), st.floats(4, 12))
def test_a_driver_waits_at_a_stop(at: float, until_s: float, pace: float) -> None:
    """Nobody is past a stop before it ends."""
    track = drive(0.0, ROAD, pace, (Stop(at, until_s),))
    before = track[track[:, 0] < until_s - 0.2]
    assert before[:, 5].max() <= at + 0.3


@given(st.floats(3, 12), st.floats(3, 12), st.floats(4, 20))
def test_nobody_drives_into_the_one_before(first: float, second: float, later_s: float) -> None:
    """A faster follower queues behind its leader at a stop."""
    leader = Trip(LOOK, drive(0.0, ROAD, first, (Stop(60.0, 40.0),)))
    follower = Trip(LOOK, drive(later_s, ROAD, second, (), leader))
    for now_s in np.arange(later_s + 3, min(leader.end_s, follower.end_s), 0.5).tolist():
        gap = leader.pose_at(now_s).gone - follower.pose_at(now_s).gone
        began = leader.pose_at(later_s).gone
        assert gap > min(GAP, began) - 1.5


def test_braking_is_as_gentle_as_is_said() -> None:
    """A stop is approached without an emergency."""
    track = drive(0.0, ROAD, 9.0, (Stop(80.0, 60.0),))
    speed = np.diff(track[:, 5]) / np.diff(track[:, 0])
    slowing = -np.diff(speed[: len(speed) // 2]) / 0.2
    assert slowing.max() < BRAKE_PER_S2 * 2
