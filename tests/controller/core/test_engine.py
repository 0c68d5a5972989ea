"""The engine: order, repeats, quarantine, deadlines, drain, told in invented times."""

import random
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conf.schema import StageSettings
from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.engine import PATIENCE_S, Engine
from seda.messages import Event, HandlerFigures, Payload, Settlement
from seda.pipeline import Stage, StageOutput
from seda.protocol import Result, Window
from testing.controllers.kept_state import ForgetfulState
from testing.controllers.world import Behave, World, event, steady

ROW = Stage("middle", "x:y", ("number",), (StageOutput("number", "next"),))
SETTINGS = StageSettings(handlers_min=2, handlers_max=4, deadline_ceiling_s=5.0)


def world(behave: Behave, row: Stage = ROW, **numbers: Any) -> World:
    """Return a stage whose handlers behave like this."""
    return World(row, attrs.evolve(SETTINGS, **numbers), behave)


def outcomes(stage: World) -> dict[str, str]:
    """Return how every event was settled."""
    return {event_id: settlement.outcome for event_id, settlement in stage.settled.items()}


def test_an_event_goes_through_a_handler_to_the_successor_and_is_settled() -> None:
    """The way of one event: queue, handler, successor, settled (R4, R5, R7)."""
    stage = world(steady(0.01))
    stage.submit(1.0, event(1))
    stage.run(2.0)
    assert stage.order == ["gate:e:1.0"]
    assert outcomes(stage) == {"gate:e:1": "done"}


def test_several_handlers_work_at_once() -> None:
    """Two handlers halve the time of two events (R6)."""
    stage = world(steady(1.0))
    for number in range(2):
        stage.submit(1.0, event(number, f"camera{number}"))
    stage.run(2.5)
    assert len(stage.settled) == 2


def test_an_event_is_not_settled_before_its_output_is() -> None:
    """Upstream keeps what downstream has not settled (upstream backup)."""
    stage = world(steady(0.01))
    stage.successor_delay_s = None
    stage.submit(1.0, event(1))
    stage.run(3.0)
    assert not stage.settled
    stage.tell(h.OutputSettled("next", Settlement("gate:e:1.0", "dropped", "overload")))
    assert outcomes(stage) == {"gate:e:1": "done"}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.001, 0.2)), max_size=40), st.data())
def test_outputs_of_a_key_leave_in_the_order_of_their_inputs(
    drawn: list[tuple[str, float]], data: st.DataObject
) -> None:
    """Even though handlers differ in pace and some calls crash once, every key keeps its order."""
    crashes = data.draw(st.sets(st.integers(0, 39), max_size=8))
    tried: set[str] = set()
    pace = {event(n, key).id: service_s for n, (key, service_s) in enumerate(drawn)}

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        event_id = events[0].id
        is_first = event_id not in tried
        tried.add(event_id)
        number = int(event_id.rsplit(":", 1)[1])
        return pace[event_id], "crash" if is_first and number in crashes else "done"

    stage = world(behave)
    for number, (key, _) in enumerate(drawn):
        stage.submit(1.0 + number / 1000, event(number, key))
    stage.run(60.0)
    assert len(stage.settled) == len(drawn)
    for key in "abc":
        numbers = [int(i.split(":")[2].split(".")[0]) for i in stage.order if i.startswith(key)]
        assert numbers == sorted(numbers)


def test_a_stage_with_state_never_has_two_events_of_a_key_out() -> None:
    """One at a time per key, others beside it (R24)."""
    stage = world(steady(0.05), attrs.evolve(ROW, one_at_a_time=True))
    for number in range(20):
        stage.submit(1.0, event(number, f"camera{number % 2}"))
    stage.run(10.0)
    assert stage.most_at_once == 1
    assert len(stage.settled) == 20


def crash_always(bad: str) -> Behave:
    """Every call that carries this event crashes its handler."""
    return lambda events, _: (0.01, "crash" if any(e.id == bad for e in events) else "done")


