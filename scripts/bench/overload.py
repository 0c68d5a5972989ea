"""`overload`: 64 cameras ask for five times what the machine can do, by Zipf's law.

First it is measured what the same handlers do with a full queue and nothing refused, then the
flood comes. What is useful is the computing that was asked for and done, as a share of the time
that the handlers had meanwhile (without that in which others had the processor) and of what the
controller took besides. So whatever is spent on refusing, or waited for, is missing, and no other
load of the machine makes it more than it was. Times are taken here: from submitting to hearing
"done". Then the shipped rows are flooded by real cameras (overload_shipped.py).
"""

import random
import time
from collections import Counter

import attrs

from scripts.bench import overload_shipped
from scripts.bench.report import Figure, progress
from seda.codec import encode_body
from seda.messages import Event
from testing.arithmetic import fair_shares, jain_index, percentile
from testing.running.bench_pipelines import OVERLOAD
from testing.running.rig import Rig
from testing.running.source import Source

KEYS = 64
TIMES = 5.0
SERVICE_MS = 20.0
CAPACITY_S = 8.0
FLOOD_S = 60.0
WARM_UP_S = 3.0
TARGET_S = OVERLOAD.stage("work").settings.target_s or 0.0
_WORK = encode_body(SERVICE_MS)
_STAGE = "work"


@attrs.define
class Camera:
    """One key's demand: exponential gaps."""

    key: str
    per_s: float
    next_s: float = 0.0
    sent: int = 0
    done: int = 0


class Flood:
    """Submits what is due, hears what became of it."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self._source = Source(rig.socket_of("work"))
        self._chance = random.Random(seed)  # noqa: S311  # a load, not a secret
        self._sent_s: dict[str, tuple[float, Camera]] = {}
        self._number = 0
        self.outcomes: Counter[str] = Counter()
        self.responses_s: list[float] = []

    def submit(self, camera: Camera) -> None:
        """Submit one event of a camera."""
        self._number += 1
        camera.sent += 1
        event = Event(f"bench:{self._number}", "number", camera.key, _WORK)
        self._sent_s[event.id] = time.monotonic(), camera
        self._source.submit(event)

    def pump(self, wait_s: float) -> None:
        """Hear."""
        settlements = self._source.pump(wait_s)
        now_s = time.monotonic()
        for settlement in settlements:
            sent_s, camera = self._sent_s.pop(settlement.id)
            self.outcomes[settlement.outcome] += 1
            if settlement.outcome == "done":
                camera.done += 1
                self.responses_s.append(now_s - sent_s)

    @property
    def outstanding(self) -> int:
        """Count what was not heard of yet."""
        return len(self._sent_s)

    def finish(self) -> None:
        """Hear of everything that was submitted."""
        while self.outstanding:
            self.pump(0.1)

    def saturate(self, for_s: float) -> float:
        """Keep a few events waiting for each handler; return how many were done a second."""
        cameras = [Camera(f"warm{place}", 0.0) for place in range(KEYS)]
        began_s = time.monotonic()
        before = self.outcomes["done"]
        turn = 0
        while time.monotonic() < began_s + for_s:
            while self.outstanding < 8:
                turn += 1
                self.submit(cameras[turn % KEYS])
            self.pump(0.005)
        return (self.outcomes["done"] - before) / (time.monotonic() - began_s)

    def flood(self, cameras: list[Camera], for_s: float) -> None:
        """Submit by each camera's own clock, whatever becomes of it."""
        began_s = time.monotonic()
        for camera in cameras:
            camera.next_s = began_s + self._chance.expovariate(camera.per_s)
        while (now_s := time.monotonic()) < began_s + for_s:
            for camera in cameras:
                while camera.next_s <= now_s:
                    camera.next_s += self._chance.expovariate(camera.per_s)
                    self.submit(camera)
            self.pump(0.002)


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    return synthetic() | overload_shipped.run()


@attrs.frozen
class Span:
    """What the flood was measured by."""

    elapsed_s: float
    given_s: float
    """What the handlers and their controller had of the machine."""
    growth: float


class Measuring:
    """From a moment on."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._memory_bytes = rig.memory_bytes()
        self._waited_s, self._overhead_s = rig.waited_s(_STAGE), rig.overhead_s(_STAGE)
        self._began_s = time.monotonic()

    def end(self) -> Span:
        """Return what was measured since."""
        rig = self._rig
        elapsed_s = time.monotonic() - self._began_s
        given_s = len(rig.handlers(_STAGE)) * elapsed_s - (rig.waited_s(_STAGE) - self._waited_s)
        given_s += rig.overhead_s(_STAGE) - self._overhead_s
        return Span(elapsed_s, given_s, rig.memory_bytes() / self._memory_bytes - 1)


def synthetic() -> dict[str, Figure]:
    """Flood handlers that compute."""
    with Rig("testing.running.bench_pipelines:OVERLOAD") as rig:
        flood = Flood(rig, seed=5)
        flood.saturate(WARM_UP_S)
        progress("measuring the capacity")
        before_per_s = flood.saturate(CAPACITY_S)
        flood.finish()
        cameras = _cameras(before_per_s)
        progress(f"capacity {before_per_s:.1f}/s; now {TIMES:g} times that for {FLOOD_S:g} s")
        flood.flood(cameras, WARM_UP_S)
        flood.responses_s.clear()
        for camera in cameras:
            camera.sent = camera.done = 0
        measuring = Measuring(rig)
        flood.flood(cameras, FLOOD_S)
        span = measuring.end()
        done = sum(camera.done for camera in cameras)
        flood.finish()
    return _figures(cameras, flood, span, done)


def _cameras(capacity_per_s: float) -> list[Camera]:
    weights = [1 / (rank + 1) for rank in range(KEYS)]
    scale = TIMES * capacity_per_s / sum(weights)
    return [Camera(f"camera{place}", scale * weight) for place, weight in enumerate(weights)]


def _figures(cameras: list[Camera], flood: Flood, span: Span, done: int) -> dict[str, Figure]:
    all_done = float(sum(camera.done for camera in cameras))
    shares = fair_shares({camera.key: float(camera.sent) for camera in cameras}, all_done)
    ratios = [camera.done / shares[camera.key] for camera in cameras if camera.sent]
    return {
        "jain_index": Figure(jain_index(ratios), ""),
        "useful_throughput_share": Figure(1e-3 * SERVICE_MS * done / span.given_s, ""),
        "p90_against_target": Figure(percentile(flood.responses_s, 0.9) / TARGET_S, ""),
        "memory_growth_share": Figure(span.growth, ""),
        "offered_per_s": Figure(sum(camera.sent for camera in cameras) / span.elapsed_s, "1/s"),
        "capacity_per_s": Figure(1e3 / SERVICE_MS * span.given_s / span.elapsed_s, "1/s"),
    }
