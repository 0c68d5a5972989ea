"""What is written to standard error, for people and for machines."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from seda import logs

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give pytest its own logging back, and nobody this one."""
    root, ours = logging.getLogger(), structlog.get_config()
    handlers, level, steps = root.handlers[:], root.level, ours["processors"][:]
    yield
    ours["processors"][:] = steps
    structlog.configure(**ours)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def configure(*, is_json: bool = True, level: str = "info") -> None:
    """Let this process be a controller of the camera stage."""
    logs.configure("controller", is_json=is_json, level=level, about={"stage": "camera"})


@contextlib.contextmanager
def standard_error(descriptor: int) -> Iterator[None]:
    """Let standard error be this for a while."""
    saved = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def entries(captured: Captured) -> list[dict[str, Any]]:
    """Return what was written since the last time."""
    return [json.loads(line) for line in captured.readouterr().err.splitlines()]


def test_an_entry_says_who_wrote_it_and_when_in_utc(capfd: Captured) -> None:
    """Process role, stage, pid, wall time."""
    configure()
    log = logs.get("controller.shell", sender=1).bind(handler=3)
    log.info("handler ended", cause="signal-9")
    (entry,) = entries(capfd)
    age = datetime.now(UTC) - datetime.fromisoformat(entry.pop("time"))
    assert timedelta(seconds=-1) < age < timedelta(seconds=60)
    assert entry == {
        "level": "info",
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
        "Z [warning  ] ended\\nor not handler=3 text='a b' n=[1, None] cause='signal-9' "
        "stage='camera'\n"
    )


def test_no_name_and_no_text_misleads_who_reads_a_terminal(capfd: Captured) -> None:
    """Not with another's level, not with another line, not with commands to the terminal."""
    configure(is_json=False)
    about = {"level": "info", "stack": 1, "a\n": 2, "text": "\x1b[2J\x9b2J\u202e"}
    try:
        raise ValueError("\x1b[2J")
    except ValueError:
        logs.get("x").error("\x9b2J", exc_info=True, **about)
    written = capfd.readouterr().err
    assert written.replace("\n", "").isprintable()
    assert " [error    ] \\x9b2J 'level'='info' 'stack'=1 'a\\n'=2 text=" in written


@pytest.mark.parametrize("is_json", [True, False])
def test_an_exception_comes_with_its_traceback(capfd: Captured, *, is_json: bool) -> None:
    """Without the credentials in it."""
    configure(is_json=is_json)
    try:
        raise ValueError("no answer from http://viewer:hunter2@camera/")
    except ValueError as error:
        logs.get("x").error("a camera failed", exc_info=error)
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
    said, warned = entries(capfd)
    assert (said["module"], warned["module"]) == ("httpx", "py.warnings")
    assert (said["level"], said["message"], said["about"]) == ("warning", "hm 3", {})


