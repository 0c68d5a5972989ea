"""Keys that take far longer than others: their share, their calls, and when they are set aside."""

from typing import Any

import attrs
import pytest

from conf.schema import StageSettings
from controller.core import happenings as h
from controller.core.set_aside import CALM_S, FIRST_S, FORGIVE_S, LONGEST_S, SetAsideKeys
from controller.core.settling import OVERTAKEN
from controller.core.work import SET_ASIDE
from seda.messages import Event, Settlement
from seda.pipeline import Stage, StageOutput
from seda.protocol import Window
from testing.controllers.world import Behave, World, event

ROW = Stage(
    "decoder",
    "x:y",
    ("number", "lesson"),
    (StageOutput("number", "next"),),
    one_at_a_time=True,
    perishable=("number",),
)
SETTINGS = StageSettings(
    handlers_min=2,
    handlers_max=2,
    deadline_floor_s=1.0,
    deadline_ceiling_s=3.0,
    fresh_s=3.0,
)
BOMB_S = 1.5


def world(behave: Behave, **numbers: Any) -> World:
    """Return a stage that decodes."""
    return World(ROW, attrs.evolve(SETTINGS, **numbers), behave)


def bombs(service_s: float, what: str = "done") -> Behave:
    """Cameras that are called bombs take so long a call, all others 20 ms an event."""

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        is_bomb = any(e.key.startswith("bomb") for e in events)
        return (service_s, what) if is_bomb else (0.02 * len(events), "done")

    return behave


def film(stage: World, cameras: list[str], until_s: float, every_s: float = 2.0) -> None:
    """Have cameras send a chunk every so often, one after the other."""
    for place, camera in enumerate(cameras):
        at_s, number = 1.0 + every_s * place / len(cameras), 0
        while at_s < until_s:
            stage.submit(at_s, event(number, camera, born_s=at_s))
            at_s, number = at_s + every_s, number + 1


def waits_s(stage: World, camera: str, after_s: float) -> list[float]:
    """Return how long a camera's chunks took that were done, after the first seconds."""
    took = []
    for event_id, settlement in stage.settled.items():
        born_s = stage.born_s[event_id]
        if event_id.startswith(f"{camera}:") and settlement.outcome == "done" and born_s > after_s:
            took.append(stage.settled_s[event_id] - born_s)
    return took


@pytest.mark.parametrize("events_per_call", [1, 8])
def test_slow_cameras_do_not_keep_the_others_waiting(events_per_call: int) -> None:
    """Three cameras could keep two handlers busy; seventeen others wait for neither (R2, R24)."""
    stage = world(bombs(BOMB_S), events_per_call=events_per_call)
    good = [f"good{number}" for number in range(17)]
    film(stage, [*good, "bomb1", "bomb2", "bomb3"], 60.0)
    stage.run(70.0)
    longest_s = sorted(wait_s for camera in good for wait_s in waits_s(stage, camera, 10.0))
    assert longest_s[-1] < BOMB_S / 2
    assert all(waits_s(stage, f"bomb{number}", 10.0) for number in (1, 2, 3))


