"""`recovery`: what a fault costs, and that it costs no event.

A steady stream with eight events in flight runs through three stages while handlers are killed or
stopped and controllers killed; every third time a neighbour is hit within 200 ms. Every call leaves
a mark with its handler's pid, so "serving" means: a process that was not there before begins a call
of that stage. The same again with handlers that import av and onnxruntime. At last calls hang
of which each has a process of its own and the deadline had to be learned.

Numbers are given to events here and read here from the effects that they left: a number without an
effect is lost, a number with two took effect twice. Executions are counted as well: a fault repeats
what was under way, and should repeat no more.
"""

import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing

import attrs

from scripts.bench.report import Figure, progress
from seda.codec import encode_body
from seda.messages import Event
from seda.pipeline import Pipeline
from testing.arithmetic import percentile
from testing.running.bench_pipelines import (
    DEADLINE_S,
    RECOVERY,
    RECOVERY_HEAVY,
)
from testing.running.rig import Rig
from testing.running.source import Source
from testing.running.stream import Stream, effects_in, executions_in

FAULTS_PER_PIPELINE = 105
NEIGHBOUR_WITHIN_S = 0.2
HANGS_PER_EVENT, BETWEEN_HANGS, LEARNED_AFTER = 12, 120, 200
CALL_LIMIT_S = 0.15
LIMIT_S = 20.0
"""A stage that does not serve again by then fails the bench."""
KINDS = ("handler_killed", "handler_hung", "controller_killed")


@attrs.frozen
class Fault:
    """One hit: a kind, a stage, and when."""

    kind: str
    stage: str
    known: frozenset[int]
    """Pids that served this stage or were about to; only another one counts."""
    at_s: float
    is_alone: bool
    """No neighbour was hit at the same time, so that work came and went as ever."""


