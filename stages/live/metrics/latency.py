"""The age of frames as a histogram, from what stages counted (runtime/latency.py). Pure."""

from collections.abc import Iterable

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from runtime.latency import BEYOND, BOUNDS_S, PREFIX, SUM
from seda.messages import StageFigures

_REACHED = ("scored", "screen")


def is_latency(name: str) -> bool:
    """Return whether a stage's count is part of the histogram."""
    return name.startswith(f"{PREFIX}/")


def family(totals: Iterable[StageFigures]) -> Metric:
    """Return the histogram, over all stages."""
    figures = tuple(totals)
    found = HistogramMetricFamily(
        "seda_frame_latency_seconds",
        "From a frame's capture until it was scored, or until it was on a screen",
        labels=["reached"],
    )
    for reached in _REACHED:
        count, buckets = 0.0, []
        for bound_s in BOUNDS_S:
            count += _sum(figures, reached, f"{bound_s:g}")
            buckets.append((repr(bound_s), count))
        buckets.append(("+Inf", count + _sum(figures, reached, BEYOND)))
        found.add_metric([reached], buckets, _sum(figures, reached, SUM))
    return found


def _sum(figures: Iterable[StageFigures], reached: str, name: str) -> float:
    return sum(it.counts.get(f"{PREFIX}/{reached}/{name}", 0.0) for it in figures)
