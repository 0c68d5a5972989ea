"""Counters that go on when the controller that counted is replaced. Pure.

The parts of a controller count from zero. What it says is the stage's whole line: what all
controllers before have counted, which they left in the kept state, and what it counted itself.
"""

from collections.abc import Mapping

import attrs

from controller.core.counters import KEYS_KEPT, OTHERS
from seda.messages import StageFigures

Drops = dict[str, dict[str, int]]
Buckets = tuple[tuple[float, int], ...]


def added(before: StageFigures, newest: StageFigures) -> StageFigures:
    """Return the newest figures, with the counters of both added up."""
    return attrs.evolve(
        newest,
        events=_sum(before.events, newest.events),
        drops=_sum_drops(before.drops, newest.drops),
        restarts=_sum(before.restarts, newest.restarts),
        refused=_sum(before.refused, newest.refused),
        counts=_sum_counts(before.counts, newest.counts),
        service_buckets=_sum_buckets(before.service_buckets, newest.service_buckets),
        service_sum_s=before.service_sum_s + newest.service_sum_s,
    )


def _sum(before: Mapping[str, int], newest: Mapping[str, int]) -> dict[str, int]:
    return {name: int(value) for name, value in _sum_counts(before, newest).items()}


def _sum_counts(before: Mapping[str, float], newest: Mapping[str, float]) -> dict[str, float]:
    """Add up by name; of more names than one controller counts by, the latest share one."""
    names = list(dict.fromkeys([*before, *newest]))
    totals = {name: before.get(name, 0) + newest.get(name, 0) for name in names[:KEYS_KEPT]}
    for name in names[KEYS_KEPT:]:
        totals[OTHERS] = totals.get(OTHERS, 0) + before.get(name, 0) + newest.get(name, 0)
    return totals


def _sum_drops(before: Drops, newest: Drops) -> Drops:
    reasons = list(dict.fromkeys([*before, *newest]))
    totals = {it: _sum(before.get(it, {}), newest.get(it, {})) for it in reasons[:KEYS_KEPT]}
    for reason in reasons[KEYS_KEPT:]:
        added = _sum(before.get(reason, {}), newest.get(reason, {}))
        totals[OTHERS] = _sum(totals.get(OTHERS, {}), added)
    return totals


def _sum_buckets(before: Buckets, newest: Buckets) -> Buckets:
    totals = dict(before)
    for bound_s, count in newest:
        totals[bound_s] = totals.get(bound_s, 0) + count
    return tuple(sorted(totals.items()))
