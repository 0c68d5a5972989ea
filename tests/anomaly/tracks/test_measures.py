"""What is measured of drawn tracks, in heights and seconds."""

from collections.abc import Sequence

import numpy as np
import pytest

from anomaly.tracks import Blobs
from anomaly.tracks.following import follow
from anomaly.tracks.measures import Measures, glance, measure
from anomaly.tracks.table import Tracks, unsettle
from tests.anomaly.tracks.drawn import Person, blobs_of, picture_of


def follow_all(pictures: Sequence[Blobs], rate: float) -> tuple[Tracks, Measures]:
    """Follow pictures and measure every one; give the measures of the last."""
    tracks = Tracks()
    for number, blobs in enumerate(pictures):
        follow(tracks, blobs, 1000 + number / rate)
        seen = measure([glance(tracks, tracks.seen, 1 / 5)])
    return tracks, seen


@pytest.mark.parametrize("rate", [1.0, 2.0, 5.0, 25.0])
def test_speed_is_in_heights_a_second_at_any_rate(rate: float) -> None:
    """A person 20 px tall who goes 20 px a second goes one height a second."""
    person = Person(10, 60, vx=20, vy=4)
    _, seen = follow_all([picture_of([person], n / rate) for n in range(int(4 * rate))], rate)
    assert seen.moves.all()
    assert seen.motion[0] == pytest.approx([1, 0.2, 0.2], abs=0.02)


@pytest.mark.parametrize("rate", [2.0, 5.0, 12.0])
def test_a_fall_changes_outline_and_height(rate: float) -> None:
    """Who falls within a second loses most of the height, and head and feet part in speed."""

    def falling(at_s: float) -> Blobs:
        share = float(np.clip(at_s - 1, 0, 1))
        return blobs_of([(40 + 4 * share, 60, 40 + 13 * share, 8 + 12 * share)])

    count = int(2 * rate) + 1
    _, seen = follow_all([falling(n / rate) for n in range(count)], rate)
    assert seen.changes.all()
    assert seen.change[0, 0] < -0.6
    assert seen.change[0, 1] < -1.2
    assert seen.motion[0, 2] > 0.4
    assert abs(seen.motion[0, 1]) < 0.05


def test_nothing_is_measured_across_an_outline_that_was_shared() -> None:
    """After a merge or a split speed and change are unknown until there is a new past."""
    tracks, seen = follow_all([picture_of([Person(20, 60)], n / 5) for n in range(9)], 5)
    assert seen.moves.all()
    unsettle(tracks, tracks.rows)
    follow(tracks, picture_of([Person(26, 60)], 0), 1000 + 9 / 5)
    seen = measure([glance(tracks, tracks.seen, 1 / 5)])
    assert not seen.moves.any()
    assert not seen.motion.any()
    assert not seen.changes.any()
