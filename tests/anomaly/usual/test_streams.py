"""Tails of a stream: how rare a value is by the stream's own history."""

import numpy as np
import pytest

from anomaly.types import Floats
from anomaly.usual.streams import (
    TAIL_SHARE,
    StreamHistory,
    note_values,
    smooth_values,
    tails_of,
)

CAP = 8.0  # nats, from which on a tail grows logarithmically
LONG_S = 3600.0


def watched(count: int, scale: float = 1.0) -> StreamHistory:
    """Give a stream whose values were exponential, as many as that."""
    history = StreamHistory(seen_s=LONG_S)
    values = np.random.default_rng(2).exponential(scale, count).astype(np.float32)
    note_values(history, values, 1.0)
    return history


def tails(history: StreamHistory, *values: float) -> Floats:
    """Give the tails of some values."""
    return tails_of(history, np.array(values, np.float32))


def test_more_is_never_less_rare() -> None:
    """From the smallest value to far beyond everything seen; and something really grows."""
    found = tails_of(watched(5000), np.geomspace(1e-3, 1e5, 4000).astype(np.float32))
    assert (np.diff(found) >= -1e-5).all()
    assert found[0] == pytest.approx(0, abs=0.01)
    assert found[-1] > CAP


def test_tail_is_the_share_of_pictures_that_show_as_much() -> None:
    """The median is exceeded by half of them, the 95 % quantile by one in twenty."""
    found = tails(watched(50_000), np.log(2), -np.log(TAIL_SHARE))
    assert found == pytest.approx([np.log(2), -np.log(TAIL_SHARE)], abs=0.1)


def test_exponential_values_are_as_rare_as_they_are() -> None:
    """A value that one picture in a thousand exceeds has that tail, and a little less."""
    found = float(tails(watched(500_000), np.log(1000))[0])
    assert 0.85 * np.log(1000) < found < np.log(1000)


def test_few_pictures_make_nothing_as_rare_as_many() -> None:
    """The mean excess is widened for what a short history cannot know."""
    few, some, many = (float(tails(watched(count), 6.0)[0]) for count in (100, 1000, 100_000))
    assert few < some < many


def test_what_goes_far_beyond_counts_logarithmically() -> None:
    """One stream alone, however wild, does not outweigh two that agree."""
    history = watched(50_000)
    values = np.linspace(4, 400, 4000, dtype=np.float32)
    found = tails_of(history, values)
    steps = np.diff(found) / np.diff(values)
    below, beyond = steps[found[1:] < CAP], steps[found[1:] > CAP + 0.1]
    assert below.min() > 0.7
    assert beyond.max() < below.min()
    assert float(tails(history, 400)[0]) == pytest.approx(CAP + np.log1p(400 * below[-1]), rel=0.05)
    assert float(tails(history, 400)[0]) < 2 * CAP


def test_scale_of_a_stream_does_not_matter() -> None:
    """Grey levels and nats of surprise become comparable, so that they may be added."""
    one, hundred = tails(watched(20_000), 5.0), tails(watched(20_000, 100.0), 500.0)
    assert one == pytest.approx(hundred, rel=0.03)


def test_stream_without_history_finds_nothing_rare() -> None:
    """Nor does what was noted in the first seconds count, when everything surprised."""
    history = StreamHistory()
    note_values(history, np.full(20, 9.0, np.float32), 2.0)
    assert not tails(history, 0.1, 1000.0).any()


def test_picture_after_a_gap_begins_anew() -> None:
    """What was before it says nothing; a picture that nothing is known of is as the next one."""
    history = StreamHistory(smooth=100.0)
    values, weights = np.array([0, 2, 4], np.float32), np.full(3, 0.5, np.float32)
    course = smooth_values(history, values, weights, np.array([0, 5, 5], np.float32), frozen=True)
    assert course == pytest.approx([2, 2, 3])


def test_chunk_without_history_is_as_the_usual_picture() -> None:
    """A camera polled so slowly that no picture has another before it stays calm."""
    history = StreamHistory(usual=1.5)
    values, weights = np.array([70, 90], np.float32), np.ones(2, np.float32)
    course = smooth_values(history, values, weights, np.zeros(2, np.float32), frozen=False)
    assert course == pytest.approx([1.5, 1.5])
    assert history.usual == 1.5
