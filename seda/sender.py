"""Submitting events from outside a controller: the supervisor's facts, replays, benches, tests.

    sender = Sender(path, "bench")
    sender.submit(event, descriptors)        # the descriptors are the sender's from now on
    settlements = sender.pump()              # whenever the link is ready, and now and then

Nothing blocks. What is submitted is kept until it is settled; when the link was lost everything
unsettled is submitted again, in order and before anything new. Whoever gives more than the window
takes up sees `waiting` grow, and bounds it.
"""

import contextlib
import os
from collections import deque
from itertools import islice

import attrs

from seda import protocol, wire
from seda.codec import Undecodable
from seda.grouping import count_events
from seda.messages import Event, Settlement
from seda.protocol import Message, Window
from seda.wire import Link, close_all


@attrs.define
class _Kept:
    """An event with its descriptors, until it is settled."""

    event: Event
    descriptors: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        return len(self.event.body) + sum(payload.size_bytes for payload in self.event.payloads)


class Sender:
    """One link to a controller, as one of its senders."""

    def __init__(self, path: str, name: str) -> None:
        self._path = path
        self._name = name
        self._link: Link | None = None
        self._lost: list[Settlement] = []
        """Events whose connection went with a link that ended."""
        self._window: Window | None = None
        self._waiting: deque[_Kept] = deque()
        self._submitted: dict[str, _Kept] = {}
        self._size_bytes = 0
        self._descriptors = 0
        self.pressure = 0
        self.refused = ""
        """Why the receiver will not have this sender, in its words."""

    def fileno(self) -> int:
        """Return the descriptor to wait for; -1 while there is no link: pump again soon."""
        return self._link.fileno() if self._link is not None else -1

    @property
    def waiting(self) -> int:
        """Count what the window has no room for yet."""
        return len(self._waiting)

    @property
    def unsettled(self) -> int:
        """Count everything that is not settled."""
        return len(self._waiting) + len(self._submitted)

    def submit(self, event: Event, descriptors: tuple[int, ...] = ()) -> None:
        """Take an event over; it is sent when `pump` is called and the window has room."""
        self._waiting.append(_Kept(event, descriptors))

    def pump(self) -> list[Settlement]:
        """Connect if need be, read what came, send what may be sent; return what was settled."""
        settled, self._lost = self._lost, []
        try:
            if self._link is None:
                self._connect()
            self._receive(settled)
            self._send()
        except wire.Full:
            pass  # the next pump goes on
        except (wire.Closed, wire.DescriptorsLost, Undecodable, OSError):
            self._disconnect()
        return settled

    def close(self) -> None:
        """Close the link and everything that is kept."""
        self._disconnect()
        for kept in self._waiting:
            close_all(kept.descriptors)
        self._waiting.clear()

    def _connect(self) -> None:
        self._link = wire.connect(self._path)
        self._link.send(protocol.Hello(self._name, os.getpid()))

    def _disconnect(self) -> None:
        """Whatever was submitted waits again, in order, before anything new.

        But for whose connection was given away: nobody knows what became of that.
        """
        if self._link is not None:
            self._link.close()
        self._link = self._window = None
        for kept in reversed(self._submitted.values()):
            if len(kept.descriptors) < len(kept.event.payloads):
                self._lost.append(Settlement(kept.event.id, "dropped", "connection-lost"))
                close_all(kept.descriptors)
            else:
                self._waiting.appendleft(kept)
        self._submitted.clear()
        self._size_bytes = self._descriptors = 0

    def _receive(self, settled: list[Settlement]) -> None:
        while self._link is not None and (received := self._link.receive()) is not None:
            self._take(received[0], settled)

    def _take(self, message: Message, settled: list[Settlement]) -> None:
        match message:
            case protocol.Welcome():
                self._window, self.pressure = message.window, message.pressure
            case protocol.Settled():
                self.pressure = message.pressure
                settled += [it for it in message.settlements if self._settle(it)]
            case protocol.Again():
                self._put_back(message.ids)
            case protocol.Refused():
                self.refused = message.reason
                raise wire.Closed
            case _:
                raise Undecodable("unexpected", type(message).__name__)

    def _settle(self, settlement: Settlement) -> bool:
        kept = self._submitted.pop(settlement.id, None)
        if kept is None:
            return False
        self._weigh(kept, -1)
        close_all(kept.descriptors)
        return True

    def _put_back(self, ids: tuple[str, ...]) -> None:
        """These came without their descriptors: first in line once more."""
        for event_id in reversed(ids):
            kept = self._submitted.pop(event_id, None)
            if kept is not None:
                self._weigh(kept, -1)
                self._waiting.appendleft(kept)

    def _send(self) -> None:
        while self._link is not None and (group := self._next_group()):
            descriptors = [number for kept in group for number in kept.descriptors]
            self._link.send(protocol.Submit(tuple(kept.event for kept in group)), descriptors)
            for kept in group:
                self._waiting.popleft()
                self._submitted[kept.event.id] = kept
                self._weigh(kept, 1)
                self._give_connections_up(kept)

    def _next_group(self) -> list[_Kept]:
        """Return what fits both a datagram and the window; one alone always fits the window."""
        window = self._window
        if window is None or not self._waiting:
            return []
        room = window.events - len(self._submitted)
        room_bytes = window.size_bytes - self._size_bytes
        room_descriptors = window.descriptors - self._descriptors
        group: list[_Kept] = []
        count = count_events(kept.event for kept in islice(self._waiting, max(room, 0)))
        for kept in islice(self._waiting, count):
            room_bytes -= kept.size_bytes
            room_descriptors -= len(kept.descriptors)
            is_alone = not group and not self._submitted
            if not is_alone and (room_bytes < 0 or room_descriptors < 0):
                break
            group.append(kept)
        return group

    def _weigh(self, kept: _Kept, sign: int) -> None:
        self._size_bytes += sign * kept.size_bytes
        self._descriptors += sign * len(kept.event.payloads)

    @staticmethod
    def _give_connections_up(kept: _Kept) -> None:
        """A connection is at most once: ours is closed as soon as it was given away."""
        if any(payload.kind == "connection" for payload in kept.event.payloads):
            with contextlib.suppress(OSError):
                close_all(kept.descriptors)
            kept.descriptors = ()