def test_an_event_that_crashes_twice_goes_to_quarantine_and_the_rest_goes_on() -> None:
    """A poisonous event costs two handlers and nothing else (R2, R9, R24)."""
    stage = world(crash_always("gate:e:3"))
    for number in range(10):
        stage.submit(1.0 + number / 10, event(number))
    stage.run(10.0)
    assert outcomes(stage).pop("gate:e:3") == "quarantined"
    assert sorted(outcomes(stage).values()) == ["done"] * 9 + ["quarantined"]
    assert stage.tries["gate:e:3"] == 2
    assert len(stage.alive) == 2


def test_a_failed_call_of_several_is_repeated_one_by_one() -> None:
    """Neighbours of a poisonous event in a batch are done, only it is quarantined (R24)."""
    stage = world(crash_always("camera1:e:1"), events_per_call=8, handlers_min=1, handlers_max=1)
    stage.submit(1.0, event(99, "first"))
    for number in range(6):
        stage.submit(1.001, event(number, f"camera{number}"))
    stage.run(10.0)
    found = outcomes(stage)
    assert found.pop("camera1:e:1") == "quarantined"
    assert set(found.values()) == {"done"}
    assert stage.tries["camera1:e:1"] == 3


def test_a_call_that_raises_is_tried_once_more() -> None:
    """A polite failure counts like a crash, but no handler is lost."""
    tries: list[str] = []

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        tries.append(events[0].id)
        return 0.01, "failed" if len(tries) == 1 else "done"

    stage = world(behave)
    stage.submit(1.0, event(1))
    stage.run(3.0)
    assert outcomes(stage) == {"gate:e:1": "done"}
    assert not stage.said(h.Kill)


def test_a_handler_that_hangs_is_killed_at_its_deadline_and_replaced() -> None:
    """Hung is like crashed, only later: the deadline, then again (beyond R9)."""
    hung: list[str] = []

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        is_hang = not hung
        hung.append(events[0].id)
        return 0.01, "hang" if is_hang else "done"

    stage = world(behave)
    stage.submit(1.0, event(1))
    stage.run(5.9)
    assert not stage.said(h.Kill)
    stage.run(6.5)
    assert [kill.cause for kill in stage.said(h.Kill) if isinstance(kill, h.Kill)] == ["deadline"]
    assert outcomes(stage) == {"gate:e:1": "done"}
    assert len(stage.alive) == 2


def test_the_deadline_follows_the_service_times() -> None:
    """After a hundred samples four times the 99th percentile, not the ceiling any more."""
    hang_from = 300

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        number = int(events[0].id.rsplit(":", 1)[1])
        return 0.02, "hang" if number == hang_from else "done"

    stage = world(behave, deadline_floor_s=0.05)
    for number in range(hang_from + 1):
        stage.submit(1.0 + number * 0.03, event(number))
    stage.run(1.0 + hang_from * 0.03 + 0.2)
    assert [kill.cause for kill in stage.said(h.Kill) if isinstance(kill, h.Kill)] == ["deadline"]


def test_what_an_async_handler_ends_over_is_found_among_what_it_has_besides() -> None:
    """Of those that it had one is tried at a time, with whatever is new; twice is enough."""
    row = attrs.evolve(ROW, handler="async", gives=(), concurrency=8)
    numbers = attrs.evolve(SETTINGS, handlers_min=1, handlers_max=1)
    engine = Engine(EngineContext(row, numbers, ForgetfulState()), random.Random(1), 0.0)
    quarantined: list[str] = []
    calls: dict[int, Event] = {}

    def tell(happening: h.Happening) -> None:
        for command in engine.handle(happening, 1.0):
            match command:
                case h.Dispatch(call=call, events=events):
                    calls[call] = events[0]
                case h.Quarantine(event=it):
                    quarantined.append(it.key)

    def answer(handler: int) -> None:
        call, served = calls.popitem()
        results = (Result(served.id, "done"),)
        tell(h.HandlerDone(handler, call, 0.1, results, HandlerFigures()))

    tell(h.Tick())
    for number in range(3):
        tell(h.Arrived(1, event(number, "poison" if number == 1 else f"early{number}")))
    for deaths in (1, 2, 3):
        assert quarantined == []
        tell(h.HandlerReady(deaths, 0.1))
        while "poison" not in {it.key for it in calls.values()}:
            answer(deaths)
        tell(h.Arrived(1, event(deaths, f"late{deaths}")))
        assert len(calls) > 1, "or else it was not among others"
        calls.clear()
        tell(h.HandlerExited(deaths, "no-heartbeat"))
    assert quarantined == ["poison"]


