"""Scaling, restarts, overload, batching and service times, each by itself or in invented time."""

import random
from collections import Counter
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.schema import StageSettings
from controller.core import happenings as h
from controller.core.policies.batching import Batching
from controller.core.policies.overload import CALM_S, LONGEST_CALM_S, Backlog, Overload, fill_level
from controller.core.policies.restarts import FREE, GIVE_UP_AFTER, LONGEST_WAIT_S, Restarts
from controller.core.policies.service_times import ServiceTimes
from seda.messages import Event, HandlerFigures
from seda.pipeline import TRANSCODER, Stage
from testing.arithmetic import fair_shares, jain_index
from testing.controllers.world import World, event, steady

SINK = Stage("sink", "x:y", ("number",))


def arrivals(stage: World, per_s: float, from_s: float, until_s: float, keys: int = 8) -> None:
    """Have events arrive at a steady rate."""
    for number in range(int((until_s - from_s) * per_s)):
        key = f"camera{number % keys}-{from_s}"
        stage.submit(from_s + number / per_s, event(number, key))


def test_the_pool_follows_the_load_up_and_down_without_wavering() -> None:
    """A tenfold load: at the maximum within 2 s, back idle_s after it, two turns at most.

    R10, R14, R15.
    """
    numbers = StageSettings(handlers_min=1, handlers_max=8, grow_at_events=2, idle_s=3.0)
    stage = World(SINK, numbers, steady(0.02))
    arrivals(stage, 40, 0, 10)
    arrivals(stage, 400, 10, 20)
    arrivals(stage, 40, 20, 30)
    stage.run(12.0)
    assert stage.peak_handlers == 8
    stage.run(20.0)
    assert len(stage.alive) == 8
    stage.run(24.0)
    assert len(stage.alive) <= 2
    sizes = [size for _, size in stage.sizes]
    turns = [b - a for a, b in pairwise(sizes) if a != b]
    changes = sum((a > 0) != (b > 0) for a, b in pairwise(turns))
    assert changes <= 2


def test_below_the_threshold_nothing_is_started() -> None:
    """A short queue is no reason for another handler (R14)."""
    stage = World(SINK, StageSettings(handlers_min=1, grow_at_events=50), steady(0.05))
    for number in range(40):
        stage.submit(1.0, event(number))
    stage.run(10.0)
    assert stage.peak_handlers == 1


def test_restarts_are_free_for_handlers_that_worked_and_back_off_for_those_that_did_not() -> None:
    """A crash after work costs no wait; fruitless starts wait longer and longer, for ever."""
    restarts = Restarts(random.Random(1))
    for _ in range(100):
        restarts.note_end("signal-9", 10.0, was_fruitful=True)
    assert restarts.next_s == 0.0
    waits = []
    for _ in range(40):
        restarts.note_end("cannot-start", 10.0, was_fruitful=False)
        waits.append(max(0.0, restarts.next_s - 10.0))
    assert waits[:FREE] == [0.0] * FREE
    assert all(wait > 0 for wait in waits[FREE:])
    assert max(waits) <= LONGEST_WAIT_S
    assert min(waits[-10:]) >= LONGEST_WAIT_S / 2
    restarts.note_fruit()
    assert restarts.next_s == 0.0


def test_a_stage_whose_handlers_can_not_start_says_so_and_goes_on_trying() -> None:
    """Given up is loud, and ends when a start brings something (R9)."""
    stage = World(SINK, StageSettings(handlers_min=1), steady(0.01), start_s=1e9)
    now_s = 0.0
    for _ in range(GIVE_UP_AFTER):
        last = stage.said(h.Spawn)[-1]
        assert isinstance(last, h.Spawn)
        now_s = stage.now_s = max(now_s + 60.0, stage.now_s)
        stage.tell(h.HandlerExited(last.handler, "cannot-start", "no module named nowhere"))
        stage.now_s = now_s = now_s + 60.0
        stage.tell(h.Tick())
    figures = stage.engine.figures(now_s)
    assert figures.state == "gave_up"
    assert "cannot-start" in figures.trouble
    assert figures.restarts == {"cannot-start": GIVE_UP_AFTER}
    said = [command for command in stage.said(h.Say) if isinstance(command, h.Say)]
    assert any(command.level == "error" for command in said)
    last = stage.said(h.Spawn)[-1]
    assert isinstance(last, h.Spawn)
    stage.tell(h.HandlerReady(last.handler, 0.01))
    stage.submit(now_s, event(1))
    stage.run(now_s + 1)
    assert stage.engine.figures(stage.now_s).state == "serving"


def test_a_handler_that_does_not_start_in_time_is_killed() -> None:
    """Neither ready nor dead is not a state to stay in."""
    stage = World(SINK, StageSettings(handlers_min=1, start_limit_s=5.0), steady(0.01), start_s=1e9)
    stage.run(6.0)
    assert h.Kill(1, "cannot-start") in stage.said(h.Kill)


