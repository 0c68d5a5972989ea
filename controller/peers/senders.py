"""The links over which other stages submit events here, and hear how those were settled.

Bounds: what may wait to be told to a sender is what it may have outstanding, its window.
"""

import os
import select
import socket
from collections.abc import Callable

from controller.channel import Channel
from controller.core.happenings import Arrived, Happening, SenderGone
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.peers.gate import Gate
from controller.peers.windows import Windows
from controller.refusals import RefusalLog
from seda import protocol
from seda.codec import Undecodable
from seda.grouping import count_settlements
from seda.messages import Event, Settlement
from seda.protocol import Message
from seda.wire import Link, close_all

_ACCEPT_PAUSE_S = 0.1
"""Without descriptors to accept with: the one who knocks stays in the backlog meanwhile."""
_ACCEPTS_PER_TURN = 16

Happen = Callable[[Happening], None]


class Senders:
    """The listening socket and everybody who connected to it."""

    def __init__(
        self,
        hub: Hub,
        listening: socket.socket,
        windows: Windows,
        gate: Gate,
        held: HeldDescriptors,
        refusals: RefusalLog,
    ) -> None:
        self.hub = hub
        self.gate = gate
        self.windows = windows
        self.held = held
        self.refusals = refusals
        self.pressure = 0
        self._listening = listening
        self._links: dict[int, SenderLink] = {}
        self._last = 0

    def open(self, happen: Happen) -> None:
        """Begin to accept."""
        self.happen = happen
        self._listening.setblocking(False)
        self._watch()

    def settle(self, sender: int | None, settlement: Settlement) -> None:
        """Tell a sender at the end of this turn, if it is still there."""
        link = self._links.get(sender) if sender is not None else None
        if link is not None:
            link.settle(settlement)

    def press(self, pressure: int) -> None:
        """Tell every sender a changed pressure."""
        if pressure != self.pressure:
            self.pressure = pressure
            for link in self._links.values():
                link.tell_pressure()

    def close(self) -> None:
        """Close every link."""
        for link in tuple(self._links.values()):
            link.channel.close()

    @property
    def is_flushed(self) -> bool:
        """Say whether every sender has been told everything."""
        return not any(link.has_waiting for link in self._links.values())

    def remove(self, number: int) -> None:
        """Forget a sender whose link is closed."""
        del self._links[number]
        self.happen(SenderGone(number))

    def _watch(self) -> None:
        self.hub.watch(self._listening.fileno(), self._accept, select.EPOLLIN)

    def _accept(self, _events: int) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, _ = self._listening.accept()
            except BlockingIOError:
                return
            except OSError as error:  # EMFILE, ENFILE, ENOMEM: it would be ready again at once
                self.refusals.refuse("accept", f"nobody can be accepted now: {error.strerror}")
                self.hub.forget(self._listening.fileno())
                self.hub.later(_ACCEPT_PAUSE_S, self._watch)
                return
            self._admit(Link(sock))

    def _admit(self, link: Link) -> None:
        uid = link.peer_uid()
        if uid != os.getuid():
            self.refusals.refuse("foreign-user", "a process of another user knocked", user=uid)
            link.close()
            return
        if self._is_shut_to(link.peer_pid()):
            link.close()
            return
        self._last += 1
        self._links[self._last] = SenderLink(self, self._last, link)

    def _is_shut_to(self, pid: int) -> bool:
        """Tell whether nobody knows that this process may come in; it may knock again."""
        try:
            is_shut = self.gate.is_shut_to(pid)
        except OSError as error:  # without descriptors nothing can be looked up either
            self.refusals.refuse("accept", f"nobody can be accepted now: {error.strerror}")
            return True
        if is_shut:
            self.refusals.refuse("handler", "a process below a controller knocked", pid=pid)
        return is_shut


