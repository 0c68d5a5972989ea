"""Events that last: a camera is watched until a stop, whatever becomes of its handlers."""

import attrs
import pytest

from conf.schema import StageSettings
from controller.core import happenings as h
from controller.core.engine import GRANT_OUTPUTS
from controller.core.policies.restarts import DYING_ENDS, DYING_WITHIN_S
from seda.messages import Event, HandlerFigures, Output
from seda.pipeline import Stage, StageOutput
from testing.controllers.world import World, event

ROW = Stage(
    "watch",
    "x:y",
    ("number",),
    (StageOutput("chunk", "next"), StageOutput("fact", "next", is_fact=True)),
    handler="async",
    is_lasting=True,
    concurrency=3,
)


def watching(cameras: int, handlers_max: int = 20) -> World:
    """Return a stage that has so many cameras, which never end."""
    settings = StageSettings(handlers_min=1, handlers_max=handlers_max)
    stage = World(ROW, settings, lambda _events, _pressure: (0.0, "hang"))
    for number in range(cameras):
        stage.submit(0.5, event(number, f"camera{number}"))
    stage.run(2.0)
    return stage


def watched(stage: World) -> dict[int, list[str]]:
    """Return which keys each live handler has."""
    return {
        handler.number: [item.event.key for call in handler.calls.values() for item in call.items]
        for handler in stage.engine._pool
    }


def test_there_are_as_many_handlers_as_hold_all_cameras() -> None:
    """Even one camera more than a handler holds gets a handler, and no more are started (R14)."""
    held = watched(watching(7))
    assert sorted(map(len, held.values())) in ([1, 3, 3], [2, 2, 3])
    assert len(watching(3).alive) == 1


def test_a_killed_handlers_cameras_are_taken_over_and_never_quarantined() -> None:
    """However often that happens (R2, R9)."""
    stage = watching(5)
    for _ in range(6):
        stage.exit(min(stage.alive), "signal-9")
        stage.run(stage.now_s + 0.9)
        held = sorted(key for keys in watched(stage).values() for key in keys)
        assert held == [f"camera{number}" for number in range(5)]
        for number in stage.alive:
            stage.tell(h.HandlerBeat(number, HandlerFigures()))
            _emit(stage, number, "chunk")
    assert not stage.settled


def _emit(stage: World, handler: int, kind: str) -> None:
    identity = f"{kind}/{handler}/{stage.now_s}"
    output = Output("next", Event(identity, kind, "camera0"))
    stage.tell(h.HandlerEmitted(handler, (output,), HandlerFigures()))


def test_a_handler_that_gave_chunks_is_replaced_at_once() -> None:
    """It never finishes a call, but it was not fruitless; facts alone are no fruit."""
    for kind, is_at_once in (("chunk", True), ("fact", False)):
        stage = watching(1)
        for _ in range(12):
            if stage.alive:
                _emit(stage, min(stage.alive), kind)
                stage.exit(min(stage.alive), "signal-11")
            stage.run(stage.now_s + 0.1)
        assert (stage.engine._manager.restarts.next_s == 0.0) is is_at_once


def test_a_stop_gives_up_what_lasts() -> None:
    """Cameras that are watched and those that wait for a handler: nothing holds the stop up."""
    stage = watching(5, handlers_max=1)
    stage.tell(h.Drain())
    stage.run(stage.now_s + 1.0)
    assert {it.reason for it in stage.settled.values()} == {"stopping"}
    assert len(stage.settled) == 5
    assert stage.engine.is_drained()


def test_facts_take_no_room() -> None:
    """A handler is granted room for chunks alone, for many together."""
    stage = watching(1)
    handler = min(stage.alive)
    stage.log.clear()
    _emit(stage, handler, "fact")
    assert not stage.said(h.Grant)
    for _ in range(GRANT_OUTPUTS - 1):
        _emit(stage, handler, "chunk")
    assert not stage.said(h.Grant)
    _emit(stage, handler, "chunk")
    assert stage.said(h.Grant) == [h.Grant(handler, GRANT_OUTPUTS)]


