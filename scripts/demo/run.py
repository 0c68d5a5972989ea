"""Running the demo: feeds, the truth and the listener, until it is told to stop."""

import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import attrs
import trio

from scripts.demo.cameras import DemoCamera
from scripts.demo.feed import Clock, Feed
from scripts.demo.serve import MAX_CONNECTIONS, Site, serve_connection
from scripts.demo.truth import AHEAD_S, Truth, write_lines

TRUTH_EVERY_S = 1.0
TRUTH_KEPT = 2000  # lines that /truth.jsonl still shows


@attrs.frozen
class Settings:
    """What somebody may choose about a run."""

    cameras: Sequence[DemoCamera]
    port: int
    """0 for any that is free."""
    seed: int = 1
    truth: Path | None = None
    incidents: bool = True
    begin_at_s: float = 0.0  # the stream time to begin at, just before something say
    socket: int | None = None
    """A socket that listens already, so that the port stays when this process is replaced."""


async def run(
    settings: Settings, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve the cameras on loopback; the started value is the port."""
    began = trio.current_time() - settings.begin_at_s
    clock = Clock(began, time.time() - settings.begin_at_s)
    feeds = {
        camera.path: Feed(camera, clock, settings.seed, incidents=settings.incidents)
        for camera in settings.cameras
    }
    site = Site(feeds, clock, [])
    rendering, tracing = trio.CapacityLimiter(1), trio.CapacityLimiter(1)
    async with trio.open_nursery() as nursery:
        listeners = await _listen(settings)
        await nursery.start(_keep_truth, settings, site)
        for feed in feeds.values():
            nursery.start_soon(feed.run, rendering)
            nursery.start_soon(feed.refine, tracing)
        room = trio.CapacityLimiter(MAX_CONNECTIONS)

        async def answer(stream: trio.SocketStream) -> None:
            async with room:
                await serve_connection(site, stream)

        task_status.started(listeners[0].socket.getsockname()[1])
        await trio.serve_listeners(answer, listeners)


async def _listen(settings: Settings) -> list[trio.SocketListener]:
    if settings.socket is None:
        return await trio.open_tcp_listeners(settings.port, host="127.0.0.1")
    inherited = socket.socket(fileno=settings.socket)
    return [trio.SocketListener(trio.socket.from_stdlib_socket(inherited))]


async def _keep_truth(
    settings: Settings, site: Site, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Write down what is staged before it happens."""
    truth = Truth(
        settings.cameras, settings.seed, site.clock.start_wall_s, incidents=settings.incidents
    )
    with ExitStack() as stack:
        stack.enter_context(suppress(OSError))  # what a full disk has not taken at the end
        file = stack.enter_context(settings.truth.open("w")) if settings.truth else None
        while True:
            lines = list(truth.lines_until(site.clock.now_s() + AHEAD_S))
            site.truth.extend(lines)
            del site.truth[1:-TRUTH_KEPT]
            if file is not None:
                with suppress(OSError):  # a full disk is no reason to film nothing
                    write_lines(iter(lines), file)
            task_status.started()
            task_status = trio.TASK_STATUS_IGNORED
            await trio.sleep(TRUTH_EVERY_S)
