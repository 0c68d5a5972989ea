"""`siege/away`: cameras that are not there, for an hour, beside one that is.

Five ways not to be there: a closed port, RTSP at a closed port, an address that never accepts, one
that accepts and never answers, and one that refuses. What counts: how often each is tried (pauses
grow, so an hour is some hundred tries and not thousands), what all that trying leaves in memory,
and that the good camera is live all the time.

It takes its hour and runs only when it is asked for by name.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import attrs

from scripts.bench.cameras import cameras_toml
from scripts.bench.report import Figure, progress
from scripts.bench.siege.cameras.asking import cameras
from testing.cameras.camera_servers import MJPEG, Server, mjpeg_parts
from testing.films import film
from testing.ports import free_port
from testing.running.rig import Rig
from testing.waiting import wait_until

SPAN_S = 62 * 60.0
LOOK_S = 5.0
READY_S = 120.0
RATE = 5.0
GOOD = "good"
PIPELINE = "testing.running.bench_pipelines:CAMERAS"
_REFUSAL = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


@attrs.define
class Seen:
    """What was looked at over the span."""

    memory_mb: list[float] = attrs.Factory(list)
    """Of the stage's handlers and their controller, together."""
    tries: dict[str, int] = attrs.Factory(dict)
    good_not_live: int = 0
    looks: int = 0


def run(span_s: float = SPAN_S) -> dict[str, Figure]:
    """Watch, and return the figures."""
    good = Server(mjpeg_parts(film.jpegs(film.pictures(25, 320, 240))), RATE, MJPEG)
    good.start()
    try:
        with absent() as urls, Rig(PIPELINE, cameras_toml({GOOD: good.url, **urls}, RATE)) as rig:
            return _figures(watch(rig, span_s), urls)
    finally:
        good.stop()


@contextmanager
def absent() -> Iterator[Mapping[str, str]]:
    """Return the addresses of five cameras that are not there, by how they are not."""
    with ExitStack() as stack:
        deaf = stack.enter_context(_deaf())
        silent = stack.enter_context(_answering(b""))
        refusing = stack.enter_context(_answering(_REFUSAL))
        yield {
            "closed": f"http://127.0.0.1:{free_port()}/",
            "closed_rtsp": f"rtsp://127.0.0.1:{free_port()}/live",
            "deaf": f"http://127.0.0.1:{deaf}/",
            "silent": f"http://127.0.0.1:{silent}/",
            "refusing": f"http://127.0.0.1:{refusing}/",
        }


@contextmanager
def _deaf() -> Iterator[int]:
    """Listen and accept nobody: once what may wait is there, the kernel answers no one else."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as stack:
        for _ in range(4):
            waiting = stack.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    """Say this to whoever connects; who is told nothing is kept."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return  # closed
                if not answer:
                    kept.append(client)
                    continue
                with client:
                    client.recv(65536)
                    client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for client in kept:
        client.close()


def watch(rig: Rig, span_s: float) -> Seen:
    """Look every few seconds, from when the good one is live."""
    wait_until(
        lambda: cameras(rig).get(GOOD, {}).get("state") == "live",
        "the good camera to be live",
        limit_s=READY_S,
        between=lambda: time.sleep(0.2),
    )
    seen, until_s = Seen(), time.monotonic() + span_s
    while time.monotonic() < until_s or not seen.looks:
        views = cameras(rig)
        seen.looks += 1
        seen.good_not_live += views[GOOD]["state"] != "live"
        seen.tries = {name: view["tries"] for name, view in views.items()}
        seen.memory_mb.append(_memory_mb(rig))
        if seen.looks % 60 == 1:
            progress(f"siege/away: {until_s - time.monotonic():.0f} s left, tries {seen.tries}")
        time.sleep(min(LOOK_S, max(0.0, until_s - time.monotonic())))
    return seen


def _memory_mb(rig: Rig) -> float:
    controller = rig.controller("camera")
    pids = [*rig.handlers("camera"), *([controller] if controller else [])]
    return sum(map(_resident_mb, pids))


def _resident_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def _figures(seen: Seen, urls: Mapping[str, str]) -> dict[str, Figure]:
    first, last = seen.memory_mb[0], seen.memory_mb[-1]
    return {
        **{f"away_tries_{name}": Figure(seen.tries.get(name, 0), "") for name in urls},
        "away_memory_first_mb": Figure(first, "MB"),
        "away_memory_most_mb": Figure(max(seen.memory_mb), "MB"),
        "away_memory_grown_mb": Figure(last - first, "MB"),
        "away_good_not_live": Figure(seen.good_not_live, ""),
        "away_looks": Figure(seen.looks, ""),
    }
