"""Raw scores become threat by the camera's own history."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.bands import band_of
from anomaly.usual.calibration import (
    Bands,
    History,
    note_score,
    rate_per_h,
    raw_at_border,
    threat_at,
    threat_of,
)
from anomaly.usual.streams import StreamHistory, note_values, tails_of
from seda.messages import Band

CHUNK_S = 2.0


def live(hours: float, scale: float = 1.0, seed: int = 0) -> History:
    """Give a camera's history after some hours of ordinary footage."""
    history = History()
    scores = np.random.default_rng(seed).gamma(2.0, scale, int(hours * 3600 / CHUNK_S))
    for raw in scores.tolist():
        note_score(history, raw, CHUNK_S)
    return history


def test_bands_start_at_their_nominal_rates() -> None:
    """What happens as often as a band's rate has the threat at which the band starts."""
    bands = Bands()
    assert threat_at(bands.noticeable_per_h, bands) == pytest.approx(0.25)
    assert threat_at(bands.unusual_per_h, bands) == pytest.approx(0.5)
    assert threat_at(bands.alarming_per_h, bands) == pytest.approx(0.75)
    assert [band_of(value) for value in (0.2, 0.3, 0.6, 0.8)] == list(Band)


def test_equal_tails_are_equally_rare_on_every_camera() -> None:
    """A camera whose streams show ten times higher values gives the same nats (R31)."""
    values = np.random.default_rng(0).gamma(2.0, 1.0, 20_000).astype(np.float32)
    calm, busy = StreamHistory(seen_s=60.0), StreamHistory(seen_s=60.0)
    note_values(calm, values, CHUNK_S)
    note_values(busy, values * 10, CHUNK_S)
    odd = np.array([1.0, 3.0, 8.0, 14.0], np.float32)
    np.testing.assert_allclose(tails_of(calm, odd), tails_of(busy, odd * 10), atol=0.1)


def test_ordinary_hours_rarely_reach_the_top_band() -> None:
    """In fresh ordinary footage the top band is taken less than once an hour."""
    history = live(4)
    fresh = np.random.default_rng(9).gamma(2.0, 1.0, int(8 * 3600 / CHUNK_S))
    tops = sum(band_of(threat_of(history, raw, Bands())) is Band.ALARMING for raw in fresh.tolist())
    assert tops / 8 <= 1


@given(st.lists(st.floats(0.0, 1e4), min_size=2, max_size=50), st.floats(0, 100))
def test_threat_never_falls_as_raw_rises(raws: list[float], seed: float) -> None:
    """Threat keeps the order of raw scores and stays within 0 and 1."""
    history = live(0.05, seed=int(seed))
    threats = [threat_of(history, raw, Bands()) for raw in sorted(raws)]
    assert all(a <= b + 1e-6 for a, b in pairwise(threats))
    assert all(0 <= threat <= 1 for threat in threats)


def test_young_camera_says_that_it_learns() -> None:
    """Before a minute of footage a camera is learning, after it no longer."""
    assert History().is_learning
    assert live(50 / 3600).is_learning
    assert not live(70 / 3600).is_learning


def test_without_history_nothing_is_rare() -> None:
    """The first chunk of all has no threat, whatever its score."""
    assert threat_of(History(), 50.0, Bands()) == 0


def test_border_is_where_the_band_starts() -> None:
    """The raw score at a border has just the band."""
    history = live(4)
    border = raw_at_border(history, Band.ALARMING, Bands())
    assert band_of(threat_of(history, border, Bands())) is Band.ALARMING
    assert band_of(threat_of(history, border * 0.98, Bands())) is not Band.ALARMING
    assert rate_per_h(history, border) == pytest.approx(0.5, rel=0.1)


def test_nothing_is_rarer_than_it_has_been_seen() -> None:
    """Rare things of another kind lie beyond every tail; there were four within four hours."""
    history = live(4)
    for _ in range(4):
        note_score(history, 20.0, CHUNK_S)
    for _ in range(100):  # what was just seen does not count yet
        note_score(history, 1.0, CHUNK_S)
    assert rate_per_h(history, 18.0) >= 1


def test_rates_out_of_order_are_refused() -> None:
    """Bands whose rates do not fall are a mistake in the configuration."""
    with pytest.raises(ValueError, match="must fall"):
        Bands(noticeable_per_h=1, unusual_per_h=6)


def test_a_level_that_rises_makes_no_flood_and_a_known_one_hides_nothing() -> None:
    """At dusk all scores become three times as high; by day again they are what they were."""
    history = live(4)
    border = raw_at_border(history, Band.UNUSUAL, Bands())
    rng = np.random.default_rng(2)
    for raw in rng.lognormal(0, 0.6, 600) * border:
        note_score(history, float(raw), CHUNK_S)
    assert history.risen > 1.5
    assert raw_at_border(history, Band.UNUSUAL, Bands()) > 1.5 * border
    steady = live(4)
    assert steady.risen < 1.3
