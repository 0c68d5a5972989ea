"""A handler of a function stage whose code was taken over reaches nothing that is not its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest

from seda import wire
from seda.codec import decode_body, encode_body
from seda.keys import lease_key
from seda.messages import Event
from seda.pipeline import Stage, StageOutput
from testing.controllers.spoken import controlling
from testing.handlers.hostile import Aims, Outcome, Outcomes
from testing.kernel import FILES, PRIVILEGES, SOCKETS, require
from testing.waiting import PATIENCE_S

HOSTILE = Stage(
    "hostile",
    "testing.handlers.hostile:attack",
    ("aims",),
    (StageOutput("outcomes", "next"),),
)


@attrs.frozen
class Site:
    """A data and a run directory with what others keep there."""

    data: Path
    run: Path
    secrets: tuple[Path, ...]
    port: int


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Keep secrets, and listen at a path and on a port."""
    data, run = folder / "data", folder / "run"
    run.mkdir(parents=True)
    (data / "alarm").mkdir(parents=True)
    lease_key.make(str(data))
    (data / "alarm" / "store.sqlite").write_bytes(b"names and decisions")
    (folder / "seda.toml").write_text('[[camera]]\nname = "gate"\npassword = "secret"\n')
    secrets = (
        *(data / "lease.key", data / "alarm" / "store.sqlite", folder / "seda.toml"),
        *(data, run, Path("/etc/shadow"), Path.home()),
    )
    with wire.listen(str(run / "alarm.sock")), socket.create_server(("127.0.0.1", 0)) as server:
        yield Site(data, run, secrets, server.getsockname()[1])


def attacked(
    folder: Path, handler_kind: Literal["function", "async"] = "function", **row: Any
) -> tuple[Outcome, ...]:
    """Return what came of every attempt of a hostile handler."""
    hostile = attrs.evolve(HOSTILE, handler=handler_kind, **row)
    with site(folder) as it, controlling(hostile, it.data, run_directory=str(it.run)) as c:
        c.warm()
        handler = c.fork()
        require(handler.ready().notes, FILES, SOCKETS, PRIVILEGES)
        aims = Aims(
            secrets=tuple(map(str, it.secrets)),
            sockets=(str(it.run / "alarm.sock"),),
            port=it.port,
            pids=(os.getpid(), c.template.pid),
        )
        done = handler.call(Event("a", "aims", "gate", encode_body(aims)))
    (output,) = done.results[0].outputs
    return decode_body(output.event.body, Outcomes).all


def test_hostile_code_in_a_handler_gets_through_nowhere(tmp_path: Path) -> None:
    """Not to keys, stores and the configuration, to sockets, or into other processes (R8, R24)."""
    outcomes = attacked(tmp_path)
    assert [it.name for it in outcomes if it.got_through] == [], outcomes
    assert len(outcomes) > 50


def test_the_attempts_get_through_where_nothing_stops_them(tmp_path: Path) -> None:
    """Or else the test above would show nothing: an async stage with the network may read."""
    outcomes = {it.name: it.got_through for it in attacked(tmp_path, "async")}
    read = [f"read: {path}" for path in (tmp_path / "data" / "lease.key", tmp_path / "run")]
    assert all(outcomes[name] for name in read)


def test_an_async_stage_reads_what_its_row_names_and_nothing_else(tmp_path: Path) -> None:
    """The cameras' bytes are read by one; it has no business with keys, stores and passwords."""
    outcomes = attacked(tmp_path, "async", has_network=True, reads=())
    read = [it.name for it in outcomes if it.got_through and it.name.startswith("read: /")]
    assert read == []


READER = """
import sys
from pathlib import Path
from testing.handlers.hostile import Aims, Outcomes, attempts, _outcome
from seda.codec import decode_body, encode_body
from stages.camera.source.reader_process import take_limits
from conf.schema import Camera
aims = decode_body(sys.stdin.buffer.read(), Aims)
own = Path(sys.argv[1])
take_limits(Camera("gate", sys.argv[2]))
found = tuple(_outcome(name, attempt) for name, attempt in attempts(aims, own))
sys.stdout.buffer.write(encode_body(Outcomes(found)))
"""


@pytest.mark.parametrize("url", ["rtsp://127.0.0.1:1/live", "file:///nowhere.mp4"])
def test_what_reads_a_camera_by_libav_reaches_nothing_else(tmp_path: Path, url: str) -> None:
    """Libav parses what a stranger sends: no keys, stores, sockets or other processes (R24)."""
    require((), FILES, SOCKETS, PRIVILEGES)
    with site(tmp_path) as it:
        aims = Aims(
            secrets=tuple(map(str, it.secrets)),
            sockets=(str(it.run / "alarm.sock"),),
            port=it.port,
            pids=(os.getpid(), os.getppid()),
        )
        done = subprocess.run(
            [sys.executable, "-P", "-c", READER, str(tmp_path), url],
            input=encode_body(aims),
            capture_output=True,
            check=True,
            timeout=PATIENCE_S,
        )
    outcomes = decode_body(done.stdout, Outcomes).all
    assert [it.name for it in outcomes if it.got_through] == []
    assert len(outcomes) > 50
