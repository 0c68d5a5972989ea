"""The writing end of an async handler's link: results at once, emitted outputs in groups.

An emitted output waits until the tasks that run now have had their turn; what they emit meanwhile
leaves with it in one datagram. Each datagram costs its sender and the controller a system call, and
the controller a wake.
"""

from collections import deque
from itertools import islice

import trio

from runtime.figures import Meter
from seda.codec import TooLarge, encode
from seda.grouping import count_events, event_bytes
from seda.messages import Output
from seda.protocol import DATAGRAM_BYTES, Emit
from seda.wire import Full, Link, close_all

_WAITING_MAX = 2048
"""Outputs that wait to be sent: room bounds all but facts, of which only a controller that is
behind lets so many wait."""
_FIGURES_BYTES = 8 * 1024
"""Room in each datagram for what the code has counted."""


class Sender:
    """The link's writing end, shared by all tasks."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._turn = trio.Lock()

    async def send(self, content: bytes, descriptors: list[int]) -> None:
        """Send in turn, waiting while the controller is behind.

        The turn is taken only where there is something to wait for: taking it lets others run, and
        one of them that may not wait would find it taken and take that for a full link.
        """
        if self.send_nowait(content, descriptors):
            return
        async with self._turn:
            while not self._has_sent(content, descriptors):
                await trio.lowlevel.wait_writable(self._link)

    def send_nowait(self, content: bytes, descriptors: list[int]) -> bool:
        """Send unless somebody waits already."""
        return not self._turn.locked() and self._has_sent(content, descriptors)

    def _has_sent(self, content: bytes, descriptors: list[int]) -> bool:
        try:
            self._link.send_datagram(content, descriptors)
        except Full:
            return False
        return True


class Outbox:
    """Emitted outputs on their way to the controller."""

    def __init__(self, sender: Sender, meter: Meter) -> None:
        self._sender = sender
        self._meter = meter
        self._waiting: deque[tuple[Output, list[int]]] = deque()
        self._put = trio.lowlevel.ParkingLot()
        self._sent = trio.lowlevel.ParkingLot()

    @property
    def is_full(self) -> bool:
        """Say whether nothing more is taken now."""
        return len(self._waiting) >= _WAITING_MAX

    def put(self, output: Output, descriptors: list[int]) -> None:
        """Have this sent; the descriptors are closed then."""
        if event_bytes(output.event) > DATAGRAM_BYTES - _FIGURES_BYTES:
            raise TooLarge(f"an output of {event_bytes(output.event)} bytes fits no datagram")
        self._waiting.append((output, descriptors))
        self._put.unpark_all()

    async def wait_sent(self) -> None:
        """Wait until something has left."""
        await self._sent.park()

    async def run(self) -> None:
        """Send what is put."""
        while True:
            if not self._waiting:
                await self._put.park()
            await self.flush()

    async def flush(self) -> None:
        """Send everything, in groups."""
        while self._waiting:
            events = (output.event for output, _ in self._waiting)
            count = count_events(events, _FIGURES_BYTES)
            group = tuple(islice(self._waiting, count))
            descriptors = [number for _, numbers in group for number in numbers]
            content = encode(Emit(tuple(output for output, _ in group), self._meter.figures()))
            for _ in group:
                self._waiting.popleft()
            try:
                await self._sender.send(content, descriptors)
            finally:
                close_all(descriptors)
            self._sent.unpark_all()

    def close(self) -> None:
        """Let go of what was not sent."""
        for _, descriptors in self._waiting:
            close_all(descriptors)
        self._waiting.clear()
