"""`seda run` without a configuration: real demo cameras beside the controllers."""

import contextlib
import http.client
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conf import loading
from conf.schema import Camera
from seda.supervisor import directory
from seda.supervisor.directory import State
from testing.running.supervised import command, environment, wait_end
from testing.waiting import PATIENCE_S

PIPELINE = ("--pipeline", "testing.running.pipelines:LISTENING")


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start it in an empty directory; give it and its greeting."""
    process = subprocess.Popen(
        command("run", *PIPELINE),
        cwd=folder,
        env=environment(has_fakes=True),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        greeting = ""
        for line in process.stdout:
            greeting += line
            if "to stop it" in line:
                break
        yield process, greeting
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def _cameras(folder: Path) -> tuple[Camera, ...]:
    return loading.load(folder / "data/demo/seda.toml", {}).camera


def _state(folder: Path) -> State:
    """Return what the supervisor says once everything runs; the test's own limit ends it."""
    while (state := directory.read_state(folder / "run")) is None or not _is_complete(state):
        select.select([], [], [], 0.05)
    return state


def _is_complete(state: State) -> bool:
    return all(it.state == "running" for it in state.figures.processes)


def _demo_pid(folder: Path) -> int:
    return next(it.pid for it in _state(folder).figures.processes if it.role == "program")


def _picture(camera: Camera) -> tuple[int, bytes]:
    """Ask a camera; while nobody serves it the question waits in the socket."""
    parts = urlsplit(camera.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read(4)
    finally:
        connection.close()


@pytest.mark.slow
def test_without_a_configuration_the_demo_runs_and_comes_back(tmp_path: Path) -> None:
    """It says what it is; its cameras keep their addresses when their program dies."""
    with _running(tmp_path) as (process, greeting):
        assert "There is no seda.toml here, so this is the demo: 7 cameras" in greeting
        assert _state(tmp_path).operations_address in greeting
        cameras = _cameras(tmp_path)
        assert all(camera.instructions for camera in cameras)
        corridor = next(camera for camera in cameras if camera.name == "corridor")
        assert _picture(corridor) == (200, b"\xff\xd8\xff\xe0")
        before = _demo_pid(tmp_path)
        os.kill(before, signal.SIGKILL)
        assert wait_end(before)
        assert _picture(corridor) == (200, b"\xff\xd8\xff\xe0")
        again = _demo_pid(tmp_path)
        assert again != before
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0
        assert wait_end(again)
        assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.slow
def test_the_demo_dies_with_its_supervisor(tmp_path: Path) -> None:
    """SIGKILL leaves nobody who could end it, so the kernel does."""
    with _running(tmp_path) as (process, _):
        pid = _demo_pid(tmp_path)
        process.kill()
        assert wait_end(pid)


@pytest.mark.slow
def test_a_second_demo_leaves_the_first_one_alone(tmp_path: Path) -> None:
    """It is refused before it writes other addresses into the file that the first one made."""
    with _running(tmp_path):
        before = (tmp_path / "data/demo/seda.toml").read_text()
        second = subprocess.run(
            command("run", *PIPELINE),
            cwd=tmp_path,
            env=environment(has_fakes=True),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert second.returncode == 4
        assert "seda already runs on" in second.stderr
        assert (tmp_path / "data/demo/seda.toml").read_text() == before


@pytest.mark.slow
def test_another_program_on_the_usual_port_does_not_keep_the_demo_from_running(
    tmp_path: Path,
) -> None:
    """Nobody configured a port, so nobody has to configure another one."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # whoever has it already does as well
            stack.enter_context(socket.create_server(("127.0.0.1", 9464)))
        stack.enter_context(_running(tmp_path))
        assert not _state(tmp_path).operations_address.endswith(":9464")