def test_while_others_wait_a_slow_camera_gets_its_share_and_no_more() -> None:
    """Seventeen cameras need more than one of two handlers; a slow one leaves them theirs."""

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        return (2.0 if events[0].key == "bomb" else 0.14, "done")

    stage = world(behave)
    good = [f"good{number}" for number in range(17)]
    film(stage, [*good, "bomb"], 120.0)
    stage.run(130.0)
    longest_s = sorted(wait_s for camera in good for wait_s in waits_s(stage, camera, 20.0))
    assert len(longest_s) > 0.97 * 17 * 50
    assert longest_s[len(longest_s) * 95 // 100] < 1.0
    assert waits_s(stage, "bomb", 20.0)


def test_a_stop_waits_for_no_share() -> None:
    """Slow events that are left are worked on at once."""
    stage = world(lambda events, _: (2.0 if events[0].key == "bomb" else 0.22, "done"))
    film(stage, [*(f"good{number}" for number in range(17)), "bomb"], 60.0)
    for number in range(3):
        stage.submit(58.0, event(1000 + number, "bomb"))
    stage.run(60.0)
    stage.tell(h.Drain())
    stage.run(60.0 + 12.0)
    assert stage.engine.is_drained()


def test_slow_cameras_share_what_is_left_in_seconds() -> None:
    """One that takes three times as long gets a third as many chunks done."""
    stage = world(lambda events, _: (3.0 if events[0].key == "bomb1" else 1.0, "done"))
    film(stage, ["bomb1", "bomb2", "bomb3"], 200.0, every_s=0.5)
    stage.run(200.0)
    done = [len(waits_s(stage, f"bomb{number}", 20.0)) for number in (1, 2, 3)]
    assert 2.2 < done[1] / done[0] < 4.0
    assert 0.8 < done[1] / done[2] < 1.25


def test_a_busy_machine_is_charged_to_nobody() -> None:
    """What counts is the processor's time: who had to wait for it is served as often as others."""

    def behave(events: tuple[Event, ...], _pressure: int) -> tuple[float, str]:
        unlucky = events[0].key == "a"
        stage.cpu_share = 0.05 if unlucky else 0.5
        return (1.0 if unlucky else 0.1, "done")

    stage = world(behave, handlers_min=1, handlers_max=1)
    film(stage, ["a", "b"], 100.0, every_s=0.3)
    stage.run(100.0)
    done = [len(waits_s(stage, camera, 10.0)) for camera in "ab"]
    assert 0.8 < done[0] / done[1] < 1.25


def test_old_chunks_give_way_to_new_ones() -> None:
    """Whoever gets less than it sends is shown what is there now (R24)."""
    stage = world(lambda _events, _: (1.0, "done"), handlers_min=1, handlers_max=1)
    film(stage, ["a", "b"], 60.0, every_s=1.0)
    stage.run(60.0)
    assert max(waits_s(stage, "a", 5.0) + waits_s(stage, "b", 5.0)) <= 3.0 + 2 * 1.0 + 0.5
    assert OVERTAKEN in {settlement.reason for settlement in stage.settled.values()}


def test_outputs_that_wait_for_a_slow_successor_give_way_too() -> None:
    """Of each key the newest comes first through, and what it replaced is settled with a reason."""
    stage = world(lambda events, _: (0.01 * len(events), "done"))
    stage.successor_delay_s = None
    stage.tell(h.SuccessorUp("next", Window(6, 10**9, 1000), 0))
    film(stage, ["a"], 30.0)
    stage.run(30.0)
    assert sorted(stage.submitted) == [f"a:e:{number}.0" for number in range(6)]
    assert {it.reason for it in stage.settled.values()} == {OVERTAKEN}
    before = set(stage.submitted)
    stage.tell(h.OutputSettled("next", Settlement("a:e:0.0", "done")))
    (next_one,) = set(stage.submitted) - before
    assert next_one == "a:e:13.0"


def test_what_is_played_fast_is_never_overtaken() -> None:
    """A file's chunks have no present: all of them are worked on."""
    stage = world(lambda _events, _: (1.0, "done"))
    for number in range(20):
        stage.submit(1.0, event(number, "file"))
    stage.run(60.0)
    assert {settlement.outcome for settlement in stage.settled.values()} == {"done"}


def test_a_camera_that_is_killed_twice_is_set_aside_in_words() -> None:
    """Its chunks are dropped with that reason, the others go on, and it is tried again (R24)."""
    stage = world(bombs(BOMB_S, "hang"))
    film(stage, ["good", "bomb"], 60.0)
    stage.run(9.0)
    assert stage.engine.figures(stage.now_s).set_aside.keys() == {"bomb"}
    (said,) = [one for one in stage.log if isinstance(one, h.Say) and "set aside" in one.words]
    assert said.about == {"key": "bomb", "for_s": FIRST_S}
    stage.run(100.0)
    reasons = [it.reason for key, it in stage.settled.items() if key.startswith("bomb")]
    assert reasons.count(SET_ASIDE) > 20
    kills = [one for one in stage.log if isinstance(one, h.Kill) and one.cause == "deadline"]
    assert 3 <= len(kills) <= 5
    assert len(waits_s(stage, "good", 0.0)) == 30


def test_lessons_of_a_camera_that_is_set_aside_are_not_lost() -> None:
    """They are no pictures: nothing of them took long."""
    stage = world(bombs(BOMB_S, "hang"))
    film(stage, ["bomb"], 10.0)
    stage.run(9.0)
    lesson = attrs.evolve(event(99, "bomb"), id="lesson", kind="lesson")
    stage.behave = bombs(0.01)
    stage.submit(9.5, lesson)
    stage.run(10.0)
    assert stage.settled["lesson"].outcome == "done"


def test_waits_double_and_are_forgiven() -> None:
    """Two kills set aside, one more each time after; a key that behaved for long begins anew."""
    aside, now_s, waits = SetAsideKeys(), 100.0, []
    assert aside.note_kill("bomb", now_s) is None
    for _ in range(9):
        wait_s = aside.note_kill("bomb", now_s)
        assert wait_s is not None
        assert aside.holds("bomb", now_s)
        assert not aside.holds("other", now_s)
        assert aside.waits_s(now_s) == {"bomb": wait_s}
        waits.append(wait_s)
        now_s += wait_s
        assert not aside.holds("bomb", now_s)
    assert waits == [min(FIRST_S * 2**number, LONGEST_S) for number in range(9)]
    assert aside.note_kill("bomb", now_s + FORGIVE_S + 1) is None
    later_s = now_s + FORGIVE_S + CALM_S + 2
    assert aside.note_kill("bomb", later_s) is None
    assert aside.note_kill("bomb", later_s) == FIRST_S
