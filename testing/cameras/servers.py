"""Starts servers that nobody here wrote; a test that needs one that is absent says so and skips."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from testing.waiting import wait_until


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
    addresses = (f"0100007F:{port:04X}", f"00000000:{port:04X}")

    def is_listening() -> bool:
        _assert_runs(process, log)
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return any(row[1] in addresses and row[3] == "0A" for row in rows)

    wait_until(is_listening, f"{process.args!r} to listen at {port}", so_far=log.read_text)


def wait_file(path: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a file is there."""

    def is_there() -> bool:
        _assert_runs(process, log)
        return path.exists()

    wait_until(is_there, f"{process.args!r} to write {path}", so_far=log.read_text)


def _assert_runs(process: subprocess.Popen[bytes], log: Path) -> None:
    assert process.poll() is None, f"{process.args!r} has ended: {log.read_text()[-500:]}"
