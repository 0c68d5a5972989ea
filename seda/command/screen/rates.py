"""Rates from two looks at the same counters. Pure."""

import attrs

from seda.messages import StageFigures
from seda.overview import Overview, StageView


@attrs.frozen
class Rates:
    """What one stage did between two looks; None where that cannot be told."""

    settled_per_s: float | None = None
    dropped_per_s: float | None = None
    service_s: float | None = None
    """Mean of the calls between the looks; None if there was none."""


def rates(before: Overview | None, now: Overview) -> dict[str, Rates]:
    """Return the rates by stage."""
    earlier = {view.stage: view for view in before.stages} if before else {}
    return {view.stage: _rates(earlier.get(view.stage), view) for view in now.stages}


def _rates(before: StageView | None, now: StageView) -> Rates:
    if before is None or before.figures is None or now.figures is None:
        return Rates()
    span_s = now.figures.at_s - before.figures.at_s
    calls = call_count(now.figures) - call_count(before.figures)
    if span_s <= 0 or calls < 0:
        return Rates()
    settled = settled_count(now.figures) - settled_count(before.figures)
    dropped = drop_count(now.figures) - drop_count(before.figures)
    service_s = now.figures.service_sum_s - before.figures.service_sum_s
    return Rates(settled / span_s, dropped / span_s, service_s / calls if calls else None)


def call_count(figures: StageFigures) -> int:
    """Return how many calls its handlers did."""
    return sum(count for _, count in figures.service_buckets)


def settled_count(figures: StageFigures) -> int:
    """Return how many events it is done with, one way or another."""
    return sum(count for name, count in figures.events.items() if name != "arrived")


def drop_count(figures: StageFigures) -> int:
    """Return how many events it dropped, whatever the reason and the key."""
    return sum(sum(keys.values()) for keys in figures.drops.values())
