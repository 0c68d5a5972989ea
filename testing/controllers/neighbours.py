"""Stages around the one that is tested: they take what it gives, and settle it."""

import os
import socket
from pathlib import Path

import attrs

from seda import payload, protocol, wire
from seda.messages import Event, Settlement
from seda.wire import close_all


@attrs.define(eq=False)
class Taken:
    """One event with its descriptors, which are the test's from now on."""

    event: Event
    descriptors: list[int]

    def memory(self, number: int) -> bytes:
        """Return a payload's content."""
        size_bytes = self.event.payloads[number].size_bytes
        return bytes(payload.view(self.descriptors[number], size_bytes))

    def close(self) -> None:
        """Close what came along."""
        close_all(self.descriptors)
        self.descriptors = []

    def end(self) -> None:
        """End the connection that came first, as a reply stage does, and close the rest."""
        with socket.socket(fileno=self.descriptors.pop(0)) as connection:
            connection.close()
        self.close()


class Neighbour:
    """In the place of another stage's controller."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = str(folder / f"{name}.sock")
        self._listening = wire.listen(self.path)
        self._link: wire.Link | None = None
        self.taken: list[Taken] = []
        self.is_settling = True

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._link.fileno() if self._link else self._listening.fileno()

    def pump(self) -> None:
        """Take whatever is there."""
        if self._link is None:
            try:
                self._link = wire.Link(self._listening.accept()[0])
            except BlockingIOError:
                return
        try:
            while (received := self._link.receive()) is not None:
                self._hear(self._link, *received)
        except wire.Closed:
            self._link.close()
            self._link = None

    def _hear(self, link: wire.Link, message: protocol.Message, descriptors: list[int]) -> None:
        if isinstance(message, protocol.Hello):
            link.send(protocol.Welcome(protocol.Window(1000, 1 << 30, 1000), 0))
            return
        assert isinstance(message, protocol.Submit)
        for event in message.events:
            own = [descriptors.pop(0) for _ in event.payloads]
            self.taken.append(Taken(event, own))
        if self.is_settling:
            done = tuple(Settlement(event.id, "done") for event in message.events)
            link.send(protocol.Settled(done, 0))

    def take_all(self, kind: str) -> list[Taken]:
        """Return what came of a kind, and leave the rest."""
        found = [it for it in self.taken if it.event.kind == kind]
        self.taken = [it for it in self.taken if it.event.kind != kind]
        return found

    def close(self) -> None:
        """Stop."""
        for taken in self.taken:
            taken.close()
        if self._link is not None:
            self._link.close()
        self._listening.close()
        os.unlink(self.path)  # noqa: PTH108