def test_an_async_handler_without_heartbeats_is_replaced() -> None:
    """Where calls last for ever only the heartbeat tells (beyond R9)."""
    row = attrs.evolve(SINK, handler="async", concurrency=10)
    stage = World(row, StageSettings(handlers_min=1, handlers_max=1), steady(1e6))
    stage.submit(1.0, event(1))

    def beat_once() -> None:
        stage.tell(h.HandlerBeat(1, HandlerFigures(counts={"beats": 1})))

    for beat in range(1, 20):
        stage.at(beat / 2, beat_once)
    stage.run(12.0)
    assert not stage.said(h.Kill)
    assert stage.engine.figures(12.0).counts == {"beats": 19.0}
    stage.run(13.5)
    assert stage.said(h.Kill) == [h.Kill(1, "no-heartbeat")]
    assert stage.tries[event(1).id] == 2


def test_an_async_handler_has_as_many_events_as_its_row_says() -> None:
    """Events beyond that wait in the queue."""
    row = attrs.evolve(SINK, handler="async", concurrency=10)
    stage = World(row, StageSettings(handlers_min=1, handlers_max=1), steady(1e6))
    arrivals(stage, 100, 1.0, 1.3)
    stage.run(2.0)
    assert stage.engine.figures(2.0).in_flight == 10


def overloaded(target_s: float, **more: object) -> tuple[World, dict[str, float]]:
    """Return a stage of capacity 200/s under five times that for 20 s, Zipf over 32 keys."""
    numbers = StageSettings(handlers_max=2, target_s=target_s, queue_events=4096)
    stage = World(SINK, numbers, steady(0.01), **more)  # type: ignore[arg-type]
    weights = [1 / (rank + 1) for rank in range(32)]
    demand = {f"k{n}": 1000 * weight / sum(weights) for n, weight in enumerate(weights)}
    chance = random.Random(7)
    arrived: dict[str, float] = {}
    for key, per_s in demand.items():
        time_s, number = 0.0, 0
        while (time_s := time_s + chance.expovariate(per_s)) < 20:
            number += 1
            arrived[event(number, key).id] = time_s
            stage.submit(time_s, event(number, key))
    stage.run(20.0)
    return stage, arrived


def test_five_times_too_much_is_served_fairly_in_time_and_fully() -> None:
    """Max-min fair shares, the target kept, no capacity wasted, every drop with a reason (R11)."""
    stage, arrived = overloaded(target_s=1.0)
    done = [i for i, settlement in stage.settled.items() if settlement.outcome == "done"]
    assert len(done) >= 0.95 * 200 * 20
    waits = sorted(stage.settled_s[i] - arrived[i] for i in done)
    assert waits[int(0.9 * len(waits))] <= 1.2
    per_key = Counter(event_id.split(":")[0] for event_id in done)
    asked = Counter(event_id.split(":")[0] for event_id in arrived)
    shares = fair_shares({key: float(n) for key, n in asked.items()}, len(done))
    ratios = [per_key[key] / shares[key] for key in asked]
    assert jain_index(ratios) >= 0.98
    reasons = {s.reason for s in stage.settled.values() if s.outcome == "dropped"}
    assert reasons <= {"overload", "queue_full"}
    counted = stage.engine.figures(20.0).drops
    assert sum(sum(keys.values()) for keys in counted.values()) == len(stage.settled) - len(done)


def test_what_somebody_decided_is_never_shed() -> None:
    """Lessons come through five times too much and a full queue; what is shed is the rest."""
    row = attrs.evolve(SINK, takes=("number", "lesson"), never_shed=("lesson",))
    stage = World(row, StageSettings(handlers_max=2, target_s=1.0, queue_events=300), steady(0.01))
    arrivals(stage, 1000, 1.0, 11.0)
    lessons = [attrs.evolve(event(n, "camera0-1.0"), id=f"l{n}", kind="lesson") for n in range(50)]
    for number, lesson in enumerate(lessons):
        stage.submit(1.0 + number / 5, lesson)
    stage.run(60.0)
    reasons = Counter(it.reason for it in stage.settled.values())
    assert reasons["overload"] > 0
    assert reasons["queue_full"] > 0
    assert {stage.settled[lesson.id].outcome for lesson in lessons} == {"done"}


def test_a_queue_of_nothing_that_may_be_shed_keeps_it_all() -> None:
    """Its senders' windows bound it; nobody waits for ever because nothing can go."""
    row = attrs.evolve(SINK, never_shed=("number",))
    stage = World(row, StageSettings(handlers_max=1, queue_events=4), steady(0.01))
    for number in range(30):
        stage.submit(1.0, event(number))
    stage.run(5.0)
    assert Counter(it.outcome for it in stage.settled.values()) == {"done": 30}


