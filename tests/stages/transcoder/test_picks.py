"""Which frames are taken."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stages.transcoder.picks import SLACK, even_step_s, pick, suffices

TIMES = st.lists(st.floats(0, 1, width=32), max_size=80).map(
    lambda steps: [sum(steps[:number]) for number in range(len(steps))]
)


@given(TIMES, st.floats(0.1, 50))
def test_never_more_than_planned_and_always_the_first(times_s: list[float], rate: float) -> None:
    """Picks are a period apart, less the slack before and after."""
    picks = pick(times_s, rate)
    assert picks[:1] == ([0] if times_s else [])
    least_s = (1 - 2 * SLACK) / rate - 1e-6
    assert all(times_s[b] - times_s[a] >= least_s for a, b in pairwise(picks))
    if times_s:
        assert len(picks) <= 1 + (times_s[-1] - times_s[0]) * rate + SLACK + 1e-6


def test_jitter_neither_adds_up_nor_loses_frames() -> None:
    """Keyframes a second apart, a little early or late, are all taken at one a second."""
    times_s = [0.0, 0.99, 2.01, 2.98, 4.0, 5.02]
    assert pick(times_s, 1.0) == [0, 1, 2, 3, 4, 5]


def test_keyframes_suffice_only_without_holes() -> None:
    """A hole longer than the period needs the frames between."""
    assert suffices([0.0, 1.0], 1.96, 1.0)
    assert not suffices([0.0, 1.0], 3.0, 1.0)
    assert not suffices([0.0], 1.96, 1.0)
    assert not suffices([], 1.0, 1.0)


def test_a_streams_own_time_is_believed_unless_it_is_absurd() -> None:
    """Segments that come at once, pauses and single pictures keep their times."""
    assert even_step_s(2.0, 2.0, 50) is None
    assert even_step_s(60.0, 0.1, 1500) is None
    assert even_step_s(2.0, 12.0, 50) is None
    assert even_step_s(1e6, 0.0, 1) is None
    assert even_step_s(4000.0, 20.0, 501) == 0.04
    assert even_step_s(0.0, 24.0, 601) == 0.04
