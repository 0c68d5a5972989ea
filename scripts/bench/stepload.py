"""`stepload`: how fast a stage grows to a tenfold load and shrinks after it.

The pool is counted from outside: the children of the stage's controller, its template aside.
"""

import time
from itertools import pairwise

from scripts.bench.pipelines import STEPLOAD
from scripts.bench.report import Figure, progress
from scripts.bench.rig import Rig
from scripts.bench.source import Source
from seda.codec import encode_body
from seda.messages import Event

SERVICE_MS = 50.0
LOW_PER_S = 9.0
"""A single handler is busy for less than half of the time; the tenfold is more than four can do."""
HIGH_PER_S = 10 * LOW_PER_S
LOW_S = 4.0
HIGH_S = 10.0
KEYS = 32
SETTINGS = STEPLOAD.stage("work").settings


class Load:
    """An open-loop source that watches the pool."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._source = Source(rig.socket_of("work"))
        self._sent = 0
        self.sizes: list[tuple[float, int]] = []

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
                self.sizes.append((now_s, self._rig.pool_size("work")))


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    with Rig("scripts.bench.pipelines:STEPLOAD") as rig:
        load = Load(rig)
        progress(f"{LOW_PER_S:g} events a second")
        load.run(LOW_PER_S, LOW_S)
        progress(f"{HIGH_PER_S:g} events a second")
        step_s = time.monotonic()
        load.run(HIGH_PER_S, HIGH_S)
        progress(f"{LOW_PER_S:g} events a second")
        end_s = time.monotonic()
        load.run(LOW_PER_S, SETTINGS.idle_s + 3.0)
    return _figures(load.sizes, step_s, end_s)


def _figures(sizes: list[tuple[float, int]], step_s: float, end_s: float) -> dict[str, Figure]:
    before = max(size for at_s, size in sizes if at_s < step_s)
    full_s = [at_s for at_s, size in sizes if at_s >= step_s and size >= SETTINGS.handlers_max]
    back_s = [at_s for at_s, size in sizes if at_s >= end_s and size <= before]
    counts = [size for at_s, size in sizes if at_s >= step_s]
    turns = [b - a for a, b in pairwise(counts) if a != b]
    changes = sum((a > 0) != (b > 0) for a, b in pairwise(turns))
    never = float("inf")
    return {
        "pool_at_maximum_after_s": Figure(full_s[0] - step_s if full_s else never, "s"),
        "back_beyond_idle_s": Figure(back_s[0] - end_s - SETTINGS.idle_s if back_s else never, "s"),
        "direction_changes": Figure(changes, ""),
        "handlers_before": Figure(before, ""),
        "handlers_at_most": Figure(max(counts), ""),
    }
