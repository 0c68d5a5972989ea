"""Starts servers that nobody here wrote; a test that needs one that is absent says so and skips."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from testing.waiting import PATIENCE_S


def find(program: str) -> str:
    """Return the program's path, or skip the test with the reason."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for as long as the block lasts."""
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_listening(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody listens, without connecting: some servers serve one client only."""
    wanted = f"0100007F:{port:04X}"
    anywhere = f"00000000:{port:04X}"
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        if any(row[1] in (wanted, anywhere) and row[3] == "0A" for row in rows):
            return
        if process.poll() is not None:
            break
        os.sched_yield()
    raise AssertionError(f"{process.args!r} does not listen: {log.read_text()[-500:]}")


def wait_file(path: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a file is there."""
    until_s = time.monotonic() + PATIENCE_S
    while not path.exists():
        if time.monotonic() > until_s or process.poll() is not None:
            raise AssertionError(f"no {path}: {log.read_text()[-500:]}")
        os.sched_yield()