class SenderLink:
    """One sender: what it may say, and what it is to be told."""

    def __init__(self, senders: Senders, number: int, link: Link) -> None:
        self._senders = senders
        self._number = number
        self._stage = ""
        self._window = senders.windows.of_other
        self._kinds: frozenset[str] = frozenset()
        self._is_welcome_due = False
        self._is_pressure_due = False
        self._settlements: list[Settlement] = []
        self._again: list[str] = []
        self.channel = Channel(senders.hub, link, self)

    @property
    def has_waiting(self) -> bool:
        """Say whether the sender is still to be told something."""
        return bool(self._settlements)

    def settle(self, settlement: Settlement) -> None:
        """Have this settlement told."""
        self._settlements.append(settlement)
        if len(self._settlements) > self._window.events:
            # Whoever keeps to the window and reads has never so many to hear of.
            self._senders.hub.at_end(self._give_up)
        self.channel.ask_flush()

    def tell_pressure(self) -> None:
        """Have the pressure told."""
        self._is_pressure_due = bool(self._stage)
        self.channel.ask_flush()

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take Hello first, then Submit and nothing else."""
        if isinstance(message, protocol.Submit) and self._stage:
            self._submitted(message, descriptors)
        elif isinstance(message, protocol.Hello) and not self._stage:
            self._stage = message.stage or "unnamed"
            self._window = self._senders.windows.window(self._stage)
            self._kinds = self._senders.gate.kinds_of(self._stage)
            self._is_welcome_due = True
            self.channel.ask_flush()
        else:
            close_all(descriptors)
            self.refuse(Undecodable("unexpected", f"{type(message).__name__} from a sender"))

    def lose(self, message: Message) -> None:
        """Ask for events whose descriptors were lost once more."""
        self._senders.refusals.refuse("descriptors-lost", "descriptors did not arrive")
        if isinstance(message, protocol.Submit) and self._stage:
            self._again += [event.id for event in message.events]
            self.channel.ask_flush()
        else:
            self.refuse(Undecodable("unexpected", f"{type(message).__name__} with descriptors"))

    def refuse(self, error: Undecodable) -> None:
        """Close the link of somebody who does not speak the protocol."""
        words = "a sender's datagram was refused and its link closed"
        sender = self._stage or "unnamed"
        self._senders.refusals.refuse(error.reason, words, sender=sender, detail=str(error))
        self.end()

    def _give_up(self) -> None:
        """End the link of somebody who was to be told more than the window allows."""
        if not self.channel.is_closed:
            self.refuse(Undecodable("unread", f"{len(self._settlements)} settlements"))

    def end(self) -> None:
        """The link is over."""
        self.channel.close()
        self._senders.remove(self._number)

    def write(self, link: Link) -> None:
        """Say welcome, settlements with the pressure, and what is wanted again."""
        pressure = self._senders.pressure
        if self._is_welcome_due:
            link.send(protocol.Welcome(self._window, pressure))
            self._is_welcome_due = self._is_pressure_due = False
        while self._settlements or self._is_pressure_due:
            count = count_settlements(self._settlements)
            link.send(protocol.Settled(tuple(self._settlements[:count]), pressure))
            self._is_pressure_due = False
            del self._settlements[:count]
        if self._again:
            link.send(protocol.Again(tuple(self._again)))
            self._again.clear()

    def _submitted(self, message: protocol.Submit, descriptors: list[int]) -> None:
        first = 0
        for event in message.events:
            count = len(event.payloads)
            own, first = descriptors[first : first + count], first + count
            if event.kind not in self._kinds:
                close_all(own)
                self._turn_away(event)
                continue
            if count:
                self._senders.held.keep_input(event.id, own)
            self._senders.happen(Arrived(self._number, event))

    def _turn_away(self, event: Event) -> None:
        """Settle what this sender may not give: to end its link would have it sent again."""
        words = "an event of a kind that its sender does not give was dropped"
        about = {"sender": self._stage, "kind": event.kind, "id": event.id}
        self._senders.refusals.refuse("not-given", words, **about)
        self.settle(Settlement(event.id, "dropped", "not-given"))
