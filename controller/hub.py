"""What a controller waits for: one epoll for all links, pipes and processes, timers, and turns.

Theory of operation. A turn asks the epoll once, calls whoever is ready, then whoever asked to be
called at its end; only then does the trio task wait again, for the one descriptor of the epoll. So
a busy controller pays for one wake of trio and one look at the epoll for many datagrams, and what a
turn produced for one peer leaves together at its end.

Timers are a descriptor in the same epoll. Everything is level-triggered: who is called without need
finds nothing and returns. That also makes it harmless when a descriptor's number is given out again
within a turn.
"""

import heapq
import select
import time
from collections.abc import Callable
from itertools import count

import trio

from controller.timer import Timer

Ready = Callable[[int], None]
_READY_PER_TURN = 64


class Hub:
    """The epoll, the timers and what is to be done at the end of the turn."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._timer = Timer()
        self._epoll.register(self._timer.fileno(), select.EPOLLIN)  # calls nobody: it wakes
        self._ready: dict[int, Ready] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._at_end: list[Callable[[], None]] = []
        self._is_napping = False
        self.now_s = time.monotonic()

    def watch(self, descriptor: int, ready: Ready, events: int = select.EPOLLIN) -> None:
        """Call `ready` whenever this descriptor is."""
        self._epoll.register(descriptor, events)
        self._ready[descriptor] = ready

    def rewatch(self, descriptor: int, events: int) -> None:
        """Change what a watched descriptor is waited for."""
        self._epoll.modify(descriptor, events)

    def forget(self, descriptor: int) -> None:
        """No longer wait for this descriptor; before it is closed."""
        self._epoll.unregister(descriptor)
        del self._ready[descriptor]

    def at_end(self, callback: Callable[[], None]) -> None:
        """Call this at the end of this turn; a waiting hub is woken for it."""
        self._at_end.append(callback)
        if self._is_napping:
            self._timer.set(0.0)

    def later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call this in a turn after this time."""
        heapq.heappush(self._timers, (self.now_s + delay_s, next(self._numbers), callback))

    def turn(self, patience_s: float = 0.0) -> bool:
        """Serve all that is ready and due; say whether anything was.

        Being patient blocks the whole trio loop; it is for moments and saves trio's wake.
        """
        found = self._epoll.poll(patience_s, _READY_PER_TURN)
        self.now_s = time.monotonic()
        was_called = False
        for descriptor, events in found:
            ready = self._ready.get(descriptor)
            if ready is not None:
                was_called = True
                ready(events)
            elif descriptor == self._timer.fileno():
                self._timer.clear()
        while self._timers and self._timers[0][0] <= self.now_s:
            heapq.heappop(self._timers)[2]()
        return was_called or bool(self._at_end)

    def finish_turn(self) -> None:
        """Call everything that asked for the end of the turn, and what that asks for."""
        while self._at_end:
            due, self._at_end = self._at_end, []
            for callback in due:
                callback()

    async def wait(self, until_s: float) -> None:
        """Wait until something is ready or due, at the latest until then."""
        if self._timers:
            until_s = min(until_s, self._timers[0][0])
        if self._at_end or until_s <= time.monotonic():
            await trio.lowlevel.checkpoint()
            return
        self._timer.set(until_s)
        self._is_napping = True
        try:
            await trio.lowlevel.wait_readable(self._epoll.fileno())
        finally:
            self._is_napping = False

    def close(self) -> None:
        """Close the epoll and its timer."""
        self._timer.close()
        self._epoll.close()
