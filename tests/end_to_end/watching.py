"""What a running seda says of its cameras, asked from outside."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testing.running.rig import Rig
from testing.waiting import PATIENCE_S, wait_until

Views = dict[str, dict[str, Any]]
_EVERY_S = 0.25
_ROOT = Path(__file__).parents[2]


def ask(rig: Rig, path: str) -> str:
    """Return an answer of the operations address, whatever its status."""
    url = f"http://{rig.operations}{path}"
    try:
        answer = urllib.request.urlopen(url, timeout=PATIENCE_S)
    except urllib.error.HTTPError as refusal:  # readyz, while something keeps dying
        answer = refusal
    with answer:
        text: str = answer.read().decode()
    return text


def cameras(rig: Rig) -> Views:
    """Return what is known of each camera."""
    return {it["camera"]: it for it in json.loads(ask(rig, "/api/v1/cameras"))}


def wait_for_cameras(rig: Rig, is_so: Callable[[Views], bool], what: str) -> Views:
    """Return what is known once it is so, or when it took too long: tests say which camera."""
    seen: list[Views] = []

    def look() -> bool:
        seen[:] = [cameras(rig)]
        return is_so(seen[0])

    with contextlib.suppress(TimeoutError):
        wait_until(look, what, between=lambda: time.sleep(_EVERY_S))
    return seen[0]


def outputs(rig: Rig) -> dict[str, str]:
    """Return everything that this seda says to anybody: log, pages, metrics, commands, files."""
    paths = ("/metrics", "/api/v1/cameras", "/api/v1/stages", "/readyz")
    found = {path: ask(rig, path) for path in paths} | {"log": rig.words}
    for words in (("status",), ("status", "--json")):
        command = [sys.executable, "-P", "-m", "seda", *words, "--config", str(rig.config)]
        done = subprocess.run(
            command, cwd=_ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        found[" ".join(words)] = done.stdout + done.stderr
    for folder in (rig.data, rig.run):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix != ".jpg":
                found[str(path)] = path.read_bytes().decode("latin-1")
    for pid in rig.processes():
        found[f"command line of {pid}"] = _command_line(pid)
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("latin-1")
    except (FileNotFoundError, ProcessLookupError):
        return ""