def test_a_handler_that_died_while_idle_is_given_nothing() -> None:
    """Somebody else kills it; the next events go to those that are there."""
    stage = world(steady(1.0))
    stage.run(1.0)
    for handler in sorted(stage.alive):
        stage.exit(handler, "signal-9")
    stage.run(2.0)
    for number in range(4):
        stage.submit(2.0, event(number, f"camera{number}"))
    stage.run(2.5)
    assert set(stage.calls) == stage.alive


def test_nothing_is_dispatched_again_before_its_handler_is_reaped() -> None:
    """The repeat waits for the end of the process, not for the wish to end it."""
    stage = world(lambda _events, _pressure: (0.01, "hang"), handlers_min=4)
    stage.submit(1.0, event(1))
    stage.run(5.9)
    stage.at(6.0, lambda: None)
    commands = stage.engine.handle(h.Tick(), 6.01)
    assert any(isinstance(command, h.Kill) for command in commands)
    assert not any(isinstance(command, h.Dispatch) for command in commands)
    again = stage.engine.handle(h.HandlerExited(commands[0].handler, "deadline"), 6.02)  # type: ignore[union-attr]
    assert any(isinstance(command, h.Dispatch) for command in again)


def test_if_half_the_pool_is_late_at_once_the_machine_is_suspected_first() -> None:
    """Calls get more time once before anyone is killed."""
    stage = world(lambda _events, _pressure: (0.01, "hang"))
    for number in range(2):
        stage.submit(1.0, event(number, f"camera{number}"))
    stage.run(10.9)
    assert not stage.said(h.Kill)
    stage.run(11.1)
    assert len(stage.said(h.Kill)) == 2


def test_a_tick_that_comes_late_gives_the_calls_their_time_back() -> None:
    """If we stood still ourselves, the handlers are not blamed."""
    stage = world(lambda _events, _pressure: (0.01, "hang"))
    stage.submit(1.0, event(1))
    stage.run(5.0)
    assert not stage.engine.handle(h.Tick(), 30.0)


def test_a_repeat_of_a_known_event_changes_only_who_is_told() -> None:
    """A sender's successor submits again what is here: it is done once and told to the newcomer."""
    stage = world(steady(1.0))
    stage.submit(1.0, event(1), sender=1)
    stage.submit(1.5, event(1), sender=2)
    stage.run(4.0)
    settles = [command for command in stage.said(h.Settle) if isinstance(command, h.Settle)]
    assert [command.sender for command in settles] == [2]
    assert stage.tries["gate:e:1"] == 1


def test_a_repeat_of_a_settled_event_is_answered_from_the_ledger() -> None:
    """A successor controller knows what its predecessor settled."""
    kept_state = ForgetfulState()
    kept_state.note_settled(Settlement("gate:e:1", "dropped", "overload"))
    stage = World(ROW, SETTINGS, steady(0.01), kept_state)
    stage.submit(1.0, event(1))
    stage.run(2.0)
    assert outcomes(stage) == {"gate:e:1": "dropped"}
    assert not stage.tries


