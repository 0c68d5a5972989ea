"""The processes of controllers and programs: started, signalled, reaped with what they leave.

The supervisor is the subreaper of everything below it, so the descendants of a dead controller come
to it as children of its own. It knows its controllers; every other child is such an orphan, and is
killed and reaped, until none is left. Each of those ends announces itself by a SIGCHLD; nothing
here waits.
"""

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import attrs

from seda import kept_state_memory, processes
from seda.supervisor.leftovers import VARIABLE
from seda.supervisor.stage_configs import Inherited

Role = Literal["controller", "program"]

PROGRAM = (sys.executable, "-P", "-m", "controller")


@attrs.frozen
class Program:
    """What runs beside the controllers for as long as the supervisor does: the demo cameras."""

    name: str
    module: str
    arguments: tuple[str, ...]
    descriptors: tuple[int, ...] = ()
    """Inherited under the same numbers."""


@attrs.frozen
class Ended:
    """A controller or program ended."""

    name: str
    pid: int
    how: str
    """In words: exit code or signal."""


@attrs.frozen
class Suspended:
    """A controller's process was stopped by a signal or, not `is_on`, continued."""

    name: str
    is_on: bool


class Controllers:
    """The processes of one supervisor."""

    def __init__(
        self,
        stage_configs: dict[str, tuple[int, Inherited]],
        programs: tuple[Program, ...],
        instance: str,
    ) -> None:
        self._configs = stage_configs
        self._programs = {program.name: program for program in programs}
        self._environment = {**os.environ, VARIABLE: instance}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> int:
        """Start this controller or program and return its pid, or raise OSError."""
        command, descriptors = self._launch(name)
        self._running[name] = process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            # What a program tells whoever starts it by hand; its complaints still come through.
            stdout=subprocess.DEVNULL if name in self._programs else None,
            env=self._environment,
            pass_fds=descriptors,
            # Its own group, so that Ctrl-C at the terminal is the supervisor's alone to handle.
            start_new_session=True,
            # Before it runs a line of Python the kernel already knows that it dies with us. Forking
            # a process with one thread is safe.
            preexec_fn=functools.partial(processes.die_with_parent, os.getpid()),  # noqa: PLW1509
        )
        return process.pid

    def _launch(self, name: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return the command line, and the descriptors that it inherits."""
        if program := self._programs.get(name):
            command = (sys.executable, "-P", "-m", program.module, *program.arguments)
            return command, program.descriptors
        descriptor, inherited = self._configs[name]
        return (*PROGRAM, str(descriptor)), (descriptor, *inherited.numbers)

    def role(self, name: str) -> Role:
        """Return what this child is."""
        return "program" if name in self._programs else "controller"

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to this stage's controller."""
        self._running[name].send_signal(number)

    def beat_s(self, name: str) -> float | None:
        """Return when this controller turned its loop last; a program does not tell."""
        if name in self._programs:
            return None
        return kept_state_memory.read_beat(self._configs[name][1].kept_state)

    def changes(self) -> Iterator[Ended | Suspended]:
        """Yield what happened to the controllers; the ended ones are reaped."""
        for name, process in list(self._running.items()):
            if process.poll() is not None:
                del self._running[name]
                yield Ended(name, process.pid, _words(process.returncode))
            elif suspended := _suspension(process.pid):
                yield Suspended(name, suspended == os.CLD_STOPPED)

    def end_orphans(self) -> bool:
        """Reap and kill what dead controllers left; tell whether any of it is still there."""
        known = {process.pid for process in self._running.values()}
        orphans = [pid for pid in processes.children_of(os.getpid()) if pid not in known]
        remaining = [pid for pid in orphans if _end_orphan(pid)]
        return bool(remaining)


def _end_orphan(pid: int) -> bool:
    """Reap or else kill a child; tell whether it is still there."""
    if os.waitpid(pid, os.WNOHANG) != (0, 0):
        return False
    os.kill(pid, signal.SIGKILL)
    return True


def _suspension(pid: int) -> int:
    """Return CLD_STOPPED or CLD_CONTINUED if that happened, else 0."""
    found = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WCONTINUED | os.WNOHANG)
    return found.si_code if found else 0


def _words(returncode: int) -> str:
    if returncode >= 0:
        return f"exit code {returncode}"
    return f"signal {-returncode} ({signal.Signals(-returncode).name})"
