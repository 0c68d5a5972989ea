"""What the connections of one process share for reading."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx
import trio
import trio.testing

from stages.camera.source.client import Reader
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


class _Unframed:
    """The network below an answer, of which nothing is read here."""

    def get_extra_info(self, _: str) -> None:
        """Know nothing."""


async def _at_once() -> AsyncGenerator[bytes, None]:
    """Yield the parts of a body that is all here."""
    while True:
        yield b"a part of some length"


async def test_a_camera_that_always_has_more_lets_the_others_have_their_turn() -> None:
    """Thousands of parts come out of one read of the socket, without a wait in between."""
    answer = httpx.Response(
        200,
        headers={"Transfer-Encoding": "chunked"},
        extensions={"network_stream": _Unframed()},
    )
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with aclosing(_at_once()) as parts, trio.open_nursery() as nursery:
        nursery.start_soon(take_turns)
        reader = Reader(answer, parts, Intake())
        for _ in range(1000):
            await reader.read()
        assert turns > 10
        nursery.cancel_scope.cancel()