def test_an_event_that_controllers_died_over_goes_to_quarantine() -> None:
    """What kills controllers must not kill them for ever."""
    kept_state = ForgetfulState()
    kept_state.died_over["gate:e:1"] = 3
    stage = World(ROW, SETTINGS, steady(0.01), kept_state)
    stage.submit(1.0, event(1))
    stage.submit(1.0, event(2))
    stage.run(2.0)
    assert outcomes(stage) == {"gate:e:1": "quarantined", "gate:e:2": "done"}
    assert "died over" in stage.settled["gate:e:1"].reason


def test_the_ledger_knows_what_a_handler_has() -> None:
    """In flight is noted before the dispatch and taken back after."""
    kept_state = ForgetfulState()
    stage = World(ROW, SETTINGS, steady(0.5), kept_state)
    stage.submit(1.0, event(1))
    stage.run(1.2)
    assert kept_state.dispatched == {"gate:e:1"}
    stage.run(2.0)
    assert not kept_state.dispatched


def test_when_a_sender_is_gone_its_events_are_finished_all_the_same() -> None:
    """The settlement is kept for whoever submits them again."""
    stage = world(steady(1.0))
    stage.submit(1.0, event(1))
    stage.at(1.5, lambda: stage.tell(h.SenderGone(1)))
    stage.run(3.0)
    settles = [command for command in stage.said(h.Settle) if isinstance(command, h.Settle)]
    assert [command.sender for command in settles] == [None]
    assert stage.kept_state.settled("gate:e:1") == Settlement("gate:e:1", "done")


def test_a_successor_that_comes_back_gets_everything_again_in_order() -> None:
    """Unsettled outputs first, in their order, then new ones."""
    stage = world(steady(0.01))
    stage.successor_delay_s = None
    for number in range(3):
        stage.submit(1.0 + number / 10, event(number))
    stage.run(2.0)
    stage.tell(h.SuccessorDown("next"))
    stage.submit(2.5, event(3))
    stage.run(3.0)
    stage.order.clear()
    stage.tell(h.SuccessorUp("next", Window(100, 10**9, 100), 0))
    assert stage.order == [f"gate:e:{number}.0" for number in range(4)]


def test_a_slow_successor_stops_the_dispatching() -> None:
    """No more than a window is outstanding and another waits: the rest stays in the queue."""
    stage = world(steady(0.001))
    stage.successor_delay_s = None
    stage.tell(h.SuccessorUp("next", Window(5, 10**9, 100), 0))
    for number in range(100):
        stage.submit(1.0 + number / 100, event(number))
    stage.run(5.0)
    assert len(stage.order) == 5
    assert stage.engine.figures(5.0).queue_events >= 100 - 5 - 5 - 4


def test_the_successors_pressure_is_passed_on() -> None:
    """A full detector makes those before it send less."""
    stage = world(steady(0.01))
    stage.tell(h.SuccessorPressed("next", 3))
    assert stage.engine.pressure == 3
    stage.submit(1.0, event(1))
    stage.run(1.01)
    dispatched = [command for command in stage.said(h.Dispatch) if isinstance(command, h.Dispatch)]
    assert dispatched[0].pressure == 3
    stage.tell(h.SuccessorPressed("next", 0))
    assert stage.engine.pressure == 0


def test_a_stage_that_ends_the_stream_keeps_the_pressure_of_its_successors() -> None:
    """Slow readers cost no frames, and pressure does not go around in a ring for ever."""
    stage = world(steady(0.01), attrs.evolve(ROW, absorbs_pressure=True))
    stage.tell(h.SuccessorPressed("next", 3))
    assert stage.engine.pressure == 0


def test_who_is_given_facts_alone_presses_nobody() -> None:
    """Nobody on the stream waits for facts, so a full receiver of facts slows nobody down."""
    facts = (StageOutput("number", "next", is_fact=True),)
    stage = world(steady(0.01), attrs.evolve(ROW, gives=facts))
    stage.tell(h.SuccessorPressed("next", 4))
    assert stage.engine.pressure == 0


