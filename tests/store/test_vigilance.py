"""Figures from test frames: right where they are known, wide where little is known."""

from random import Random
from statistics import NormalDist, mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.vigilance import CASES_MIN, Counts, estimate_rate, estimate_vigilance

cells = st.integers(0, 500)
Z95 = NormalDist().inv_cdf(0.975)


def simulate(sensitivity: float, cases: int, random: Random) -> Counts:
    """Let a spotter of known d' answer; they flag above the middle between noise and signal."""
    counts = Counts()
    for n in range(cases):
        is_target = n % 2 == 0
        strength = random.gauss(sensitivity if is_target else 0.0, 1.0)
        counts = counts.add(is_target=is_target, is_flagged=strength > sensitivity / 2)
    return counts


def test_below_ten_test_frames_nothing_is_said() -> None:
    """Few answers say more about chance than about the spotter."""
    assert estimate_vigilance(Counts(hits=CASES_MIN - 1)) is None
    assert estimate_vigilance(Counts(hits=CASES_MIN)) is not None


def test_known_figures() -> None:
    """69 % hits and 31 % false alarms are a d' of 1; Wilson's interval of 50 of 100 is known."""
    vigilance = estimate_vigilance(
        Counts(hits=69146, misses=30854, false_alarms=30854, rejections=69146)
    )
    assert vigilance is not None
    assert vigilance.d_prime is not None
    assert vigilance.d_prime.value == pytest.approx(1.0, abs=1e-3)
    half = estimate_rate(50, 100, Z95)
    assert (half.low, half.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    none = estimate_rate(0, 10, Z95)
    assert (none.low, none.high) == pytest.approx((0.0, 0.2775), abs=1e-4)


def test_perfect_answers_have_a_finite_d_prime() -> None:
    """A rate of 1 has no z; the correction keeps the figure finite."""
    vigilance = estimate_vigilance(Counts(hits=50, rejections=50))
    assert vigilance is not None
    assert vigilance.d_prime is not None
    assert vigilance.d_prime.value == pytest.approx(4.6675, abs=1e-4)


def test_without_one_kind_of_frame_there_is_no_d_prime() -> None:
    """Only targets were shown: hits can be told, false alarms cannot."""
    vigilance = estimate_vigilance(Counts(hits=90, misses=10))
    assert vigilance is not None
    assert vigilance.hit_rate is not None
    assert vigilance.false_alarm_rate is None
    assert vigilance.d_prime is None


@pytest.mark.parametrize(("cases", "most"), [(CASES_MIN, 1.0), (20, 1.0), (200, 0.98)])
@pytest.mark.parametrize("sensitivity", [0.0, 1.0, 2.0])
def test_the_interval_holds_the_truth_as_often_as_it_says(
    sensitivity: float, cases: int, most: float
) -> None:
    """Of many simulated spotters about 95 % have their true d' inside; of few frames none fewer."""
    random = Random(11)
    held = []
    for _ in range(400):
        vigilance = estimate_vigilance(simulate(sensitivity, cases, random))
        assert vigilance is not None
        assert vigilance.d_prime is not None
        held.append(vigilance.d_prime.low <= sensitivity <= vigilance.d_prime.high)
    assert 0.92 <= mean(held) <= most


@given(hits=cells, misses=cells, false_alarms=cells, rejections=cells)
def test_estimates_lie_inside_their_intervals(
    hits: int, misses: int, false_alarms: int, rejections: int
) -> None:
    """Whatever the counts, rates stay between 0 and 1."""
    counts = Counts(hits=hits, misses=misses, false_alarms=false_alarms, rejections=rejections)
    vigilance = estimate_vigilance(counts)
    if vigilance is None:
        assert counts.cases < CASES_MIN
        return
    for rate in (vigilance.hit_rate, vigilance.false_alarm_rate):
        assert rate is None or 0.0 <= rate.low <= rate.value <= rate.high <= 1.0
    d_prime = vigilance.d_prime
    assert d_prime is None or d_prime.low < d_prime.value < d_prime.high


def test_answers_are_counted_in_their_cells() -> None:
    """Each of the four kinds."""
    counts = Counts()
    for is_target in (True, False):
        for is_flagged in (True, False):
            counts = counts.add(is_target=is_target, is_flagged=is_flagged)
    assert counts == Counts(hits=1, misses=1, false_alarms=1, rejections=1)
