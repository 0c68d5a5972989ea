"""A running pipeline while its processes are killed and stopped; what was given is counted outside.

The stream and the effects are those of the recovery bench. Here nobody waits until a stage serves
again: the next hit comes half a second after the last, whatever state the pipeline is in.
"""

import os
import random
import signal
import time
from collections import Counter
from contextlib import closing

import pytest

from seda import quarantine
from seda.supervisor import directory, leftovers
from testing.running.rig import Rig
from testing.running.stream import Stream, effects_in
from testing.running.supervised import wait_end
from testing.waiting import PATIENCE_S

HITS = 120
EVERY_S = 0.5
SEED = 20
"""Of the choices; when a process dies is chance all the same."""

pytestmark = pytest.mark.slow


def test_hits_at_random_lose_no_event_and_none_takes_effect_twice() -> None:
    """A minute of SIGKILL and SIGSTOP twice a second, anywhere but the supervisor (R2, R9, R24)."""
    chance = random.Random(SEED)
    with (
        Rig("testing.running.bench_pipelines:RECOVERY") as rig,
        closing(Stream(rig, "light1")) as stream,
    ):
        stream.run_until(lambda: stream.sent > 50, PATIENCE_S, feed=True)
        hits: Counter[str] = Counter()
        for _ in range(HITS):
            hits[hit(rig, chance)] += 1
            pump_for(stream, EVERY_S)
        stream.finish(PATIENCE_S)
        assert hits["missed"] < HITS / 10, "or else it was no chaos"
        prove_all_is_accounted_for(rig, stream)
        prove_nothing_is_left(rig)


def test_a_killed_supervisor_costs_no_event() -> None:
    """Started again on the same directory it ends what was left, and takes what comes again."""
    with (
        Rig("testing.running.bench_pipelines:RECOVERY") as rig,
        closing(Stream(rig, "light1")) as stream,
    ):
        for _ in range(2):
            pump_for(stream, 2.0)
            before = set(rig.processes())
            rig.kill()
            rig.start()
            assert all(wait_end(pid) for pid in before)
        stream.finish(PATIENCE_S)
        prove_all_is_accounted_for(rig, stream)
        prove_nothing_is_left(rig)


def hit(rig: Rig, chance: random.Random) -> str:
    """Kill or stop a process below the supervisor."""
    below = [pid for pid in rig.processes() if pid != rig.pid]
    how = chance.choice(("kill", "stop"))
    if not below:
        return "missed"
    try:
        os.kill(chance.choice(below), signal.SIGKILL if how == "kill" else signal.SIGSTOP)
    except ProcessLookupError:
        return "missed"
    return how


def pump_for(stream: Stream, span_s: float) -> None:
    """Let the stream flow."""
    until_s = time.monotonic() + span_s
    while time.monotonic() < until_s:
        stream.pump()


def prove_all_is_accounted_for(rig: Rig, stream: Stream) -> None:
    """Every number had one effect, or lies in the quarantine for having been hit too often."""
    effects = effects_in(rig.data / "light3" / "effects")
    kept = quarantine.entries(rig.data / "quarantine")
    assert sum(stream.outcomes.values()) == stream.sent
    assert set(stream.outcomes) <= {"done", "quarantined"}
    assert [number for number, count in effects.items() if count > 1] == []
    missing = {number for number in range(1, stream.sent + 1) if number not in effects}
    assert missing <= {number_of(entry.id) for entry in kept}


def number_of(event_id: str) -> int:
    """Return the number that was given to the bench's event, or to what came of it."""
    return int(event_id.removeprefix("bench:").split(".")[0])


def prove_nothing_is_left(rig: Rig) -> None:
    """After the stop there is no process of this run, and the run directory is empty."""
    holder = directory.find_holder(rig.run)
    assert holder is not None
    assert rig.end() == 0, rig.words[-4000:]
    assert leftovers.end_leftovers(holder.instance) == 0
    assert list(rig.run.iterdir()) == []
