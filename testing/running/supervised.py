"""A real `seda run` on a directory of its own, with fake controllers."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from seda.supervisor import directory, leftovers
from testing.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


def environment(*, has_fakes: bool) -> dict[str, str]:
    """Return an environment in which `seda` finds the fake controllers first."""
    places = [str(ROOT / "testing" / "impostor")] if has_fakes else []
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*places, str(ROOT)])}


def command(*arguments: str) -> list[str]:
    """Return the command line of `seda` with these arguments."""
    return [sys.executable, "-P", "-m", "seda", *arguments]


@attrs.frozen
class Supervised:
    """A run directory, and who runs on it."""

    directory: Path
    pipeline: str
    has_fakes: bool = True
    """Fake controllers instead of the real one."""
    started: list[subprocess.Popen[str]] = attrs.Factory(list)

    @property
    def run_directory(self) -> Path:
        """Return where the sockets are."""
        return self.directory / "run"

    def arguments(self, *verbs: str) -> list[str]:
        """Return a command line that concerns this directory."""
        config = str(self.directory / "seda.toml")
        return command(
            *verbs, "--config", config, "--pipeline", f"testing.running.pipelines:{self.pipeline}"
        )

    def call(self, *verbs: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.arguments(*verbs),
            env=environment(has_fakes=self.has_fakes),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def start(self) -> subprocess.Popen[str]:
        """Start `seda run` and return when it is there, or ended."""
        process = subprocess.Popen(
            self.arguments("run"),
            env=environment(has_fakes=self.has_fakes),
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        assert process.stderr is not None
        for line in process.stderr:
            if "supervisor started" in line:
                break
        return process

    def stop(self, process: subprocess.Popen[str]) -> str:
        """Have it stop politely; return the rest of its log."""
        process.terminate()
        log = process.communicate(timeout=PATIENCE_S)[1]
        self.started.remove(process)
        return log

    def meet(self, stage: str) -> dict[str, Any]:
        """Return what this stage's controller says of itself, as soon as there is one."""
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
                sock.settimeout(PATIENCE_S)
                sock.connect(str(self.run_directory / f"{stage}.sock"))
                # One that dies just now may have accepted and say nothing; then there is a next.
                with contextlib.suppress(ConnectionResetError):
                    if said := sock.recv(65536):
                        found: dict[str, Any] = json.loads(said)
                        return found


@contextlib.contextmanager
def supervised(
    folder: Path, pipeline: str, settings: str = "", *, has_fakes: bool = True
) -> Iterator[Supervised]:
    """Give a place to run on; what still runs there in the end is ended."""
    (folder / "seda.toml").write_text(f'log = "json"\n{settings}')
    place = Supervised(folder, pipeline, has_fakes)
    try:
        yield place
    finally:
        for process in place.started:
            process.kill()
            process.wait(timeout=PATIENCE_S)
            if process.stderr:
                process.stderr.close()
        with contextlib.suppress(OSError):
            lock = directory.open_lock(place.run_directory)
            if holder := directory.read_holder(lock):
                leftovers.end_leftovers(holder.instance)
            os.close(lock)


def wait_end(pid: int) -> bool:
    """Wait until a process has ended, whoever its parent is; tell whether it did."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(PATIENCE_S * 1000))
    finally:
        os.close(descriptor)
