"""Calls of several events for async stages: what came together goes out together."""

import random

from conf.schema import StageSettings
from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.engine import Engine
from seda.pipeline import Stage
from testing.controllers.kept_state import ForgetfulState
from testing.controllers.world import event

ROW = Stage("reply", "x:y", ("number",), handler="async", concurrency=16)


def ready_engine(events_per_call: int) -> Engine:
    """Return an engine with one handler that serves."""
    settings = StageSettings(handlers_min=1, handlers_max=1, events_per_call=events_per_call)
    engine = Engine(EngineContext(ROW, settings, ForgetfulState()), random.Random(1), 0.0)
    (spawned,) = [it for it in engine.handle(h.Tick(), 0.0) if isinstance(it, h.Spawn)]
    engine.handle(h.HandlerBorn(spawned.handler, 100), 0.1)
    engine.handle(h.HandlerReady(spawned.handler, 0.1), 0.1)
    return engine


def calls(commands: list[h.Command]) -> list[int]:
    """Return how many events each call has."""
    return [len(it.events) for it in commands if isinstance(it, h.Dispatch)]


def test_events_of_one_turn_share_a_call() -> None:
    """At its end they go out, as many in a call as may be."""
    engine = ready_engine(16)
    for number in range(20):
        assert calls(engine.handle(h.Arrived(1, event(number, "anna")), 1.0)) == []
    assert engine.has_gathered
    assert calls(engine.handle(h.Turned(), 1.0)) == [16, 4]
    assert not engine.has_gathered


def test_a_stage_of_single_events_waits_for_nothing() -> None:
    """Its events go out as they come."""
    engine = ready_engine(1)
    assert calls(engine.handle(h.Arrived(1, event(1, "anna")), 1.0)) == [1]
    assert not engine.has_gathered