def test_a_full_queue_drops_with_a_reason_and_by_key() -> None:
    """Bounds by events; what goes is settled as dropped and counted, never silent (R11)."""
    stage = world(steady(10.0), queue_events=10, deadline_ceiling_s=60.0)
    for number in range(30):
        stage.submit(1.0, event(number, "greedy" if number % 3 else "modest"))
    stage.run(2.0)
    drops = stage.engine.figures(2.0).drops["queue_full"]
    dropped = [s for s in stage.settled.values() if s.outcome == "dropped"]
    assert {s.reason for s in dropped} == {"queue_full"}
    assert sum(drops.values()) == len(dropped) >= 30 - 10 - 4
    assert drops["greedy"] > drops.get("modest", 0)


def test_a_queue_is_bounded_by_bytes_too() -> None:
    """A few heavy events fill it."""
    stage = world(steady(10.0), queue_bytes=1000, deadline_ceiling_s=60.0)
    for number in range(12):
        stage.submit(1.0, event(number, body=b"x" * 400))
    stage.run(2.0)
    assert stage.engine.figures(2.0).queue_bytes <= 1000


CONNECTION = (Payload("connection", 0),)


def test_connections_are_closed_on_doubt_not_tried_again() -> None:
    """At most once goes by the event: beside it, one without a connection is tried again."""
    stage = world(lambda _events, _: (0.01, "crash"))
    stage.submit(1.0, event(1, payloads=CONNECTION))
    stage.submit(1.0, event(2, payloads=(Payload("memory", 1),)))
    stage.run(3.0)
    assert outcomes(stage) == {"gate:e:1": "dropped", "gate:e:2": "quarantined"}
    assert (stage.tries["gate:e:1"], stage.tries["gate:e:2"]) == (1, 2)


def test_a_failed_event_with_a_connection_is_not_tried_again() -> None:
    """What its code said to the client before it raised nobody knows."""
    stage = world(lambda _events, _: (0.01, "failed"))
    stage.submit(1.0, event(1, payloads=CONNECTION))
    stage.run(3.0)
    assert outcomes(stage) == {"gate:e:1": "dropped"}
    assert stage.tries["gate:e:1"] == 1


def test_a_connection_is_not_handed_on_by_a_handler_that_stopped_before_it_answered() -> None:
    """Politeness makes no difference: the client may have got half of an answer."""
    row = attrs.evolve(ROW, handler="async", gives=(), concurrency=8)
    numbers = attrs.evolve(SETTINGS, handlers_min=1, handlers_max=1)
    engine = Engine(EngineContext(row, numbers, ForgetfulState()), random.Random(1), 0.0)
    events = (event(1, payloads=CONNECTION), event(2))
    happenings: list[h.Happening] = [
        h.Tick(),
        h.HandlerReady(1, 0.0),
        *(h.Arrived(1, it) for it in events),
        h.Drain(),
        h.HandlerExited(1, "exited-0", ""),
    ]
    commands = [command for it in happenings for command in engine.handle(it, 1.0)]
    settled = [it.settlement for it in commands if isinstance(it, h.Settle)]
    assert [(it.id, it.outcome) for it in settled] == [("gate:e:1", "dropped")]
    assert sum(isinstance(it, h.Spawn) for it in commands) == 2  # the second one for the other


def test_a_drain_does_not_wait_for_who_has_ended_before() -> None:
    """In a ring somebody is last: what it gives to those before it is left to nobody."""
    stage = World(ROW, SETTINGS, steady(0.01), stopped_earlier=frozenset({"next"}))
    stage.successor_delay_s = None
    stage.submit(1.0, event(1))
    stage.at(1.5, lambda: stage.tell(h.Drain()))
    stage.run(3.0)
    assert stage.engine.is_drained()
    assert stage.engine.undeliverable == 1