def test_what_is_below_the_level_is_not_written(capfd: Captured) -> None:
    """And at `debug` it is."""
    configure(level="warning")
    logs.get("x").info("no")
    configure(level="debug")
    logs.get("x").debug("yes")
    logs.write(logs.get("x"), "debug", "yes", {})
    assert [entry["message"] for entry in entries(capfd)] == ["yes", "yes"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_a_level_can_be_chosen_late_and_names_too(capfd: Captured, level: str) -> None:
    """Those of an entry's own fields and of structlog's arguments among them."""
    configure(level="debug")
    about = dict.fromkeys(["self", "event", "method_name", "level", "pid", "exc_info"], "?")
    logs.write(logs.get("x", sender=1), level, "100 %s", about)
    (entry,) = entries(capfd)
    assert (entry["level"], entry["message"]) == (level, "100 %s")
    assert entry["about"] == {"sender": 1, **about}
    assert entry["pid"] == os.getpid()


def test_a_log_that_was_made_before_follows_what_is_configured_later(capfd: Captured) -> None:
    """Modules make theirs when they are imported, and forked processes are somebody else."""
    log = logs.get("x")
    bound = log.bind(handler=3)
    for role in ("controller", "handler"):
        logs.configure(role, is_json=True)
        log.info("said")
        bound.info("said")
    roles = [entry["role"] for entry in entries(capfd)]
    assert roles == ["controller", "controller", "handler", "handler"]


@pytest.mark.parametrize("is_json", [True, False])
def test_an_entry_is_one_write(*, is_json: bool) -> None:
    """A packet here, so that it can be counted; processes share standard error."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, standard_error(theirs.fileno()):
        configure(is_json=is_json)
        try:
            raise ValueError("x" * logs.TEXT_CHARACTERS)
        except ValueError:
            logs.get("x").error("one", exc_info=True, text="x" * logs.TEXT_CHARACTERS)
        logging.getLogger("httpx").error("two")
        first, second = ours.recv(1 << 20), ours.recv(1 << 20)
    assert len(first) > 2 * logs.TEXT_CHARACTERS
    assert b"one" in first
    assert b"two" in second
    assert first.endswith(b"\n")


@pytest.mark.parametrize(
    ("value", "start", "left_out"),
    [
        ("x" * (logs.TEXT_CHARACTERS + 7), "xxx", 7),
        (["yy"] * logs.TEXT_CHARACTERS, '["yy","yy"', 4 * logs.TEXT_CHARACTERS + 1),
    ],
)
def test_a_flood_in_a_value_is_cut_and_says_so(
    capfd: Captured, value: object, start: str, left_out: int
) -> None:
    """A handler's output must not fill the log."""
    configure()
    logs.get("x").info("said", text=value)
    (entry,) = entries(capfd)
    text = entry["about"]["text"]
    assert text.startswith(start)
    assert text[logs.TEXT_CHARACTERS :] == f"... and {left_out} more"


class Unprintable:
    """Something that cannot be told."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_a_value_that_can_not_be_written_is_told(capfd: Captured) -> None:
    """Who logs is not harmed by it, and the rest of the entry is there."""
    configure()
    endless: list[object] = []
    endless.append(endless)
    logs.get("x").info("said", value=Unprintable(), endless=endless, n=3)
    (entry,) = entries(capfd)
    assert (entry["level"], entry["message"]) == ("info", "said")
    assert entry["about"] == {
        "value": "cannot be written: RuntimeError",
        "endless": "cannot be written: RecursionError",
        "n": 3,
    }


@pytest.mark.parametrize("name", ["httpx", "no text \udcff"])
def test_other_peoples_mistakes_are_entries_too(capfd: Captured, name: str) -> None:
    """Without the values, which may hold a credential."""
    configure()
    logging.getLogger(name).warning("%d", "http://viewer:hunter2@camera/")
    (entry,) = entries(capfd)
    assert entry["message"] == "an entry cannot be written"
    assert entry["about"] == {"error": "TypeError"}


ANYTHING = st.text(st.characters())
"""Lone surrogates too, which st.text() leaves out."""


@given(ANYTHING, st.dictionaries(ANYTHING, ANYTHING | st.floats() | st.binary()))
def test_whatever_is_logged_is_one_line_of_json(words: str, about: dict[str, object]) -> None:
    """Names of files that are no text among it."""
    read, write = os.pipe()
    with standard_error(write):
        configure()
        logs.write(logs.get("x"), "info", words[:500], about)
    os.close(write)
    with open(read, "rb") as written:  # noqa: PTH123  # a pipe
        (line,) = written.read().splitlines()
    assert json.loads(line)["level"] == "info"


def test_a_log_that_nobody_reads_harms_nobody() -> None:
    """A closed standard error is no reason to end."""
    read, write = os.pipe()
    os.close(read)
    with standard_error(write):
        configure()
        logs.get("x").info("said")
    os.close(write)


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
    with standard_error(terminal):
        assert not logs.is_json("auto")
        assert logs.is_json("json")
    for descriptor in (main, terminal):
        os.close(descriptor)


def test_what_is_logged_before_anything_is_configured_is_as_with_auto() -> None:
    """On standard error, where a controller can read it, and without credentials."""
    program = "from seda import logs; logs.get('x').warning('http://viewer:hunter2@camera/')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert not ended.stdout
    assert json.loads(ended.stderr)["message"] == "http://***@camera/"


def test_what_repeats_is_one_line_a_minute_and_counted(
    capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words about the same thing; numbers and reasons in words may differ."""
    now_s = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    configure()
    log = logs.get("a.module")
    for number in range(20):
        log.warning("handler ended", cause="signal-9", handler=number, detail=f"as {number}")
        log.error("not written", directory="a")
    log.warning("handler ended", cause="deadline")
    log.warning("handler ended", cause="signal-9", camera="gate")
    for _ in range(3):
        log.info("a step")
    written = entries(capfd)
    assert [it["message"] for it in written] == [
        *("handler ended", "not written", "handler ended", "handler ended"),
        *("a step",) * 3,
    ]
    logs.tell_repeats()
    assert not entries(capfd)
    now_s[0] += logs.SAME_EVERY_S
    log.warning("handler ended", cause="signal-9", handler=20)
    assert entries(capfd)[0]["about"] == {"cause": "signal-9", "handler": 20, "again": 19}
    logs.tell_repeats()
    [told] = entries(capfd)
    assert (told["message"], told["level"], told["module"]) == ("not written", "error", "a.module")
    assert told["about"] == {"directory": "a", "again": 19}
    logs.tell_repeats()
    assert not entries(capfd)


def test_at_an_end_everything_that_was_left_out_is_told(capfd: Captured) -> None:
    """Nothing is left out in silence."""
    configure()
    log = logs.get("a.module")
    for _ in range(3):
        log.warning("once more")
        logging.getLogger("other").warning("somebody else's")
    logs.tell_repeats(are_all=True)
    found = [(it["message"], it["about"].get("again")) for it in entries(capfd)]
    assert found == [
        *(("once more", None), ("somebody else's", None)),
        *(("once more", 2), ("somebody else's", 2)),
    ]


def test_at_the_level_debug_and_in_handlers_each_line_is_written(capfd: Captured) -> None:
    """Who looks for a fault wants them all; a handler's controller sums up."""
    for role, level in (("controller", "debug"), ("handler", "info")):
        logs.configure(role, is_json=True, level=level)
        for _ in range(3):
            logs.get("a.module").warning("once more")
        assert len(entries(capfd)) == 3
