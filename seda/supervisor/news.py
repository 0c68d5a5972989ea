"""The supervisor's own figures, submitted to `live` as facts.

Nothing here waits for `live`: what it has not settled is replaced by what comes next.
"""

import os
from collections.abc import Callable

from seda import protocol, wire
from seda.codec import Undecodable, encode_body
from seda.messages import Event, SupervisorFigures

OUTSTANDING = 4
"""Figures that `live` has not settled yet; further ones wait for the next second."""


class News:
    """A link to `live` that comes and goes with its controller."""

    def __init__(self, path: str, say: Callable[..., None]) -> None:
        self._path = path
        self._say = say
        self._link: wire.Link | None = None
        self._outstanding: set[str] = set()
        self._count = 0

    def tell(self, figures: SupervisorFigures) -> None:
        """Submit the newest figures, if there is room for them."""
        self._connect()
        self._listen()
        if self._link is None or len(self._outstanding) >= OUTSTANDING:
            return
        self._count += 1
        event = Event(
            id=f"supervisor-{figures.pid}-{self._count}",
            kind="supervisor_figures",
            key="supervisor",
            body=encode_body(figures),
            born_s=figures.at_s,
        )
        if self._send(protocol.Submit((event,))):
            self._outstanding.add(event.id)

    def close(self) -> None:
        """End the link."""
        if self._link is not None:
            self._link.close()
            self._link = None
        self._outstanding.clear()

    def _connect(self) -> None:
        if self._link is None:
            try:
                self._link = wire.connect(self._path)
            except OSError:
                return  # Full of others who wait for a controller that restarts.
            self._send(protocol.Hello("supervisor", os.getpid()))

    def _send(self, message: protocol.Message) -> bool:
        if self._link is None:
            return False
        try:
            self._link.send(message)
        except wire.Full:
            return False
        except wire.Closed:
            self.close()
            return False
        return True

    def _listen(self) -> None:
        """Take in what `live`'s controller said."""
        while self._link is not None:
            try:
                received = self._link.receive()
            except (wire.Closed, wire.DescriptorsLost):
                self.close()
                return
            except Undecodable as error:
                self._say("warning", "live's controller sent what is no message", why=str(error))
                self.close()
                return
            if received is None:
                return
            self._take(*received)

    def _take(self, message: protocol.Message, descriptors: list[int]) -> None:
        wire.close_all(descriptors)
        match message:
            case protocol.Settled(settlements=settlements):
                self._outstanding -= {settlement.id for settlement in settlements}
            case protocol.Again(ids=ids):
                self._outstanding -= set(ids)
            case protocol.Refused(reason=reason):
                self._say("warning", "live refuses the supervisor's figures", why=reason)
                self.close()
