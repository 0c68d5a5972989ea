"""`stepload`: how fast a stage grows to a tenfold load and shrinks after it.

The pool is counted from outside: the children of the stage's controller, its template aside.
"""

import math
import time
from itertools import pairwise

from scripts.bench.report import Figure, progress
from seda.codec import encode_body
from seda.messages import Event
from testing.running.bench_pipelines import STEPLOAD
from testing.running.rig import Rig
from testing.running.source import Source

SERVICE_MS = 50.0
LOW_PER_S = 9.0
"""A single handler is busy for less than half of the time; the tenfold is more than four can do."""
HIGH_PER_S = 10 * LOW_PER_S
LOW_S = 4.0
HIGH_S = 10.0
KEYS = 32
SETTINGS = STEPLOAD.stage("work").settings
_MOST = SETTINGS.handlers_max


class Load:
    """An open-loop source that watches the pool."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._source = Source(rig.socket_of("work"))
        self._sent = 0
        self.seen: list[tuple[float, int, int]] = []
        """Time, size of the pool, events that are not settled."""

    def run(self, per_s: float, for_s: float) -> None:
        """Submit at a steady rate, whatever becomes of it, and note the size of the pool."""
        began_s = time.monotonic()
        due, looked_s = 0, 0.0
        while (now_s := time.monotonic()) < began_s + for_s:
            while due < (now_s - began_s) * per_s:
                due += 1
                self._sent += 1
                key = f"camera{self._sent % KEYS}"
                self._source.submit(
                    Event(f"bench:{self._sent}", "number", key, encode_body(SERVICE_MS))
                )
            self._source.pump(0.005)
            if now_s - looked_s >= 0.025:
                looked_s = now_s
                size = len(self._rig.handlers("work"))
                self.seen.append((now_s, size, self._source.unsettled))


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    with Rig("testing.running.bench_pipelines:STEPLOAD") as rig:
        load = Load(rig)
        progress(f"{LOW_PER_S:g} events a second")
        load.run(LOW_PER_S, LOW_S)
        progress(f"{HIGH_PER_S:g} events a second")
        step_s = time.monotonic()
        load.run(HIGH_PER_S, HIGH_S)
        progress(f"{LOW_PER_S:g} events a second")
        end_s = time.monotonic()
        load.run(LOW_PER_S, SETTINGS.idle_s + 3.0)
    return _figures(load.seen, step_s, end_s)


def _figures(seen: list[tuple[float, int, int]], step_s: float, end_s: float) -> dict[str, Figure]:
    never = math.inf
    before = max(size for at_s, size, _ in seen if at_s < step_s)
    full_s = min((t for t, size, _ in seen if t >= step_s and size >= _MOST), default=never)
    # Idle begins when what the high load left behind is worked off.
    calm_s = min((t for t, _, unsettled in seen if t >= end_s and unsettled <= 1), default=never)
    back_s = min((t for t, size, _ in seen if t >= calm_s and size <= before), default=never)
    sizes = [size for at_s, size, _ in seen if at_s >= step_s]
    turns = [b - a for a, b in pairwise(sizes) if a != b]
    changes = sum((a > 0) != (b > 0) for a, b in pairwise(turns))
    return {
        "pool_at_maximum_after_s": Figure(full_s - step_s, "s"),
        "back_beyond_idle_s": Figure(back_s - calm_s - SETTINGS.idle_s, "s"),
        "direction_changes": Figure(changes, ""),
        "handlers_before": Figure(before, ""),
        "handlers_at_most": Figure(max(sizes), ""),
    }
