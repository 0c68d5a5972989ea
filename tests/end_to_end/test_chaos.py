"""A running pipeline while its processes are killed and stopped; what was given is counted outside.

Stream, executions and effects are those of the recovery bench. Here nobody waits until a stage
serves again: the next hit comes half a second after the last, whatever state the pipeline is in.
One thing is spared: while a process of a stage stands still, no other one of that stage is hit, or
else both tries of an event could be, and it would be kept aside as it should.
"""

import os
import random
import signal
import time
from collections import Counter
from contextlib import closing

import pytest

from seda import quarantine
from seda.processes import children_of
from seda.supervisor import directory, leftovers
from testing.running.rig import Rig
from testing.running.stream import IN_FLIGHT, Stream, effects_in, executions_in
from testing.running.supervised import wait_end
from testing.waiting import PATIENCE_S

HITS = 120
EVERY_S = 0.5
SEED = 20
"""Of the choices; when a process dies is chance all the same."""
STAGES = ("light1", "light2", "light3")

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
        stopped: set[int] = set()
        for _ in range(HITS):
            hits[hit(rig, chance, stopped)] += 1
            pump_for(stream, EVERY_S)
        stream.finish(PATIENCE_S)
        assert hits["missed"] < HITS / 10, "or else it was no chaos"
        prove_all_is_done(rig, stream)
        again = sum(executed_again(rig, stage) for stage in STAGES)
        assert 0 < again <= HITS * IN_FLIGHT, "a hit repeats what was under way, and no more"
        prove_nothing_is_left(rig)


def test_a_killed_supervisor_costs_no_event() -> None:
    """Started again on the same directory it ends what was left, and takes what comes again."""
    with (
        Rig("testing.running.bench_pipelines:RECOVERY") as rig,
        closing(Stream(rig, "light1")) as stream,
    ):
        starts = 2
        for _ in range(starts):
            pump_for(stream, 2.0)
            before = set(rig.processes())
            rig.kill()
            rig.start()
            assert all(wait_end(pid) for pid in before)
        stream.finish(PATIENCE_S)
        prove_all_is_done(rig, stream)
        assert all(executed_again(rig, stage) <= starts * IN_FLIGHT for stage in STAGES)
        prove_nothing_is_left(rig)


def hit(rig: Rig, chance: random.Random, stopped: set[int]) -> str:
    """Kill or stop a process below the supervisor."""
    stopped &= set(rig.processes())
    found = [pid for stage in by_stage(rig) if not stopped & stage for pid in sorted(stage)]
    how = chance.choice(("kill", "stop"))
    if not found:
        return "missed"
    pid = chance.choice(found)
    try:
        os.kill(pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
    except ProcessLookupError:
        return "missed"
    stopped |= {pid} if how == "stop" else set()
    return how


def by_stage(rig: Rig) -> list[set[int]]:
    """Return the processes below the supervisor: each controller with all under it."""
    return [{pid, *below(pid)} for pid in children_of(rig.pid)]


def below(pid: int) -> list[int]:
    """Return the descendants of a process."""
    return [it for child in children_of(pid) for it in (child, *below(child))]


def pump_for(stream: Stream, span_s: float) -> None:
    """Let the stream flow."""
    until_s = time.monotonic() + span_s
    while time.monotonic() < until_s:
        stream.pump()


def prove_all_is_done(rig: Rig, stream: Stream) -> None:
    """Every number was done and had one effect; none was kept aside for having been hit."""
    effects = effects_in(rig.data / STAGES[-1] / "effects")
    kept = [(it.stage, it.id, it.reason) for it in quarantine.entries(rig.data / "quarantine")]
    assert kept == []
    assert stream.outcomes == {"done": stream.sent}
    assert effects == dict.fromkeys(range(1, stream.sent + 1), 1)


def executed_again(rig: Rig, stage: str) -> int:
    """Count the calls beyond the first of each number; every number has had one."""
    executions = executions_in(rig.data / stage)
    assert len(executions) == max(executions)
    return executions.total() - len(executions)


def prove_nothing_is_left(rig: Rig) -> None:
    """After the stop there is no process of this run, and the run directory is empty."""
    holder = directory.find_holder(rig.run)
    assert holder is not None
    assert rig.end() == 0, rig.words[-4000:]
    assert leftovers.end_leftovers(holder.instance) == 0
    assert list(rig.run.iterdir()) == []