def test_before_anything_is_refused_the_pressure_rises() -> None:
    """The ladder first: level 4 is told before the first refusal, and taken back after calm."""
    stage, _ = overloaded(target_s=1.0)
    refusals = [
        place
        for place, command in enumerate(stage.log)
        if isinstance(command, h.Settle) and command.settlement.reason == "overload"
    ]
    levels = {
        command.pressure for command in stage.log[: refusals[0]] if isinstance(command, h.Dispatch)
    }
    assert {0, 1, 2, 3} <= levels
    assert stage.engine.pressure == 4
    stage.run(20.0 + 12 * CALM_S)
    assert stage.engine.pressure == 0
    assert stage.engine.figures(stage.now_s).admitted_per_s is None


def test_nothing_is_refused_while_the_pool_can_still_grow() -> None:
    """Scaling and shedding do not fight."""
    overload = Overload(0.1, 0.0)
    for second in range(1, 20):
        overload.note(5.0)
        assert overload.look(Backlog(100), float(second), is_at_maximum=False) == 0
    assert overload.level == 0
    assert overload.admit(20.0)


def test_a_step_back_that_was_too_early_is_tried_less_and_less_often() -> None:
    """Below the second level it is too much: once a minute or so is enough to find that out."""
    overload = Overload(1.0, 0.0, refuses=False)
    changes, level = 0, 0
    for period in range(1, 1200):
        wait_s = 2.0 if overload.level < 2 else 0.1
        overload.look(Backlog(9, wait_s), period * 0.5, is_at_maximum=True)
        changes += period > 600 and overload.level != level
        level = overload.level
    assert level in (1, 2)
    assert 2 <= changes <= 2 * 300 / LONGEST_CALM_S + 2
    for period in range(1200, 1800):
        overload.look(Backlog(0), period * 0.5, is_at_maximum=True)
    assert overload.level == 0


@given(st.lists(st.floats(0, 1), max_size=50))
def test_the_fill_level_stays_in_range_and_only_full_queues_press(shares: list[float]) -> None:
    """A stage without a target presses by how full its queue is."""
    level = 0
    for share in shares:
        level = fill_level(share, level)
        assert 0 <= level <= 4
        assert share >= 0.4 or level == 0
        assert share < 0.95 or level == 4


def test_a_batch_shrinks_while_the_throughput_holds_and_grows_when_it_does_not() -> None:
    """A call costs 10 ms and an event 1 ms: large calls are kept; without call cost small ones."""
    sizes = {}
    for call_s in (0.0, 0.05):
        batching = Batching(32, 0.0)
        for second in range(1, 60):
            per_call_s = call_s + 0.001 * batching.size
            batching.note(int(batching.size / per_call_s))
            batching.look(100, float(second))
        sizes[call_s] = batching.size
    assert sizes[0.0] <= 2
    assert sizes[0.05] >= 12


@given(st.lists(st.floats(1e-4, 1.0), min_size=100, max_size=300))
def test_the_deadline_is_about_four_times_the_99th_percentile(times_s: list[float]) -> None:
    """Per unit of work, within a bucket's width, between floor and ceiling."""
    service = ServiceTimes()
    for time_s in times_s:
        service.note(time_s * 3, 3.0)
    p99_s = sorted(times_s)[int(0.99 * len(times_s) + 0.999) - 1]
    deadline_s = service.deadline_s(2.0, 0.0, 1e9)
    assert 8 * p99_s * 0.999 <= deadline_s <= 8 * p99_s * 2**0.5 * 1.001
    assert service.deadline_s(2.0, 100.0, 200.0) == pytest.approx(100.0)
    assert service.deadline_s(2.0, 0.0, 1e-6) == pytest.approx(1e-6)


def test_service_times_are_handed_to_a_successor() -> None:
    """A restarted controller keeps its deadlines; a content of another size is ignored."""
    service = ServiceTimes()
    for _ in range(150):
        service.note(0.01, 1.0)
    heir = ServiceTimes(service.content())
    assert heir.deadline_s(1.0, 0.0, 99.0) == service.deadline_s(1.0, 0.0, 99.0) < 99.0
    assert ServiceTimes(b"nonsense").samples == 0


def test_cameras_whose_video_is_slow_to_decode_leave_handlers_to_the_others() -> None:
    """Two that would each keep every decoder busy cost the rest no more than a moment (R2, R11)."""

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        return (20.0 if events[0].key.startswith("slow") else 0.01), "done"

    stage = World(attrs.evolve(TRANSCODER, gives=()), TRANSCODER.settings, behave)
    arrived_s: dict[str, float] = {}
    for number in range(60):
        for key in ("slow-1", "slow-2", *(f"camera-{count}" for count in range(8))):
            stage.submit(float(number), chunk := event(number, key))
            arrived_s[chunk.id] = float(number)
    stage.run(61.0)
    waits_s = {
        identity: stage.settled_s.get(identity, 61.0) - since_s
        for identity, since_s in arrived_s.items()
        if identity.startswith("camera-")
    }
    assert len(waits_s) == 480
    assert max(waits_s.values()) < 1.0
