"""Watches one camera for as long as it is wanted: connect, follow, lose, wait, connect again.

    async with watch(camera, surroundings) as happenings:
        async for happening in happenings:
            ...

Whoever does not take what happens stops the reading, and so, through TCP, the camera; nothing piles
up here. One camera is one task; it waits for no other.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from conf.schema import Camera
from stages.camera.backoff import Backoff, Generator
from stages.camera.faults import CameraFault, Fault
from stages.camera.source.clocks import MachineClock
from stages.camera.source.happenings import Clock, Connecting, Emit, Happening, Lost
from stages.camera.source.http import Connection
from stages.camera.source.intake import Intake
from stages.camera.source.settings import needs_process

ENDED = Fault("ended", "The camera ended the connection.")


class RealClock(MachineClock):
    """Real time, but the monotonic one is trio's, which a test can wind."""

    def monotonic_s(self) -> float:
        """Return monotonic time."""
        return trio.current_time()


@attrs.frozen
class Surroundings:
    """What a watch needs from outside: time, chance, and numbers for its connections."""

    clock: Clock
    generator: Generator
    next_epoch: Callable[[], int]
    """Gives a number greater than any before, across restarts too."""
    note_epoch: Callable[[int], None] = lambda _: None
    """Takes the number of a connection that another process made; ValueError where none can be."""
    intake: Intake = attrs.field(factory=Intake, repr=False)


@asynccontextmanager
async def watch(
    camera: Camera, surroundings: Surroundings
) -> AsyncIterator[trio.MemoryReceiveChannel[Happening]]:
    """Open the channel of what happens at this camera."""
    if needs_process(camera):
        raise ValueError(f'camera "{camera.name}" is read by libav, in a process of its own')
    send, receive = trio.open_memory_channel[Happening](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_watch_for_ever, camera, surroundings, send.send)
        with receive:
            yield receive
        nursery.cancel_scope.cancel()


async def _watch_for_ever(camera: Camera, surroundings: Surroundings, emit: Emit) -> None:
    backoff = Backoff(surroundings.generator)
    clock = surroundings.clock
    while True:
        epoch = surroundings.next_epoch()
        await emit(Connecting(epoch))
        connection = Connection(camera, epoch, clock, emit, surroundings.intake)
        try:
            await connection.run()
            fault = ENDED
        except CameraFault as lost:
            fault = lost.fault
        now_s = clock.monotonic_s()
        since_s = connection.live_since_s
        lived_s = 0.0 if since_s is None else now_s - since_s
        retry_s = backoff.wait_s(fault, now_s, lived_s)
        await emit(Lost(epoch, fault, lived_s, retry_s))
        await trio.sleep(retry_s)
