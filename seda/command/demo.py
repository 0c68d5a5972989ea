"""Without a configuration `seda run` shows itself: demo cameras, and a configuration for them.

The listening socket is made here and inherited by the program that serves the cameras, so that
their addresses stay when that program is replaced.
"""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from conf import loading
from conf.addresses import host_and_port
from seda.command import exits
from seda.command.configuration import Configuration
from seda.supervisor import sockets
from seda.supervisor.controllers import Program

MODULE = "scripts.demo"
_LIST_LIMIT_S = 60.0
_HEAD = """\
# Made by `seda run` each time it is started without a configuration: changes here are lost, and the
# cameras' addresses hold only while it runs. For cameras of your own write a file seda.toml where
# you start seda; conf/seda.toml has every setting, `seda camera probe URL` the lines of a camera.
"""


@attrs.frozen
class Demo:
    """What to run instead of an operator's own cameras."""

    configuration: Configuration
    program: Program
    words: str
    """What it is, for the person who started it."""


def prepare(found: Configuration, listening: socket.socket) -> Demo:
    """Write the configuration of the demo cameras that are served on this socket, and load it."""
    folder = Path(found.settings.data_directory)
    cameras = _list(listening.getsockname()[1])
    file = folder / "seda.toml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(_text(found, cameras), encoding="utf-8")
    except OSError as error:
        exits.fail(exits.CONFIGURATION, f"{file} cannot be written: {error.strerror}")
    rows = {stage.name: stage.settings for stage in found.pipeline.stages}
    settings = loading.load(file, rows)
    arguments = ("--socket", str(listening.fileno()), "--truth", str(folder / "truth.jsonl"))
    program = Program("demo", MODULE, arguments, (listening.fileno(),))
    names = ", ".join(camera.name for camera in settings.camera)
    words = (
        f"There is no seda.toml here, so this is the demo: {len(settings.camera)} cameras that a "
        f"program renders\n({names}).\nNo real camera is watched, and nothing leaves this machine."
    )
    return Demo(attrs.evolve(found, settings=settings), program, words)


def _list(port: int) -> list[dict[str, Any]]:
    """Ask the program which cameras it will serve."""
    command = [sys.executable, "-P", "-m", MODULE, "--list", "--port", str(port)]
    try:
        listed = subprocess.run(
            command, capture_output=True, text=True, timeout=_LIST_LIMIT_S, check=True
        )
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        exits.fail(exits.FAILED, f"the demo cameras cannot be listed: {last}")
    except subprocess.TimeoutExpired:
        exits.fail(exits.FAILED, f"the demo cameras are not listed within {_LIST_LIMIT_S:g} s")
    cameras: list[dict[str, Any]] = json.loads(listed.stdout)
    return cameras


def _free(address: str) -> str:
    """Return the usual address or, where that is taken, one with another port."""
    host, port = host_and_port(address)
    for number in (port, 0):
        with contextlib.suppress(OSError), socket.create_server((host, number)) as tried:
            return sockets.bound_address(tried)
    return address


def _text(found: Configuration, cameras: Iterable[dict[str, Any]]) -> str:
    head = {
        "run_directory": found.settings.run_directory,
        "data_directory": ".",
        "operations_address": _free(found.settings.operations_address),
    }
    web = {"address": _free(found.settings.web.address)}
    tables = "".join(map(_table, cameras))
    return f"{_HEAD}{_lines(head)}\n\n[web]\n{_lines(web)}\n{tables}"


def _table(camera: dict[str, Any]) -> str:
    values = {
        "name": camera["name"],
        "url": camera["url"],
        "user": camera["username"],
        "password": camera["password"],
        "instructions": camera["instructions"],
    }
    return f"\n[[camera]]\n{_lines(values)}\n"


def _lines(values: Mapping[str, str | None]) -> str:
    return "\n".join(f"{key} = {_quoted(it)}" for key, it in values.items() if it is not None)


def _quoted(text: str) -> str:
    """Return a string as TOML writes it, which is how JSON does."""
    return json.dumps(text, ensure_ascii=False)
