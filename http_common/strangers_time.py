"""How much of a handler's time strangers get: half of it, however many they are.

Theory of operation. Whatever is done for a connection on which nobody has signed in is a piece of
work that is measured, and for as long as strangers were worked for they rest. All of them have one
account: accepting, hearing who sends and reading bodies are lanes that take turns, so that none
keeps the others out. The tasks of bodies are one lane together, in the order in which they came.
Between two pieces everybody else has a turn, and a piece is bounded by what is read at once: no
stream of bytes keeps the handler from those who are signed in, or from its heartbeat.

Rests shorter than a quantum are saved up: the kernel wakes nobody after less than a millisecond.
"""

import math
from collections.abc import Awaitable, Callable

import trio

QUANTUM_S = 0.005
"""A lane that has worked for so long lets the others have theirs."""
REST_MAX_S = 0.25
"""A machine that stood still for long is no reason to keep strangers out for as long again."""


class Turn:
    """The pieces of work of one loop, or of one connection."""

    def __init__(
        self, wait: Callable[[], Awaitable[None]], note: Callable[[float, float], None]
    ) -> None:
        self._wait = wait
        self._note = note
        self._began_s: float | None = None

    @property
    def has_time(self) -> bool:
        """Return whether the piece that has begun may go on."""
        began_s = self._began_s
        return began_s is not None and trio.current_time() - began_s < QUANTUM_S

    async def next(self) -> None:
        """End a piece of work, and wait until another may begin."""
        self.end()
        await self._wait()
        self._began_s = trio.current_time()

    def end(self) -> None:
        """End a piece of work, if one has begun."""
        if self._began_s is not None:
            self._note(self._began_s, trio.current_time())
            self._began_s = None


class Turns:
    """The account of all strangers of a handler."""

    def __init__(self) -> None:
        self._next = trio.StrictFIFOLock()
        self._next_of_crowd = trio.StrictFIFOLock()
        self._crowd_left_s = 0.0
        """Of the quantum of those who are one lane together."""
        self._free_s = -math.inf
        """When strangers have rested."""

    def lane(self) -> Turn:
        """Return the turn of a loop that has a lane of its own."""
        return Turn(self._wait, self._note)

    def one_of_many(self) -> Turn:
        """Return the turn of a task among many."""
        return Turn(self._wait_in_crowd, self._note_of_crowd)

    async def _wait(self) -> None:
        async with self._next:
            if self._free_s - trio.current_time() >= QUANTUM_S:
                await trio.sleep_until(self._free_s)

    async def _wait_in_crowd(self) -> None:
        async with self._next_of_crowd:
            if self._crowd_left_s <= 0:
                await self._wait()
                self._crowd_left_s = QUANTUM_S

    def _note(self, began_s: float, ended_s: float) -> None:
        free_s = max(self._free_s, began_s) + 2 * (ended_s - began_s)
        self._free_s = min(free_s, ended_s + REST_MAX_S)

    def _note_of_crowd(self, began_s: float, ended_s: float) -> None:
        self._crowd_left_s -= ended_s - began_s
        self._note(began_s, ended_s)
