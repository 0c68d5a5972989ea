"""A person's own figures, and how well test frames are answered. From rows to views. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from seda.messages import Band
from spotter_web.bands import BANDS
from spotter_web.views import EstimateView, Figures, VigilanceView
from store.vigilance import CASES_MIN, Counts, Estimate, estimate_vigilance

SESSION_S = 12 * 3600.0
"""A person's session: what is older belongs to another day."""
PAUSE_S = 300.0
"""Whoever decides nothing for longer has paused."""


def figures(
    decisions: Sequence[tuple[float, str]],
    rest_after_s: float,
    vigilance: Iterable[VigilanceView],
    now_s: float,
) -> Figures:
    """Return the figures of these decisions: when and what, the oldest first."""
    times = [at_s for at_s, _ in decisions]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    active = [gap for gap in gaps if gap <= PAUSE_S]
    return Figures(
        decisions=len(decisions),
        by_verdict=dict(Counter(verdict for _, verdict in decisions)),
        per_minute=60 * len(active) / sum(active) if sum(active) > 0 else 0.0,
        on_watch_s=_on_watch_s(times, now_s),
        rest_after_s=rest_after_s,
        vigilance=tuple(vigilance),
    )


def _on_watch_s(times: Sequence[float], now_s: float) -> float:
    """Return how long ago the present stretch without a pause began."""
    began_s = now_s
    for at_s in reversed(times):
        if began_s - at_s > PAUSE_S:
            break
        began_s = at_s
    return max(0.0, now_s - began_s)


def ranges() -> list[tuple[Band | None, float, float]]:
    """Return what answers are counted over: all of them, then each band with its threats."""
    ends = [view.from_threat for view in BANDS[1:]] + [2.0]
    bands = [(view.name, view.from_threat, end) for view, end in zip(BANDS, ends, strict=True)]
    return [(None, 0.0, 2.0), *bands]


def vigilance_view(person: str, band: Band | None, counts: Counts) -> VigilanceView:
    """Return how well somebody answered these test frames, once there are enough."""
    found = estimate_vigilance(counts)
    if found is None:
        return VigilanceView(person, band, counts.cases, CASES_MIN)
    return VigilanceView(
        person,
        band,
        counts.cases,
        CASES_MIN,
        _estimate(found.hit_rate),
        _estimate(found.false_alarm_rate),
        _estimate(found.d_prime),
    )


def _estimate(found: Estimate | None) -> EstimateView | None:
    return None if found is None else EstimateView(found.value, found.low, found.high)