def test_drain_finishes_everything_and_sends_the_handlers_home() -> None:
    """A polite stop loses nothing."""
    stage = world(steady(0.1))
    for number in range(20):
        stage.submit(1.0, event(number))
    stage.at(1.05, lambda: stage.tell(h.Drain()))
    stage.run(1.3)
    assert not stage.engine.is_drained()
    stage.run(5.0)
    assert stage.engine.is_drained()
    assert set(outcomes(stage).values()) == {"done"}
    assert len(stage.settled) == 20


def test_a_handler_that_says_done_to_nothing_is_killed() -> None:
    """A call number that was never given is garbage."""
    stage = world(steady(0.01))
    stage.run(1.0)
    stage.tell(h.HandlerDone(1, 77, 0.1, (), HandlerFigures()))
    assert stage.said(h.Kill) == [h.Kill(1, "garbage")]


def test_an_event_whose_quarantine_can_not_be_written_is_settled_loudly() -> None:
    """A full disk under the quarantine stops nothing, and the reason says so."""
    stage = world(crash_always("gate:e:1"))
    stage.quarantine_problem = "No space left on device"
    stage.submit(1.0, event(1))
    stage.submit(1.5, event(2))
    stage.run(3.0)
    assert outcomes(stage) == {"gate:e:1": "quarantined", "gate:e:2": "done"}
    assert "not kept: No space left" in stage.settled["gate:e:1"].reason


@pytest.mark.parametrize("isolation", ["pooled", "per_event"])
def test_both_isolation_modes_do_the_same_work(isolation: str) -> None:
    """In per_event every call has a process of its own (R24); pooled handlers serve many."""
    stage = world(steady(0.01), isolation=isolation, handlers_max=2)
    for number in range(20):
        stage.submit(1.0 + number / 10, event(number))
    stage.run(10.0)
    assert set(outcomes(stage).values()) == {"done"}
    used = {c.handler for c in stage.said(h.Dispatch) if isinstance(c, h.Dispatch)}
    assert len(used) == (20 if isolation == "per_event" else 1)


def test_auto_isolation_measures_what_a_start_costs() -> None:
    """per_event where a start is at most the configured share of the work, else pooled."""
    found = {}
    for service_s in (0.005, 0.5):
        stage = World(ROW, attrs.evolve(SETTINGS, isolation="auto"), steady(service_s))
        for number in range(60):
            stage.submit(1.0 + number * service_s, event(number))
        stage.run(2.0 + 100 * service_s)
        found[service_s] = stage.engine.figures(stage.now_s).isolation
    assert found == {0.005: "pooled", 0.5: "per_event"}


@pytest.mark.parametrize(("units", "found"), [(1.0, "pooled"), (10.0, "per_event")])
def test_auto_isolation_compares_a_start_with_a_call_and_not_with_a_unit(
    units: float, found: str
) -> None:
    """A call of ten frames is ten times the work for one start."""
    stage = World(ROW, attrs.evolve(SETTINGS, isolation="auto"), steady(0.006))
    for number in range(60):
        stage.submit(1.0 + number * 0.1, event(number, units=units))
    stage.run(8.0)
    assert stage.engine.figures(stage.now_s).isolation == found


