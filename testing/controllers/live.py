"""In the place of `live`'s controller: takes a stage's figures."""

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seda import protocol, wire
from seda.codec import decode_body
from seda.messages import Settlement, StageFigures
from testing.waiting import PATIENCE_S, wait_until


class Listener:
    """Who listens where `live` would; a controller connects once it has started."""

    def __init__(self, folder: Path) -> None:
        self._listening = wire.listen(str(folder / "live.sock"))
        self._link: wire.Link | None = None

    def figures_when(self, is_so: Callable[[StageFigures], object]) -> StageFigures:
        """Return the first figures that are so."""
        said: list[StageFigures] = []

        def is_said() -> bool:
            said.append(self._next())
            return bool(is_so(said[-1]))

        wait_until(is_said, "such figures", between=bool, so_far=lambda: said[-1])
        return said[-1]

    def close(self) -> None:
        """Stop listening."""
        if self._link is not None:
            self._link.close()
        self._listening.close()

    def _next(self) -> StageFigures:
        if self._link is None:
            select.select([self._listening], [], [], PATIENCE_S)
            self._link = wire.Link(self._listening.accept()[0])
            assert isinstance(self._receive(self._link), protocol.Hello)
            self._link.send(protocol.Welcome(protocol.Window(10, 1000, 10), 0))
        message = self._receive(self._link)
        assert isinstance(message, protocol.Submit)
        [event] = message.events
        self._link.send(protocol.Settled((Settlement(event.id, "done"),), 0))
        return decode_body(event.body, StageFigures)

    @staticmethod
    def _receive(link: wire.Link) -> protocol.Message:
        select.select([link], [], [], PATIENCE_S)
        received = link.receive()
        assert received is not None
        return received[0]


@contextmanager
def listener(folder: Path) -> Iterator[Listener]:
    """Listen for the length of a test."""
    opened = Listener(folder)
    try:
        yield opened
    finally:
        opened.close()
