"""Figures by event: peaks, thresholds, what is found, and how far figures may be trusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.evaluation.bootstrap import intervals
from anomaly.evaluation.events import (
    Footage,
    allowed_in,
    find_events,
    find_peaks,
    threshold_for,
)
from anomaly.evaluation.measures import measure, prepare


def footage(
    scores: list[float], truth: list[int] | None = None, interval_s: float = 1.0
) -> Footage:
    labels = np.array(truth or [0] * len(scores))
    times = np.arange(len(scores), dtype=np.float64) * interval_s
    return Footage(np.array(scores, np.float32), times, labels == 1, labels != 2)


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60))
def test_peaks_are_apart_and_falling(scores: list[float]) -> None:
    """No two peaks are of one event, the highest score is the first, and nothing is left over."""
    peaks = find_peaks(footage(scores))
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] == max(scores)
    assert 1 <= len(peaks) <= -(-len(scores) // 3) + 1 + len(scores) // 3


def test_a_threshold_lets_so_many_false_events_through() -> None:
    """Exactly n peaks of the ordinary footage lie above it."""
    peaks = [5.0, 4.0, 3.0, 2.0]
    for allowed in range(4):
        threshold = threshold_for(peaks, allowed)
        assert sum(peak > threshold for peak in peaks) == allowed


def test_short_footage_allows_no_false_event() -> None:
    """At one an hour, half an hour allows none and three hours three."""
    assert [allowed_in(1.0, hours * 3600) for hours in (0.5, 3)] == [0, 3]


def test_events_are_found_with_their_delay_and_all_alarms_counted() -> None:
    """A late crossing is a delay, one after the end no find, and a false alarm an alarm."""
    clip = footage(
        [0, 9, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 9],
        [0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0],
    )
    found = find_events([clip], 5)
    assert (found.events, found.hits, found.alarms) == (2, 1, 3)
    assert found.delays_s == (2.0,)


def test_a_smoothed_score_may_follow_the_end() -> None:
    """Half a second after an event still counts, a second does not."""
    late = footage([0, 0, 0, 9, 0], [0, 1, 1, 0, 0], interval_s=0.4)
    later = footage([0, 0, 0, 9, 0], [0, 1, 1, 0, 0], interval_s=0.6)
    assert [find_events([clip], 5).hits for clip in (late, later)] == [1, 0]


def test_frames_that_are_not_counted_change_no_area() -> None:
    """Label 2 is neither right nor wrong, whatever its score."""
    one = footage([1, 2, 3, 4], [0, 0, 1, 1])
    other = footage([1, 2, 3, 4, 99, 0], [0, 0, 1, 1, 2, 2])
    ordinary = [footage([1, 2, 1])]
    areas = [
        measure(prepare([clip], ordinary, continues=False)).values["auc"] for clip in (one, other)
    ]
    assert areas == [1.0, 1.0]


@pytest.mark.parametrize(("continues", "area"), [(False, 0.75), (True, 0.5)])
def test_footage_that_is_there_twice_is_counted_once(continues: bool, area: float) -> None:  # noqa: FBT001
    """Where test clips go on from training clips, their ordinary part is the training clip's."""
    test, ordinary = footage([0, 3], [0, 1]), footage([3])
    found = measure(prepare([test], [ordinary], continues=continues))
    assert found.values["auc_with_held_out"] == area


def test_intervals_hold_the_figure_and_narrow_with_more_clips() -> None:
    """More clips of the same kind make a figure surer; a repetition gives the same."""
    rng = np.random.default_rng(1)

    def share(values: np.ndarray) -> tuple[float, float]:
        return intervals(
            lambda some, _: {"share": float(values[list(some)].mean())}, len(values), 0
        )["share"]

    few, many = (rng.random(count) < 0.5 for count in (10, 400))
    assert share(few) == share(few)
    for values in (few, many):
        low, high = share(values)
        assert low <= values.mean() <= high
    assert share(many)[1] - share(many)[0] < share(few)[1] - share(few)[0]
