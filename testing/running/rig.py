"""A running seda with a bench's own pipeline, in a folder that goes away with it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seda.processes import children_of
from seda.supervisor import directory
from testing.ports import free_port
from testing.waiting import wait_until

READY_LIMIT_S = 120.0
STOP_LIMIT_S = 120.0
"""No measure: only a rig that is broken takes so long."""
_ROOT = Path(__file__).parents[2]


class Rig:
    """`seda run` with a pipeline, seen from outside: sockets, processes and their CPU."""

    def __init__(self, pipeline: str, settings: str = "", log_level: str = "warning") -> None:
        self._pipeline = pipeline
        self._log_level = log_level
        self._settings = settings
        """What the configuration says besides, as TOML."""
        self._folder = tempfile.TemporaryDirectory(prefix="seda-bench-")
        self.path = Path(self._folder.name)
        self.run = self.path / "run"
        self.data = self.path / "data"
        self.config = self.path / "bench.toml"
        self.operations = f"127.0.0.1:{free_port()}"
        self._log = self.path / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.prepare: Callable[[], None] = _prepare_nothing
        """Called when the data directory is there and before anything starts."""

    def __enter__(self) -> Self:
        """Start and wait until every stage serves."""
        self.config.write_text(
            f'run_directory = "{self.run}"\ndata_directory = "{self.data}"\n'
            f'operations_address = "{self.operations}"\nlog_level = "{self._log_level}"\n'
            f"{self._settings}"
        )
        self.data.mkdir()
        try:
            self.prepare()
            self.start()
        except BaseException:
            sys.stderr.write(self.words[-4000:])
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and tell what the log says if something went wrong."""
        if error is not None:
            sys.stderr.write(self.words[-4000:])
        self.stop()

    @property
    def pid(self) -> int:
        """Return the supervisor's."""
        if self._process is None:
            raise RuntimeError("the rig was not entered")
        return self._process.pid

    def socket_of(self, stage: str) -> str:
        """Return the path of a stage's socket."""
        return str(self.run / f"{stage}.sock")

    def stages(self) -> dict[str, Any]:
        """Return what the operations address says of stages and processes."""
        with urllib.request.urlopen(  # our own loopback address
            f"http://{self.operations}/api/v1/stages", timeout=2
        ) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def controller(self, stage: str) -> int | None:
        """Return the pid of a stage's controller: the supervisor's child with its config."""
        return next((pid for pid in children_of(self.pid) if _has_config(pid, stage)), None)

    def handlers(self, stage: str) -> list[int]:
        """Return the pids of a stage's handlers: its controller's children, the template aside."""
        controller = self.controller(stage)
        if controller is None:
            return []
        return [pid for pid in children_of(controller) if not _has_config(pid, stage)]

    def processes(self) -> list[int]:
        """Return the pids of the supervisor and everything under it."""
        return _with_descendants([self.pid])

    def descendants(self, pid: int) -> list[int]:
        """Return a process of it and everything under that."""
        return _with_descendants([pid])

    def cpu_s(self) -> float:
        """Return the CPU time of all of them, to the nanosecond that the scheduler knows."""
        return sum(_cpu_ns(pid) for pid in self.processes()) / 1e9

    def stage_cpu_s(self, *stages: str) -> float:
        """Return the CPU time of these stages: controllers, templates and handlers."""
        controllers = [pid for stage in stages if (pid := self.controller(stage)) is not None]
        return sum(_cpu_ns(pid) for pid in _with_descendants(controllers)) / 1e9

    def waited_s(self, stage: str) -> float:
        """Return for how long a stage's handlers had to wait for a processor that others had."""
        return sum(_scheduled_ns(pid)[1] for pid in self.handlers(stage)) / 1e9

    def overhead_s(self, stage: str) -> float:
        """Return the CPU time of a stage but for that of its handlers."""
        handlers_s = sum(_cpu_ns(pid) for pid in self.handlers(stage)) / 1e9
        return self.stage_cpu_s(stage) - handlers_s

    def memory_bytes(self) -> int:
        """Return the memory of all of them, shared pages counted once for each share."""
        return sum(_proportional_bytes(pid) for pid in self.processes())

    @property
    def words(self) -> str:
        """Return what was logged."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Start, for the first time or once more on what was left, and wait until all serve."""
        self.launch()
        self._wait_until_ready()

    def launch(self) -> None:
        """Start and wait for nothing."""
        words = ("run", "--config", str(self.config), "--pipeline", self._pipeline)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "seda", *words],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
            )

    def exit_code(self) -> int | None:
        """Return how the supervisor ended; None while it runs."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """Kill the supervisor as nobody would politely."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self) -> int:
        """Have everything drain, or kill the supervisor after a while; return its exit code."""
        if self._process is None:
            raise RuntimeError("the rig was not entered")
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode

    def stop(self) -> None:
        """End what runs, and let the folder go."""
        if self._process is not None and self._process.poll() is None:
            self.end()
        self._folder.cleanup()

    def _wait_until_ready(self) -> None:
        wait_until(
            lambda: self.exit_code() is not None or self.is_ready(),
            "every stage of a seda to serve",
            limit_s=READY_LIMIT_S,
            so_far=lambda: self.words[-2000:],
        )
        if self.exit_code() is not None:
            raise RuntimeError(f"seda ended with {self.exit_code()}: {self.words[-2000:]}")

    def is_ready(self) -> bool:
        """Ask this supervisor: processes that a killed one left behind answer, too."""
        state = directory.read_state(self.run)
        if state is None or state.figures.pid != self.pid:
            return False
        try:
            with urllib.request.urlopen(  # our own loopback address
                f"http://{self.operations}/readyz", timeout=2
            ):
                return True
        except (OSError, urllib.error.HTTPError):
            return False


def _prepare_nothing() -> None:
    """Start on an empty data directory."""


def _with_descendants(pids: list[int]) -> list[int]:
    found, new = [], pids
    while new:
        found += new
        new = [child for parent in new for child in children_of(parent)]
    return found


def _has_config(pid: int, stage: str) -> bool:
    """Say whether a process has a stage's config open, as its controller and template have."""
    wanted = f"/memfd:config-{stage} (deleted)"
    try:
        return any(str(link.readlink()) == wanted for link in Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_of(pid: int) -> float:
    """Return the CPU time that a process has used."""
    return _cpu_ns(pid) / 1e9


def _cpu_ns(pid: int) -> int:
    return _scheduled_ns(pid)[0]


def _scheduled_ns(pid: int) -> tuple[int, int]:
    """Return for how long a process ran, and for how long it waited for a processor."""
    ran = waited = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            words = (task / "schedstat").read_text().split()
            ran, waited = ran + int(words[0]), waited + int(words[1])
    except (FileNotFoundError, ProcessLookupError):
        pass  # It ended meanwhile; spans are measured while nothing does.
    return ran, waited


def _proportional_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0
