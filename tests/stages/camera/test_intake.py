"""What the connections of one process share for reading."""

import httpx
import pytest
import trio
import trio.testing

from stages.camera.faults import CameraFault
from stages.camera.source.client import PART_BYTES_MIN, PARTS, Reader
from stages.camera.source.intake import LULL_S, Intake


async def test_all_wake_at_the_same_moment(autojump_clock: trio.testing.MockClock) -> None:
    """Whoever comes while one sleeps is woken with that one, so nobody waits longer than a lull."""
    del autojump_clock
    intake, woken_s = Intake(), []

    async def lull(after_s: float) -> None:
        await trio.sleep(after_s)
        await intake.lull()
        woken_s.append(trio.current_time() - began_s)

    began_s = trio.current_time()
    async with trio.open_nursery() as nursery:
        for after_s in (0.0, LULL_S / 4, LULL_S / 2):
            nursery.start_soon(lull, after_s)
    assert all(abs(at_s - LULL_S) < 0.001 for at_s in woken_s)


async def test_who_leaves_keeps_nobody_asleep(autojump_clock: trio.testing.MockClock) -> None:
    """Where the one that sleeps for all is cancelled, the others are not left asleep."""
    del autojump_clock
    intake = Intake()
    async with trio.open_nursery() as nursery:
        with trio.move_on_after(LULL_S / 2):
            nursery.start_soon(intake.lull)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(intake.lull)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    with trio.fail_after(2 * LULL_S):
        await intake.lull()


class Wire:
    """Stands for httpx's network stream, encrypted, so that parts come through httpx."""

    def get_extra_info(self, name: str) -> object:
        """Say that there is TLS."""
        return name


class Parts:
    """A body in many pieces of one size."""

    def __init__(self, size_bytes: int) -> None:
        self._part = bytes(size_bytes)
        self.given = 0

    def __aiter__(self) -> "Parts":
        """Return itself."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece."""
        if self.given == 3 * PARTS:
            raise StopAsyncIteration
        self.given += 1
        return self._part


async def read(parts: Parts) -> None:
    response = httpx.Response(200, extensions={"network_stream": Wire()})
    reader = Reader(response, parts, Intake())
    while await reader.read():
        pass


async def test_a_body_in_pieces_of_a_byte_is_refused() -> None:
    """It would cost the other cameras of a process a thousand times as much."""
    parts = Parts(1)
    with pytest.raises(CameraFault, match="pieces of under 16 bytes"):
        await read(parts)
    assert parts.given == PARTS


async def test_a_body_in_small_pieces_is_read() -> None:
    """Some cameras send each header of a part by itself."""
    parts = Parts(PART_BYTES_MIN)
    await read(parts)
    assert parts.given == 3 * PARTS
