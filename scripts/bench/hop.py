"""`hop`: what it costs to carry an event through three stages that do nothing.

Small and large payloads take turns, so that a drift of the machine hits both. A payload is made
before a span and read after it, and both are reported apart: in the span nobody touches its bytes,
so the size may not matter.

A call carries up to sixteen events, as stages that care for throughput have it; what it costs with
one event a call is reported beside it.
"""

import os
import time

import attrs

from scripts.bench.report import Figure, progress
from seda import payload
from seda.messages import Event, Payload
from testing.arithmetic import percentile
from testing.running.rig import Rig
from testing.running.source import Source

STAGES = 3
KEYS = 32
ROUNDS = 6
EVENTS_PER_ROUND = 400
"""Large payloads of one round are all there at once: 800 MiB."""
WARM_UP_EVENTS = 2000
SATURATED_EVENTS = 12_000
SMALL_BYTES = 60 * 1024
LARGE_BYTES = 2 * 1024 * 1024
OUTSTANDING = 256


@attrs.frozen
class Span:
    """What one round took."""

    events: int
    wall_s: float
    cpu_s: float
    make_s: float
    read_s: float

    @property
    def cpu_us_per_hop(self) -> float:
        """Return the CPU of all processes per event and stage."""
        return self.cpu_s / self.events / STAGES * 1e6


class Course:
    """Sends rounds of events through a rig."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._source = Source(rig.socket_of("first"))
        self._last = 0

    def run(self, events: int, size_bytes: int) -> Span:
        """Make payloads, send them through, then read them."""
        before_s = time.perf_counter()
        content = os.urandom(size_bytes)
        made = [payload.make(content) for _ in range(events)]
        make_s = time.perf_counter() - before_s
        cpu_s, began_s = self._rig.cpu_s(), time.perf_counter()
        self._send(made, size_bytes)
        wall_s = time.perf_counter() - began_s
        cpu_s = self._rig.cpu_s() - cpu_s
        began_s = time.perf_counter()
        for descriptor in made:
            with payload.view(descriptor, size_bytes) as view:
                if view != content:
                    raise RuntimeError("a payload came out other than it went in")
            os.close(descriptor)
        return Span(events, wall_s, cpu_s, make_s, time.perf_counter() - began_s)

    def _send(self, descriptors: list[int], size_bytes: int) -> None:
        """Keep so many events outstanding until all are settled as done."""
        waiting = iter(descriptors)
        left = len(descriptors)
        outstanding = 0
        while left:
            while outstanding < OUTSTANDING and (descriptor := next(waiting, None)) is not None:
                self._last += 1
                key = f"camera{self._last % KEYS}"
                payloads = (Payload("memory", size_bytes),)
                event = Event(f"bench:{self._last}", "number", key, payloads=payloads)
                self._source.submit(event, (os.dup(descriptor),))
                outstanding += 1
            for settlement in self._source.pump(1.0):
                if settlement.outcome != "done":
                    raise RuntimeError(f"{settlement.id} was {settlement.outcome}")
                outstanding -= 1
                left -= 1


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    with Rig("testing.running.bench_pipelines:HOP") as rig:
        course = Course(rig)
        course.run(WARM_UP_EVENTS, SMALL_BYTES)
        progress("measuring at saturation")
        saturated = course.run(SATURATED_EVENTS, SMALL_BYTES)
        small, large = [], []
        for number in range(ROUNDS):
            progress(f"round {number + 1} of {ROUNDS}: small and large payloads in turn")
            small.append(course.run(EVENTS_PER_ROUND, SMALL_BYTES))
            large.append(course.run(EVENTS_PER_ROUND, LARGE_BYTES))
    progress("the same with one event a call")
    with Rig("testing.running.bench_pipelines:HOP_ONE_A_CALL") as rig:
        course = Course(rig)
        course.run(WARM_UP_EVENTS, SMALL_BYTES)
        single = course.run(SATURATED_EVENTS, SMALL_BYTES)
    figures = _figures(saturated, small, large)
    figures["cpu_us_per_event_and_stage_one_a_call"] = Figure(single.cpu_us_per_hop, "us")
    figures["events_per_s_one_a_call"] = Figure(single.events / single.wall_s, "1/s")
    return figures


def _figures(saturated: Span, small: list[Span], large: list[Span]) -> dict[str, Figure]:
    ratios = [b.cpu_s / a.cpu_s for a, b in zip(small, large, strict=True)]
    figures = {
        "cpu_us_per_event_and_stage": Figure(saturated.cpu_us_per_hop, "us"),
        "events_per_s": Figure(saturated.events / saturated.wall_s, "1/s"),
        "large_payload_ratio": Figure(percentile(ratios, 0.5), ""),
    }
    for name, spans in (("small", small), ("large", large)):
        made_s = percentile((span.make_s / span.events for span in spans), 0.5)
        read_s = percentile((span.read_s / span.events for span in spans), 0.5)
        figures[f"producer_{name}_us_per_event"] = Figure(made_s * 1e6, "us")
        figures[f"reader_{name}_us_per_event"] = Figure(read_s * 1e6, "us")
    return figures
