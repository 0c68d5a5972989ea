"""Strangers' share of a handler's time: half, whoever of them comes, and nobody is left out."""

import trio
import trio.testing

from http_common.strangers_time import QUANTUM_S, REST_MAX_S, Turn, Turns

PIECE_S = QUANTUM_S / 4
LOOPS, TASKS = 2, 30


class Work:
    """What is done for strangers, by a clock that only work and rest move."""

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self._clock = clock
        self.done_s: dict[str, float] = {}

    async def go_on(self, name: str, turn: Turn) -> None:
        """Work in pieces for ever."""
        while True:
            await turn.next()
            self._clock.jump(PIECE_S)
            self.done_s[name] = self.done_s.get(name, 0.0) + PIECE_S
            turn.end()


async def _work(autojump_clock: trio.testing.MockClock, for_s: float) -> dict[str, float]:
    """Have loops and tasks work all the time; return how long each has."""
    work, turns = Work(autojump_clock), Turns()
    with trio.move_on_after(for_s):
        async with trio.open_nursery() as nursery:
            for number in range(LOOPS):
                nursery.start_soon(work.go_on, f"loop {number}", turns.lane())
            for number in range(TASKS):
                nursery.start_soon(work.go_on, f"task {number}", turns.one_of_many())
    return work.done_s


async def test_strangers_get_half_of_the_time_however_many_work_for_them(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Each lane resting for itself would leave nothing to those who are signed in (R26)."""
    for_s = 10.0
    done_s = await _work(autojump_clock, for_s)
    assert for_s * 0.45 <= sum(done_s.values()) <= for_s / 2 + QUANTUM_S


async def test_no_lane_of_strangers_is_left_out(autojump_clock: trio.testing.MockClock) -> None:
    """Loops and the tasks together take turns; tasks have theirs in their order."""
    done_s = await _work(autojump_clock, 10.0)
    assert len(done_s) == LOOPS + TASKS
    tasks_s = [spent_s for name, spent_s in done_s.items() if name.startswith("task")]
    assert max(tasks_s) - min(tasks_s) <= 2 * PIECE_S
    assert sum(tasks_s) >= min(done_s["loop 0"], done_s["loop 1"])


async def test_who_comes_alone_waits_for_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """Rests are saved up: a stranger who signs in is not slowed down by the share."""
    turn, began_s = Turns().one_of_many(), trio.current_time()
    await turn.next()
    autojump_clock.jump(QUANTUM_S / 2)
    assert turn.has_time
    await turn.next()
    assert trio.current_time() == began_s + QUANTUM_S / 2
    turn.end()
    assert not turn.has_time


async def test_a_machine_that_stood_still_keeps_nobody_out_for_long(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What a stranger's piece took by the clock is not always theirs."""
    turn = Turns().lane()
    await turn.next()
    autojump_clock.jump(1000.0)
    stood_s = trio.current_time()
    await turn.next()
    assert trio.current_time() == stood_s + REST_MAX_S


async def test_who_gives_up_while_waiting_takes_nobodys_turn(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A body's time runs out in the middle of a rest: the next one's turn comes all the same."""
    turns = Turns()
    first, second = turns.one_of_many(), turns.one_of_many()
    await first.next()
    autojump_clock.jump(4 * QUANTUM_S)
    ended_s = trio.current_time()
    with trio.move_on_after(QUANTUM_S):
        await first.next()
    first.end()
    await second.next()
    assert trio.current_time() == ended_s + 4 * QUANTUM_S