def test_auto_isolation_counts_what_the_first_call_of_a_process_takes_longer() -> None:
    """A start that leaves the loading to the first call is no cheap one."""
    seen: set[int] = set()

    def behave(_events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        last = stage.said(h.Dispatch)[-1]
        assert isinstance(last, h.Dispatch)
        is_first = last.handler not in seen
        seen.add(last.handler)
        return (0.4 if is_first else 0.06), "done"

    stage = World(ROW, attrs.evolve(SETTINGS, isolation="auto"), behave)
    for number in range(60):
        stage.submit(1.0 + number * 0.2, event(number))
    stage.run(20.0)
    assert stage.engine.figures(stage.now_s).isolation == "pooled"


@pytest.mark.parametrize("isolation", ["pooled", "per_event"])
def test_the_deadline_is_learned_whatever_the_isolation(isolation: str) -> None:
    """A call that hangs is ended at what calls of ten units take, not at the ceiling (R9)."""

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        return 0.1, "hang" if events[0].id == "gate:e:150" else "done"

    stage = world(
        behave,
        isolation=isolation,
        deadline_floor_s=0.2,
        deadline_ceiling_s=30.0,
        handlers_max=1,
    )
    for number in range(151):
        stage.submit(1.0 + number * 0.2, event(number, units=10.0))
    stage.run(40.0)
    kills = [place for place, it in enumerate(stage.log) if isinstance(it, h.Kill)]
    assert stage.log[kills[0]].cause == "deadline"  # type: ignore[union-attr]
    assert stage.settled["gate:e:150"].outcome == "quarantined"
    began_s = 1.0 + 150 * 0.2
    assert stage.settled_s["gate:e:150"] - began_s < 2 * 4 * 0.1 * 1.5 + 0.2


def test_what_a_handler_printed_last_is_no_cause_of_its_end() -> None:
    """Both are told, each under its name, in the log and with the event."""
    stage = world(lambda _events, _pressure: (0.1, "hang"), handlers_min=1, handlers_max=1)
    stage.submit(1.0, event(1))
    for until_s in (2.0, 4.0):
        stage.run(until_s)
        [handler] = stage.calls
        del stage.calls[handler]
        stage.tell(h.HandlerExited(handler, "signal-9", "", "the detector runs on CPU"))
        stage.run(until_s + 1.0)
    [said] = [it for it in stage.said(h.Say) if isinstance(it, h.Say)][:1]
    assert said.about["cause"] == "signal-9"
    assert said.about["printed_last"] == "the detector runs on CPU"
    assert "detail" not in said.about
    reason = stage.settled["gate:e:1"].reason
    assert reason == "its handler ended: signal-9; it printed last: the detector runs on CPU"


def test_handlers_are_recycled_after_their_service() -> None:
    """A handler that served its number of events is replaced politely."""
    stage = world(steady(0.01), recycle_after_events=8, handlers_min=1)
    for number in range(40):
        stage.submit(1.0 + number / 10, event(number))
    stage.run(10.0)
    assert set(outcomes(stage).values()) == {"done"}
    assert len(stage.said(h.Retire)) >= 3
    assert not stage.engine.figures(10.0).restarts


def test_patient_events_share_a_call_and_wait_for_no_longer_than_a_moment() -> None:
    """What comes within a tenth of a second goes in one call; who is in a hurry takes all along."""
    row = attrs.evolve(
        ROW, handler="async", takes=("fact", "number"), patient=("fact",), concurrency=64
    )
    stage = world(steady(0.01), row, handlers_min=1, handlers_max=1, events_per_call=16)
    for number in range(5):
        stage.submit(1.3 + number / 100, Event(f"fact{number}", "fact", "gate"))
    stage.submit(2.6, Event("fact5", "fact", "gate"))
    stage.submit(2.61, event(6))
    stage.run(3.0)
    calls = [[it.id for it in call.events] for call in stage.said(h.Dispatch)]
    assert calls == [[f"fact{number}" for number in range(5)], ["fact5", "gate:e:6"]]
    assert stage.settled_s["fact0"] == pytest.approx(1.3 + PATIENCE_S + 0.05, abs=0.005)
    assert stage.settled_s["fact5"] == pytest.approx(2.63, abs=0.005)


def test_a_stage_without_work_is_ticked_once_a_second() -> None:
    """Time is looked at oftener only while something waits for it."""
    stage = world(steady(0.01))
    stage.run(20.0)
    ticks = [stage.engine.next_tick_s(stage.now_s)]
    for _ in range(5):
        stage.run(ticks[-1] + 0.0001)
        ticks.append(stage.engine.next_tick_s(stage.now_s))
    assert [b - a for a, b in pairwise(ticks)] == pytest.approx([1.0] * 5, abs=0.001)
