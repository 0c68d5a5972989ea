"""The template: what it forks, whose children they are, and what it refuses."""

import os
import select
import signal
import socket
import sys
from pathlib import Path

import attrs
import pytest

from seda.codec import decode_body
from seda.processes import children_of, parent_of
from seda.protocol import Born, Ready, Stop, Warm
from testing.controllers.spoken import Handler, controlling, note, row
from testing.handlers.functions import Note
from testing.waiting import wait_until


def test_a_handler_is_the_controllers_own_child(tmp_path: Path) -> None:
    """Forked twice, it is reparented before it serves, and outlives its template (R5)."""
    with controlling(row("testing.handlers.functions:noop"), tmp_path) as controller:
        handler = controller.handler()
        assert parent_of(handler.pid) == os.getpid()
        wait_until(
            lambda: not children_of(controller.template.pid), "the end of the one who forked it"
        )
        controller.control.link.close()
        assert controller.template.wait() == 0
        assert handler.call(note("a", "x")).results[0].outcome == "done"


def test_several_handlers_run_at_once(tmp_path: Path) -> None:
    """One template makes as many as are asked for (R6)."""
    with controlling(row("testing.handlers.functions:noop"), tmp_path) as controller:
        controller.warm()
        handlers = [controller.fork() for _ in range(4)]
        for handler in handlers:
            handler.ready()
        assert set(children_of(os.getpid())) >= {handler.pid for handler in handlers}
        assert [handler.stop() for handler in handlers] == [0] * 4


def test_the_template_has_one_thread_after_heavy_imports(tmp_path: Path) -> None:
    """With av, onnxruntime and numpy imported there is still nothing that a fork would lose."""
    with controlling(row("testing.handlers.heavy:handle"), tmp_path) as controller:
        handler = controller.handler()
        tasks = os.listdir(f"/proc/{controller.template.pid}/task")  # noqa: PTH208 - only counted
        assert len(tasks) == 1
        assert handler.call(note("a", "x")).results[0].reason == "sum 3 of 3"


def test_a_handler_has_only_its_own_descriptors(tmp_path: Path) -> None:
    """Socket and standard three, whatever its template had; it reads from nothing."""
    with controlling(row("testing.handlers.functions:describe"), tmp_path) as controller:
        first = controller.handler()
        second = controller.fork()
        second.ready()
        for handler in (first, second):
            done = handler.call(note("a", "x"))
            text = decode_body(done.results[0].outputs[0].event.body, Note).text
            assert text.startswith("1 [0, 1, 2, ")
            assert text.count(",") == 3
            assert text.endswith("/dev/null")


def test_a_handler_keeps_the_sockets_of_its_row(tmp_path: Path) -> None:
    """What the row listens on stays open, and nothing else that the config names."""
    with socket.socket() as door, socket.socket() as other:
        sockets = {"door": door.fileno(), "other": other.fileno()}
        stage = row("testing.handlers.functions:describe", listens=("door",))
        with controlling(stage, tmp_path, sockets=sockets) as controller:
            done = controller.handler().call(note("a", "x"))
        text = decode_body(done.results[0].outputs[0].event.body, Note).text
        assert f" {door.fileno()}" in text
        assert text.count(",") == 4


def test_code_that_is_missing_is_said(tmp_path: Path) -> None:
    """The template says what is wrong and ends with the code for configurations."""
    for code, problem in (
        ("testing.handlers.nowhere:handle", "No module named 'testing.handlers.nowhere'"),
        ("testing.handlers.functions:nothing", "has no function handler 'nothing'"),
        ("testing.handlers.unforkable:threads", "started 1 threads"),
        ("testing.handlers.unforkable:files", "left open {"),
        ("testing.handlers.unforkable:raises", "ZeroDivisionError"),
    ):
        with controlling(row(code), tmp_path) as controller:
            process, control = controller.start()
            assert problem in control.expect(Warm).problem
            assert process.wait() == 78


def test_a_template_dies_with_its_controller(tmp_path: Path) -> None:
    """A controller that is killed takes along its template and a handler that hangs."""
    script = f"""
import sys
from pathlib import Path
from testing.controllers.spoken import Controller, note, row
from seda.processes import become_subreaper
become_subreaper()
controller = Controller(row("testing.handlers.functions:hang"), Path({str(tmp_path)!r}))
handler = controller.handler()
handler.call_nowait(note("a", "x"))
print(controller.template.pid, handler.pid, flush=True)
import signal
signal.pause()
"""
    reading, writing = os.pipe()
    fake = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", script],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)],
    )
    os.close(writing)
    with os.fdopen(reading) as output:
        pids = [int(pid) for pid in output.readline().split()]
        pidfds = [os.pidfd_open(pid) for pid in pids]
        os.kill(fake, signal.SIGKILL)
        os.waitpid(fake, 0)
        for pidfd in pidfds:
            wait_for(pidfd)
            os.close(pidfd)


def wait_for(pidfd: int) -> None:
    """Wait until this process has ended."""
    ended, _, _ = select.select([pidfd], [], [], 30)
    assert ended


@pytest.mark.parametrize("more", ["", "--handler"])
def test_a_process_whose_parent_is_another_ends(tmp_path: Path, more: str) -> None:
    """Who was not started by the one that made its socket has lost its controller."""
    with controlling(row("testing.handlers.functions:noop"), tmp_path) as controller:
        shell = f"{sys.executable} -P -m runtime $1 $2 {more}; exit $?"
        process, control = controller.start_by("/bin/sh", "-c", shell, "sh")
        control.wait_closed()
        assert process.wait() == 1


@pytest.mark.parametrize(
    "code", ["testing.handlers.functions:echo", "testing.handlers.unforkable:threads"]
)
def test_a_handler_started_by_exec(tmp_path: Path, code: str) -> None:
    """Without a template the process itself is the handler, and may have threads and files."""
    with controlling(row(code, start="exec"), tmp_path) as controller:
        process, peer = controller.start("--handler")
        assert peer.expect(Born).pid == process.pid
        assert peer.expect(Ready).notes == ()
        handler = Handler(peer.link, os.open(os.devnull, os.O_RDONLY))
        assert handler.call(note("a", "x")).results[0].outcome == "done"
        handler.link.send(Stop())
        assert process.wait() == 0
        handler.close()


def test_an_exec_handler_that_can_not_start_has_its_own_exit_code(tmp_path: Path) -> None:
    """78 tells the controller that trying again soon is no use."""
    with controlling(row("testing.handlers.nowhere:handle", start="exec"), tmp_path) as controller:
        process, peer = controller.start("--handler")
        peer.expect(Born)
        peer.wait_closed()
        assert process.wait() == 78


def test_a_forked_handler_that_can_not_start_has_its_own_exit_code(tmp_path: Path) -> None:
    """The same where the data directory cannot be made."""
    tmp_path.joinpath("file").write_text("in the way")
    stage = row("testing.handlers.functions:noop")
    with controlling(stage, tmp_path, data_directory=str(tmp_path / "file")) as controller:
        controller.warm()
        handler = controller.fork()
        handler.pid = handler.expect(Born).pid
        handler.wait_closed()
        assert handler.wait() == 78
        assert "cannot start" in handler.printed()


def test_the_charter_reaches_the_code(tmp_path: Path) -> None:
    """Warming up sees the config that the controller sees."""
    stage = attrs.evolve(row("testing.handlers.unforkable:warmed"), name="particular")
    with controlling(stage, tmp_path) as controller:
        done = controller.handler().call(note("a", "x"))
    assert decode_body(done.results[0].outputs[0].event.body, Note) == Note("particular")
