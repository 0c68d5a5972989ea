"""What handlers print: bounded lines, a bounded rate, log lines passed on."""

import json
import os
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from controller.hub import Hub
from controller.output import _LINE_BYTES, Printed
from testing.controllers.turns import turn_until


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Return a hub."""
    opened = Hub()
    yield opened
    opened.close()


def printed(hub: Hub, content: bytes) -> Printed:
    """Return the reader of a pipe into which this was printed, read to its end."""
    reading, writing = os.pipe()
    reader = Printed(hub, reading, "handler 7")
    for first in range(0, len(content), 50_000):
        os.write(writing, content[first : first + 50_000])
        hub.turn()
        assert len(reader._rest) <= _LINE_BYTES, "what waits for the end of a line is bounded"
    os.close(writing)
    turn_until(hub, lambda: reader.is_closed)
    return reader


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """Return what is logged."""
    with capture_logs() as entries:
        yield entries


def lines(logged: list[EventDict]) -> list[tuple[str, str, dict[str, object]]]:
    """Return level, words and fields of what was logged."""
    own = ("log_level", "event", "about")
    return [
        (
            entry["log_level"],
            entry["event"],
            {name: entry[name] for name in entry if name not in own} | entry.get("about", {}),
        )
        for entry in logged
    ]


def test_lines_are_logged_with_who_printed_them(hub: Hub, logged: list[EventDict]) -> None:
    """A line without an end counts too; the last one explains an exit."""
    reader = printed(hub, b"one\n\ntwo \xff\nlast")
    assert [about["line"] for _, _, about in lines(logged)] == ["one", "two \ufffd", "last"]
    assert all(about["source"] == "handler 7" for _, _, about in lines(logged))
    assert reader.last_line == "last"


def test_a_log_line_keeps_its_level_words_and_fields(hub: Hub, logged: list[EventDict]) -> None:
    """What a handler logs is not quoted inside another line."""
    entry = {"level": "WARNING", "message": "odd frame", "module": "stages.x", "about": {"n": 3}}
    printed(hub, json.dumps(entry).encode() + b"\n")
    [(level, words, about)] = lines(logged)
    assert (level, words) == ("warning", "odd frame")
    assert about == {"n": 3, "source": "handler 7", "from": "stages.x"}


def test_a_log_line_keeps_its_traceback(hub: Hub, logged: list[EventDict]) -> None:
    """What went wrong in a handler's code is in the controller's log."""
    entry = {"level": "error", "message": "odd", "module": "x", "exception": "ValueError: 7"}
    printed(hub, json.dumps(entry).encode() + b"\n")
    [(_, _, about)] = lines(logged)
    assert about["exception"] == "ValueError: 7"


@pytest.mark.parametrize(
    "content", ["{", '{"level": "INFO"}', '{"level": [], "message": 1}', "[1]"]
)
def test_what_only_looks_like_a_log_line_is_a_line(
    hub: Hub, logged: list[EventDict], content: str
) -> None:
    """Whatever a handler prints, nothing breaks."""
    printed(hub, content.encode())
    [(_, words, about)] = lines(logged)
    assert words == "handler printed"
    assert about["line"] == content


def test_a_line_without_end_is_cut(hub: Hub, logged: list[EventDict]) -> None:
    """Memory does not grow with what is printed."""
    printed(hub, b"x" * 1_000_000 + b"\nnext\n")
    first, second = (str(about["line"]) for _, _, about in lines(logged))
    assert len(first) == _LINE_BYTES
    assert second == "next"


def test_a_flood_is_counted_instead_of_logged(hub: Hub, logged: list[EventDict]) -> None:
    """What is too much is left out, and how much that was is said."""
    printed(hub, b"again\n" * 5000)
    said = [about for _, words, about in lines(logged) if words == "handler printed"]
    left_out = [about for _, words, about in lines(logged) if "left out" in words]
    assert 100 <= len(said) < 1000
    assert len(said) + sum(int(str(about["lines"])) for about in left_out) == 5000