def test_many_handlers_that_end_at_once_are_replaced_at_once() -> None:
    """All had given something, so this is no row of fruitless starts."""
    stage = watching(45)
    stage.run(2.5)
    numbers = sorted(stage.alive)
    assert len(numbers) == 15
    for number in numbers:
        _emit(stage, number, "chunk")
    for number in numbers:
        stage.exit(number, "signal-9")
    assert stage.engine._manager.restarts.next_s == 0.0
    stage.run(stage.now_s + 0.5)
    assert len(stage.alive) == 15


def test_a_stage_whose_handlers_keep_dying_says_so_however_much_they_did() -> None:
    """Each gave something before it died, so it never gives up; it is over when they live (R9)."""
    stage = watching(1)
    for ends in range(1, DYING_ENDS + 1):
        (number,) = stage.alive
        _emit(stage, number, "chunk")
        stage.exit(number, "exited-1")
        stage.run(stage.now_s + 0.9)
        stage.tell(h.HandlerBeat(min(stage.alive), HandlerFigures()))
        figures = stage.engine.figures(stage.now_s)
        assert figures.state == "serving"
        assert ("keep dying" in figures.trouble) == (ends == DYING_ENDS)
    assert "exited-1" in figures.trouble
    assert stage.engine.figures(stage.now_s + DYING_WITHIN_S).trouble == ""


def test_what_a_handler_says_of_itself_is_the_trouble_of_its_stage() -> None:
    """Until it says that all is well."""
    stage = watching(1)
    (number,) = stage.alive
    for words in ("the store is damaged", ""):
        stage.tell(h.HandlerBeat(number, HandlerFigures(trouble=words)))
        assert stage.engine.figures(stage.now_s).trouble == words


def _live(stage: World, seconds: float, evil: set[str]) -> dict[str, float]:
    """Let handlers beat and give chunks, but for those that hold an evil key; return who is seen.

    Seen is when a key's last chunk came.
    """
    seen: dict[str, float] = {}
    for _ in range(int(seconds / 0.5)):
        for number, keys in watched(stage).items():
            if number in stage.alive and not evil & {*keys}:
                stage.tell(h.HandlerBeat(number, HandlerFigures()))
                for key in keys:
                    identity = f"chunk/{key}/{stage.now_s}"
                    output = Output("next", Event(identity, "chunk", key))
                    stage.tell(h.HandlerEmitted(number, (output,), HandlerFigures()))
                    seen[key] = stage.now_s
        stage.run(stage.now_s + 0.5)
    return seen


@pytest.mark.parametrize("culprits", [1, 3])
def test_what_silences_its_handler_is_parted_from_the_others(culprits: int) -> None:
    """All others are seen again within fifteen seconds, and then never away (R2)."""
    row = attrs.evolve(ROW, concurrency=50)
    stage = World(row, StageSettings(handlers_max=20), lambda _events, _pressure: (0.0, "hang"))
    for number in range(50):
        stage.submit(0.5, event(number, f"camera{number}"))
    stage.run(2.0)
    evil = {f"camera{7 * number}" for number in range(culprits)}
    good = {f"camera{number}" for number in range(50)} - evil
    _live(stage, 15.0, evil)
    for _ in range(60):
        seen = _live(stage, 3.0, evil)
        assert {*seen} == good
    assert {*stage.engine.figures(stage.now_s).set_aside} == evil
    assert stage.engine.figures(stage.now_s).state == "serving"
    seen = _live(stage, 900.0, set())
    assert {*seen} >= good | evil


def test_what_somebody_else_killed_is_not_parted() -> None:
    """Kills from outside say nothing about a camera."""
    stage = watching(3)
    for _ in range(4):
        stage.exit(min(stage.alive), "signal-9")
        stage.run(stage.now_s + 0.9)
    assert sorted(map(len, watched(stage).values())) == [3]
    assert not stage.engine.figures(stage.now_s).set_aside
