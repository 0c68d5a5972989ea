"""How old frames are when something is done with them: counted so that `live` can tell. Pure.

A stage counts into buckets by the figures that it has anyway; stages/live/metrics/latency.py makes
the histogram `seda_frame_latency_seconds` of them.
"""

from collections.abc import Callable
from typing import Literal

PREFIX = "latency"
BOUNDS_S = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0)
BEYOND = "inf"
SUM = "sum"

Reached = Literal["scored", "screen"]
"""What a frame has come to: the detector has judged it, or it is on somebody's screen."""


def count_latency(count: Callable[[str, float], None], reached: Reached, latency_s: float) -> None:
    """Count one frame, so long after its capture; clocks that differ make nothing negative."""
    latency_s = max(latency_s, 0.0)
    bucket = next((f"{bound_s:g}" for bound_s in BOUNDS_S if latency_s <= bound_s), BEYOND)
    count(f"{PREFIX}/{reached}/{bucket}", 1)
    count(f"{PREFIX}/{reached}/{SUM}", latency_s)
