"""Speed and size beside what is usual in the same rows of a picture."""

import numpy as np
import pytest

from anomaly.types import Floats
from anomaly.usual.properties import Properties, compare_size, compare_speed, note_properties

FAR, NEAR = 0.1, 0.9  # rows, from the top
FAR_SPEED, NEAR_SPEED = 0.5, 2.0
FAR_SIZE, NEAR_SIZE = -0.7, 0.7


def note(properties: Properties, row: float, speed: float, size: float, count: int = 4000) -> None:
    """Let things go by in a row, all about as fast and as large as that."""
    rng = np.random.default_rng(int(row * 10))

    def around(value: float, by: float) -> Floats:
        return (value + rng.normal(0, by, count)).astype(np.float32)

    rows = np.full(count, row, np.float32)
    note_properties(properties, rows, around(speed, speed / 10), around(size, 0.1), 2.0)


@pytest.fixture
def properties() -> Properties:
    """Give a camera before which people walk far away and near."""
    street = Properties()
    note(street, FAR, FAR_SPEED, FAR_SIZE)
    note(street, NEAR, NEAR_SPEED, NEAR_SIZE)
    return street


def test_near_thing_is_compared_with_what_is_near(properties: Properties) -> None:
    """Four times as fast as what is far away, it is as fast as usual: perspective."""
    near = compare_speed(properties, NEAR, NEAR_SPEED, NEAR_SIZE)
    far = compare_speed(properties, FAR, NEAR_SPEED, FAR_SIZE)
    assert near is not None
    assert far is not None
    assert near.times == pytest.approx(1, abs=0.1)
    assert max(near.above, near.below) < 1.5
    assert far.times == pytest.approx(4, rel=0.15)
    assert far.above > 3 > far.below


def test_far_thing_as_large_as_a_near_one_is_large(properties: Properties) -> None:
    """And a near one that is no larger than what is far away is small."""
    far, near = (compare_size(properties, *one) for one in ((FAR, NEAR_SIZE), (NEAR, FAR_SIZE)))
    assert far is not None
    assert near is not None
    assert far.times == pytest.approx(np.exp(1.4), rel=0.15)
    assert far.above > 3 > far.below
    assert near.times == pytest.approx(np.exp(-1.4), rel=0.15)
    assert near.below > 3 > near.above


def test_rows_that_saw_little_borrow_from_the_whole_picture() -> None:
    """Two things near do not yet say what is usual there."""
    street = Properties()
    note(street, FAR, FAR_SPEED, FAR_SIZE)
    note(street, NEAR, NEAR_SPEED, NEAR_SIZE, count=2)
    near = compare_speed(street, NEAR, FAR_SPEED, FAR_SIZE)
    assert near is not None
    assert near.times == pytest.approx(1, abs=0.15)


def test_near_walker_where_hardly_anybody_was_near_is_no_runner() -> None:
    """Four times as fast in the picture and four times as tall: its pace is as usual."""
    street = Properties()
    note(street, FAR, FAR_SPEED, FAR_SIZE)
    walker = compare_speed(street, NEAR, NEAR_SPEED, NEAR_SIZE)
    runner = compare_speed(street, NEAR, 3 * NEAR_SPEED, NEAR_SIZE)
    assert walker is not None
    assert runner is not None
    assert walker.times == pytest.approx(1, abs=0.1)
    assert walker.above < 1.5
    assert runner.times == pytest.approx(3, rel=0.15)
    assert runner.above > 3


def test_nothing_seen_is_nothing_to_compare_with() -> None:
    """A camera before which nothing has moved says so."""
    assert compare_speed(Properties(), NEAR, 1.0, 0.0) is None
    assert compare_size(Properties(), NEAR, 0.0) is None


def test_what_was_usual_is_forgotten_by_half_in_a_day(properties: Properties) -> None:
    """So that another season's traffic becomes usual."""
    before = float(properties.speeds.sum())
    none = np.zeros(0, np.float32)
    note_properties(properties, none, none, none, 86_400.0)
    assert float(properties.speeds.sum()) == pytest.approx(before / 2)
