"""The whole of seda with demo cameras, as somebody would run it, in a directory of its own."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx

from testing.ports import free_port
from testing.running.supervised import command, environment
from testing.waiting import PATIENCE_S, wait_until

CAMERAS = ("gate", "car-park", "walkway")
PASSWORD = "correct horse battery"  # noqa: S105  # of nobody
SETTINGS = """\
run_directory = "run"
data_directory = "data"
operations_address = "127.0.0.1:{operations}"
[web]
address = "127.0.0.1:{web}"
[watch]
incident_threat = 0.25
sample_every_s = 0
review_after_s = 86400
{watch}
"""
ALONE = """\
second_threat = 1.0
second_clear_share = 0.0
test_every = 0
"""
"""Without second opinions, so that no frame may be seen by two."""


@attrs.define
class System:
    """What runs, and how to speak to it."""

    folder: Path
    address: str
    cameras_port: int
    _cameras: subprocess.Popen[bytes] | None = None

    def seda(self, *verbs: str, given: str = "") -> str:
        """Run a command to its end; return what it says."""
        done = subprocess.run(
            command(*verbs, "--config", str(self.folder / "seda.toml")),
            env=environment(has_fakes=False),
            cwd=self.folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start_cameras(self) -> None:
        """Let the cameras send."""
        arguments = ("--port", str(self.cameras_port), "--cameras", *CAMERAS)
        self._cameras = subprocess.Popen(
            [sys.executable, "-P", "-m", "scripts.demo", *arguments],
            env=environment(has_fakes=False),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop_cameras(self) -> None:
        """Let no more frames come."""
        if self._cameras is not None:
            self._cameras.terminate()
            self._cameras.wait(PATIENCE_S)
            self._cameras = None

    def is_ready(self) -> bool:
        """Say whether every stage serves."""
        try:
            return httpx.get(f"{self.address}/readyz").status_code == 200
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def running(folder: Path, watch: str = ALONE) -> Iterator[System]:
    """Run everything for as long as the block lasts."""
    web, operations, cameras = free_port(), free_port(), free_port()
    system = System(folder, f"http://127.0.0.1:{web}", cameras)
    settings = SETTINGS.format(web=web, operations=operations, watch=watch)
    (folder / "seda.toml").write_text(settings + _camera_settings(cameras))
    system.start_cameras()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command("run", "--config", str(folder / "seda.toml")),
            env=environment(has_fakes=False),
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            _await_ready(system, process)
            yield system
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
            system.stop_cameras()


def _camera_settings(port: int) -> str:
    listed = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.demo", "--list", "--port", str(port)],
        env=environment(has_fakes=False),
        capture_output=True,
        check=True,
    )
    rows = [one for one in json.loads(listed.stdout) if one["name"] in CAMERAS]
    return "".join(_camera(row) for row in rows)


def _camera(row: dict[str, str | None]) -> str:
    told = {"user" if key == "username" else key: value for key, value in row.items() if value}
    told.pop("format", None)  # told from what is sent
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    return "\n".join(["[[camera]]", *lines, ""])


def _await_ready(system: System, process: subprocess.Popen[bytes]) -> None:
    log = system.folder / "log"

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()[-2000:]
        return system.is_ready()

    wait_until(is_ready, "the system to be ready", so_far=lambda: log.read_text()[-2000:])