class Saboteur:
    """Chooses and hits; everything it needs to know it learns from outside."""

    def __init__(self, rig: Rig, stream: Stream, stages: list[str], seed: int) -> None:
        self._rig = rig
        self._stream = stream
        self._stages = stages
        self._chance = random.Random(seed)  # noqa: S311  # a choice, not a secret
        self.taken_s: defaultdict[str, list[float]] = defaultdict(list)
        self.hits = 0

    def strike(self, number: int) -> None:
        """Hit once, every third time a neighbour as well, and wait until all serve again."""
        kind = KINDS[number // 3 % len(KINDS)]
        place = self._chance.randrange(len(self._stages))
        has_neighbour = number % 3 == 0
        faults = [self._hit(kind, self._stages[place], is_alone=not has_neighbour)]
        if has_neighbour:
            pause_until_s = time.monotonic() + self._chance.uniform(0, NEIGHBOUR_WITHIN_S)
            while time.monotonic() < pause_until_s:
                self._stream.pump()
            neighbour = self._stages[place - 1 if place else 1]
            faults.append(self._hit(self._chance.choice(KINDS), neighbour, is_alone=False))
        self._stream.run_until(
            lambda: all(self._served_s(fault) is not None for fault in faults), LIMIT_S, feed=True
        )
        for fault in faults:
            self._note(fault)
        until_s = time.monotonic() + 0.3
        while time.monotonic() < until_s:
            self._stream.pump()

    def _hit(self, kind: str, stage: str, *, is_alone: bool) -> Fault:
        """Hit a process of this stage; a handler is stopped in the midst of a call."""
        caller = self._stream.next_caller(stage, CALL_LIMIT_S) if kind == "handler_hung" else None
        if kind == "handler_hung" and caller is None:
            kind = "handler_killed"  # The neighbour's fault keeps all work from this stage.
        # A fault of a moment ago may still keep this stage from having anyone to hit.
        self._stream.run_until(lambda: bool(self._rig.handlers(stage)), LIMIT_S, feed=True)
        controller, handlers = self._rig.controller(stage), self._rig.handlers(stage)
        known = frozenset(self._stream.serving[stage]) | frozenset(handlers)
        at_s = time.monotonic()
        if kind == "controller_killed" and controller is not None:
            os.kill(controller, signal.SIGKILL)
        elif kind == "handler_killed" and handlers:
            os.kill(self._chance.choice(handlers), signal.SIGKILL)
        elif caller is not None:
            os.kill(caller, signal.SIGSTOP)
        self.hits += 1
        return Fault(kind, stage, known, at_s, is_alone)

    def _served_s(self, fault: Fault) -> float | None:
        """Return when a process that was not there before began a call."""
        seen = self._stream.serving[fault.stage]
        return min((at_s for pid, at_s in seen.items() if pid not in fault.known), default=None)

    def _note(self, fault: Fault) -> None:
        served_s = self._served_s(fault)
        if served_s is None:
            raise RuntimeError(f"{fault.stage} never served again")
        taken_s = served_s - fault.at_s
        if fault.kind == "handler_hung":
            taken_s -= DEADLINE_S
        self.taken_s[fault.kind if fault.is_alone else f"{fault.kind}_with_neighbour"].append(
            taken_s
        )


@attrs.define
class Tally:
    """What all runs together found."""

    taken_s: defaultdict[str, list[float]] = attrs.Factory(lambda: defaultdict(list))
    faults: int = 0
    lost: int = 0
    twice: int = 0
    quarantined: int = 0
    events: int = 0
    executions: int = 0
    executed_again: int = 0
    executed_most: int = 0
    """Of any event in any stage."""


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    tally = Tally()
    for name, pipeline in (("RECOVERY", RECOVERY), ("RECOVERY_HEAVY", RECOVERY_HEAVY)):
        _run_pipeline(name, pipeline, tally)
    figures = _per_event() | {
        "handler_killed_p95_s": Figure(percentile(tally.taken_s["handler_killed"], 0.95), "s"),
        "handler_hung_beyond_deadline_p95_s": Figure(
            percentile(tally.taken_s["handler_hung"], 0.95), "s"
        ),
        "controller_killed_p95_s": Figure(
            percentile(tally.taken_s["controller_killed"], 0.95), "s"
        ),
        "faults": Figure(tally.faults, ""),
        "events": Figure(tally.events, ""),
        "events_lost": Figure(tally.lost, ""),
        "events_twice": Figure(tally.twice, ""),
        "events_quarantined": Figure(tally.quarantined, ""),
        "executions": Figure(tally.executions, ""),
        "executed_again_per_fault": Figure(tally.executed_again / tally.faults, ""),
        "executed_most": Figure(tally.executed_most, ""),
    }
    for kind, taken_s in sorted(tally.taken_s.items()):
        figures[f"{kind}_median_s"] = Figure(percentile(taken_s, 0.5), "s")
        if kind not in KINDS:
            figures[f"{kind}_p95_s"] = Figure(percentile(taken_s, 0.95), "s")
    return figures


def _run_pipeline(name: str, pipeline: Pipeline, tally: Tally) -> None:
    stages = [stage.name for stage in pipeline.stages if stage.takes == ("number",)]
    with (
        Rig(f"testing.running.bench_pipelines:{name}") as rig,
        closing(Stream(rig, stages[0])) as stream,
    ):
        stream.run_until(lambda: stream.sent > 50, LIMIT_S, feed=True)
        saboteur = Saboteur(rig, stream, stages, seed=len(name))
        strikes = 0
        while saboteur.hits < FAULTS_PER_PIPELINE:
            saboteur.strike(strikes)
            strikes += 1
            if strikes % 10 == 0:
                progress(f"{name}: {saboteur.hits} of {FAULTS_PER_PIPELINE} faults")
        stream.finish()
        effects = effects_in(rig.data / stages[-1] / "effects")
        for stage in stages:
            _count_executions(executions_in(rig.data / stage), tally)
    for kind, taken_s in saboteur.taken_s.items():
        tally.taken_s[kind] += taken_s
    tally.faults += saboteur.hits
    tally.events += stream.sent
    tally.lost += sum(number not in effects for number in range(1, stream.sent + 1))
    tally.twice += sum(count > 1 for count in effects.values())
    tally.quarantined += stream.outcomes["quarantined"]


def _count_executions(executions: Counter[int], tally: Tally) -> None:
    tally.executions += executions.total()
    tally.executed_again += executions.total() - len(executions)
    tally.executed_most = max(tally.executed_most, *executions.values())


def _per_event() -> dict[str, Figure]:
    """Let calls hang of which each has a process of its own, once their deadline was learned.

    From submitting an event that hangs at its first try to its end at the second, the deadline
    aside. Between two there are so many others that hanging does not become what calls usually do.
    """
    rig = Rig("testing.running.bench_pipelines:RECOVERY_PER_EVENT")
    with rig, closing(Source(rig.socket_of("alone"))) as source:
        _settle(source, range(1, LEARNED_AFTER))
        taken_s = []
        for hang in range(1, HANGS_PER_EVENT + 1):
            first = hang * LEARNED_AFTER
            _settle(source, range(first, first + BETWEEN_HANGS))
            began_s = time.monotonic()
            _settle(source, [-hang])
            taken_s.append(time.monotonic() - began_s - DEADLINE_S)
    return {
        "hung_per_event_beyond_deadline_p95_s": Figure(percentile(taken_s, 0.95), "s"),
        "hung_per_event_beyond_deadline_median_s": Figure(percentile(taken_s, 0.5), "s"),
        "hung_per_event": Figure(len(taken_s), ""),
    }


def _settle(source: Source, numbers: Iterable[int]) -> None:
    """Submit events and hear that all are done."""
    left = set()
    for number in numbers:
        left.add(f"bench:{number}")
        key = f"camera{number % 16}"
        source.submit(Event(f"bench:{number}", "number", key, encode_body(number)))
    while left:
        left -= {it.id for it in source.pump(0.05) if it.outcome == "done"}
