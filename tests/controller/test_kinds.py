"""Whole controllers of every kind of stage: a process an event, programs, async handlers."""

from contextlib import closing
from pathlib import Path

import attrs

from conf.schema import StageSettings
from seda import codec, processes
from seda.messages import Event
from seda.pipeline import Stage, StageOutput
from seda.sender import Sender
from testing.controllers.live import listener
from testing.controllers.stations import (
    Station,
    events,
    pump_until,
    row,
    settle_all,
    station,
)
from testing.handlers.functions import Note
from testing.waiting import wait_until

ASYNC = Stage(
    "one",
    "testing.handlers.asynchronous:serve",
    ("note",),
    (StageOutput("note", "last"),),
    handler="async",
    concurrency=64,
    settings=StageSettings(handlers_max=1),
)
LAST = Stage(
    "last", "testing.handlers.functions:noop", ("note",), settings=StageSettings(handlers_max=1)
)


def note(number: int, text: str) -> Event:
    """Return an event for an async stage."""
    return Event(f"e{number}", "note", "key", codec.encode_body(Note(text)))


def signed(at: Station) -> dict[str, int]:
    """Return by event which process had it."""
    return {it.name: int(it.read_text()) for it in at.own.iterdir()}


def test_every_event_has_a_process_of_its_own(tmp_path: Path) -> None:
    """R11: per_event; a crash between them costs its own event only."""
    stage = row("one")
    stage = attrs.evolve(stage, settings=attrs.evolve(stage.settings, isolation="per_event"))
    with station(tmp_path, stage) as one:
        outcomes = settle_all(one, events(["sign"] * 10 + ["exit"] + ["sign"] * 10))
        assert [n for n in range(21) if outcomes[f"e{n}"].outcome != "done"] == [10]
        assert outcomes["e10"].outcome == "quarantined"
        assert len(set(signed(one).values())) == 20
        assert one.stop() == 0


def test_handlers_that_are_started_as_programs_serve_die_and_are_replaced(tmp_path: Path) -> None:
    """R11: start="exec", for code that cannot be forked; one spare waits."""
    stage = attrs.evolve(row("one"), start="exec")
    with station(tmp_path, stage) as one:
        outcomes = settle_all(one, events(["sign", "exit", "hang", "raise", "sign"]))
        assert [n for n in range(5) if outcomes[f"e{n}"].outcome == "done"] == [0, 4]
        before = signed(one)
        assert before["e0"] != before["e4"]
        wait_until(
            lambda: len(processes.children_of(one.process.pid)) == 2, "one to serve, one to spare"
        )
        assert one.stop() == 0


def test_async_handlers_emit_what_nobody_asked_for(tmp_path: Path) -> None:
    """Far more than the room that they begin with: it is granted again as successors take over."""
    with (
        listener(tmp_path) as live,
        station(tmp_path, LAST, "live") as last,
        station(tmp_path, ASYNC, "last") as one,
        closing(Sender(one.path, "test")) as sender,
    ):
        sender.submit(note(0, "emit 300"))
        sender.submit(note(1, "pass on"))
        settled = pump_until(sender, lambda it: len(it) >= 2)
        assert {it.outcome for it in settled} == {"done"}
        figures = live.figures_when(lambda it: it.events.get("done", 0) >= 301)
        assert figures.events["done"] == 301
        assert (one.stop(), last.stop()) == (0, 0)


def test_an_async_handler_whose_loop_is_blocked_is_replaced(tmp_path: Path) -> None:
    """Its heart does not beat; what it had besides is served by the next, again and again."""
    with (
        station(tmp_path, LAST),
        station(tmp_path, ASYNC, "last") as one,
        closing(Sender(one.path, "test")) as sender,
    ):
        sender.submit(note(0, "pass on"))
        pump_until(sender, lambda it: len(it) == 1)
        for number, text in enumerate(["pass on", "block", "pass on", "pass on"], 1):
            sender.submit(note(number, text))
        settled = pump_until(sender, lambda it: len(it) == 4)
        assert {it.id: it.outcome for it in settled} == {
            "e1": "done",
            "e2": "quarantined",
            "e3": "done",
            "e4": "done",
        }
        assert "no-heartbeat" in one.words
