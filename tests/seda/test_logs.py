"""What is written to standard error, for people and for machines."""

import json
import logging
import os
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seda import logs

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give pytest its own logging back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def configure(*, is_json: bool = True, level: str = "info") -> None:
    """Let this process be a controller of the camera stage."""
    logs.configure("controller", is_json=is_json, level=level, about={"stage": "camera"})


def entries(captured: Captured) -> list[dict[str, Any]]:
    """Return what was written since the last time."""
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_an_entry_says_who_wrote_it_and_when_in_utc(capfd: Captured) -> None:
    """Process role, stage, pid, wall time."""
    configure()
    logs.get("controller.shell", sender=1).about(handler=3).info("handler ended", cause="signal-9")
    (entry,) = entries(capfd)
    age = datetime.now(UTC) - datetime.fromisoformat(entry.pop("time"))
    assert timedelta(seconds=-1) < age < timedelta(seconds=60)
    assert entry == {
        "level": "INFO",
        "role": "controller",
        "stage": "camera",
        "pid": os.getpid(),
        "module": "controller.shell",
        "message": "handler ended",
        "about": {"sender": 1, "handler": 3, "cause": "signal-9"},
    }


def test_people_get_a_line_too(capfd: Captured) -> None:
    """With values whose ends can be seen, and nothing that could pass for another line."""
    configure(is_json=False)
    logs.get("x").warning("ended\nor not", handler=3, text="a b", n=[1, None], cause="signal-9")
    line = capfd.readouterr().err
    assert line.endswith(
        f" WARNING controller camera[{os.getpid()}] ended\\nor not  "
        'handler=3 text="a b" n=[1,null] cause=signal-9\n'
    )


@pytest.mark.parametrize("is_json", [True, False])
def test_an_exception_comes_with_its_traceback(capfd: Captured, *, is_json: bool) -> None:
    """Without the credentials in it."""
    configure(is_json=is_json)
    try:
        raise ValueError("no answer from http://viewer:hunter2@camera/")
    except ValueError as error:
        logs.get("x").error("a camera failed", error)
    written = capfd.readouterr().err
    assert "test_logs.py" in written
    assert "ValueError: no answer from http://***@camera/" in written


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "http://viewer:hunter2@camera/",
        "rtsp://viewer:hunter2/x@y@camera/",
        "http://camera/?user=v&password=hunter2&x=1",
        "http://camera/?pwd=hunter2",
        "two: ftp://a:hunter2@b http://c:hunter2@d",
    ],
)
def test_no_credential_is_written_wherever_it_stands(
    capfd: Captured, text: str, *, is_json: bool
) -> None:
    """In words, in values, in values of values, in what other people's code logs."""
    configure(is_json=is_json)
    logs.get("x").info(text, url=text, cameras=[{"url": text}], error=ValueError(text))
    logging.getLogger("httpx").warning("GET %s", text)
    written = capfd.readouterr().err
    assert written.count("***") >= 5
    assert "hunter2" not in written


def test_other_peoples_warnings_are_entries_and_their_chatter_is_none(capfd: Captured) -> None:
    """An HTTP library that tells every request at the level `info` would be most of the log."""
    configure()
    logging.getLogger("httpx").info("GET")
    logging.getLogger("httpx").warning("hm %d", 3)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", stacklevel=1)
    assert [entry["module"] for entry in entries(capfd)] == ["httpx", "py.warnings"]


def test_what_is_below_the_level_is_not_written(capfd: Captured) -> None:
    """And at `debug` it is."""
    configure(level="warning")
    logs.get("x").info("no")
    configure(level="debug")
    logs.get("x").debug("yes")
    logs.get("x").write("info", "yes", {})
    assert [entry["message"] for entry in entries(capfd)] == ["yes", "yes"]


def test_a_flood_in_a_value_is_cut_and_says_so(capfd: Captured) -> None:
    """A handler's output must not fill the log."""
    configure()
    logs.get("x").info("said", text="x" * (logs.TEXT_CHARACTERS + 7))
    (entry,) = entries(capfd)
    assert entry["about"]["text"] == "x" * logs.TEXT_CHARACTERS + "... and 7 more"


class Unprintable:
    """Something that can not be told."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_a_value_that_can_not_be_written_is_told(capfd: Captured) -> None:
    """Who logs is not harmed by it."""
    configure()
    logs.get("x").info("said", value=Unprintable())
    (entry,) = entries(capfd)
    assert (entry["module"], entry["message"]) == ("x", "an entry can not be written")


ANYTHING = st.text(st.characters())
"""Lone surrogates too, which st.text() leaves out."""


@given(ANYTHING, st.dictionaries(ANYTHING, ANYTHING | st.floats() | st.binary()))
def test_whatever_is_logged_is_one_line_of_json(words: str, about: dict[str, object]) -> None:
    """Names of files that are no text among it."""
    read, write = os.pipe()
    saved = os.dup(2)
    os.dup2(write, 2)
    try:
        configure()
        logs.get("x").write("info", words[:500], about)
    finally:
        os.dup2(saved, 2)
        for descriptor in (write, saved):
            os.close(descriptor)
    with open(read, "rb") as written:  # noqa: PTH123  # a pipe
        (line,) = written.read().splitlines()
    assert json.loads(line)["message"] != "an entry can not be written"


def test_a_log_that_nobody_reads_harms_nobody() -> None:
    """A closed standard error is no reason to end."""
    saved = os.dup(2)
    read, write = os.pipe()
    os.close(read)
    os.dup2(write, 2)
    try:
        configure()
        logs.get("x").info("said")
    finally:
        os.dup2(saved, 2)
        for descriptor in (write, saved):
            os.close(descriptor)


@pytest.mark.parametrize(("style", "expected"), [("json", True), ("human", False), ("auto", True)])
def test_the_setting_decides_and_auto_asks_the_terminal(
    capfd: Captured, style: str, *, expected: bool
) -> None:
    """Which standard error is not, here."""
    assert logs.is_json(style) is expected
    capfd.readouterr()


def test_auto_is_for_people_on_a_terminal() -> None:
    """A real one."""
    main, terminal = os.openpty()
    saved = os.dup(2)
    os.dup2(terminal, 2)
    try:
        assert not logs.is_json("auto")
        assert logs.is_json("json")
    finally:
        os.dup2(saved, 2)
        for descriptor in (main, terminal, saved):
            os.close(descriptor)
