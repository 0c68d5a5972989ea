"""Tracks over drawn scenes: who is who, also at one picture a second and behind others."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.tracks import Blobs
from anomaly.tracks.following import follow, follow_named
from anomaly.tracks.table import MOST_TRACKS, Tracks
from tests.anomaly.tracks.drawn import Person, blobs_of, named_of, picture_of

RATES = [1.0, 2.0, 5.0, 12.0, 25.0]


def walk(people: Sequence[Person], rate: float, seconds: float) -> NDArray[np.int64]:
    """Follow people at a rate; give the track number of each by picture, 0 where it has none."""
    tracks = Tracks()
    course = []
    for number in range(int(seconds * rate) + 1):
        at_s = number / rate
        followed = follow(tracks, picture_of(people, at_s), 1000 + at_s)
        numbers = np.zeros(len(people), int)
        numbers[followed.blobs] = tracks.number[followed.rows]
        course.append(numbers)
    return np.array(course)


@pytest.mark.parametrize("rate", RATES)
def test_a_walker_stays_one_track(rate: float) -> None:
    """Who walks a height a second is one track, also beside the place of the picture before."""
    course = walk([Person(10, 60, vx=20)], rate, 7)
    assert set(course[:, 0].tolist()) == {1}


@pytest.mark.parametrize("rate", RATES)
def test_people_who_cross_keep_their_tracks(rate: float) -> None:
    """Two people pass each other on paths half a height apart: their velocities tell them apart."""
    course = walk([Person(20, 60, vx=18), Person(120, 68, vx=-18)], rate, 5)
    assert (course == [1, 2]).all()


@pytest.mark.parametrize("rate", [1.0, 5.0, 25.0])
def test_a_runner_is_followed(rate: float) -> None:
    """Three heights a second are followed, at one picture a second as well."""
    course = walk([Person(10, 60, vx=45, height=15)], rate, 3)
    assert len(set(course[:, 0].tolist())) == 1


def test_one_that_is_not_found_for_a_moment_is_the_same() -> None:
    """A dropout of half a second ends no track."""
    tracks, person = Tracks(), Person(20, 60, vx=20)
    numbers: set[int] = set()
    for number in range(30):
        at_s = number / 10
        missing = 10 <= number < 15
        follow(tracks, picture_of([] if missing else [person], at_s), at_s + 1)
        numbers.update(tracks.number[tracks.rows].tolist())
    assert numbers == {1}


def test_one_that_has_gone_ends() -> None:
    """What is not seen for longer ends, is told once, and its row is free again."""
    tracks, person = Tracks(), Person(20, 60)
    ended: list[int] = []
    for number in range(40):
        blobs = picture_of([person] if number < 10 else [], 0)
        ended += follow(tracks, blobs, number / 10).gone.tolist()
    assert ended == [0]
    assert len(tracks.rows) == 0


def test_people_who_merge_come_out_as_they_were() -> None:
    """While one blob covers two, the other is hidden; when it splits, both are who they were."""
    people = [Person(40, 60, vx=12), Person(76, 60, vx=-12)]

    def merged(those: Sequence[Person], at_s: float) -> Blobs:
        one, other = (np.array(person.box(at_s)) for person in those)
        if abs(one[0] - other[0]) > 9:
            return picture_of(those, at_s)
        left = min(one[0], other[0]) - 4
        right = max(one[0], other[0]) + 4
        return blobs_of([((left + right) / 2, 60, 40, right - left)])

    tracks = Tracks()
    hidden = False
    for number in range(40):
        follow(tracks, merged(people, number / 10), number / 10 + 1)
        hidden |= bool(tracks.hidden.any())
    x = {int(n): float(x) for n, x in zip(tracks.number, tracks.box[:, 0], strict=True) if n}
    assert hidden
    assert x == {1: pytest.approx(87, abs=3), 2: pytest.approx(29, abs=3)}


def test_what_comes_out_of_another_is_a_track_of_its_own() -> None:
    """Two who walked as one blob are two once they part."""
    tracks = Tracks()
    for number in range(10):
        apart = max(0, number - 5) * 4.0
        boxes = [(60, 60, 40, 16)] if number <= 5 else [
            (56 - apart, 60, 40, 8), (64 + apart, 60, 40, 8)]  # fmt: skip
        follow(tracks, blobs_of(boxes), number / 10 + 1)
    rows = tracks.rows
    assert len(rows) == 2


def test_there_are_never_more_than_there_are_rows() -> None:
    """In a crowd the largest are followed, and nothing fails."""
    boxes = [(4 * number, 60 + number % 7, 40 - number, 4) for number in range(60)]
    tracks = Tracks()
    for number in range(3):
        follow(tracks, blobs_of(boxes), number + 1.0)
    assert len(tracks.rows) == MOST_TRACKS


@pytest.mark.parametrize("jump_s", [-5.0, 60.0, 0.0])
def test_after_a_jump_of_time_everything_begins_anew(jump_s: float) -> None:
    """Nothing is carried over a gap, nor over time that stands still or runs backwards."""
    tracks, person = Tracks(), Person(20, 60)
    follow(tracks, picture_of([person], 0), 100.0)
    follow(tracks, picture_of([person], 0), 100.0 + jump_s)
    assert tracks.number[tracks.rows].tolist() == [2]
    assert tracks.known[tracks.rows].tolist() == [1]


def test_known_identities_are_taken_over() -> None:
    """Things that somebody else has followed keep their numbers, and end like others."""
    tracks, people = Tracks(), [Person(20, 60, vx=10), Person(80, 60)]
    for number in range(5):
        follow_named(tracks, named_of(people, number / 10), 1 + number / 10)
    assert sorted(tracks.number[tracks.rows].tolist()) == [1, 2]
    gone = [
        follow_named(tracks, named_of([], 0), 1.5 + number / 2).gone.size for number in range(5)
    ]
    assert sum(gone) == 2
