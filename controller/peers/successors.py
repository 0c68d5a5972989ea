"""The links over which this stage submits its outputs, and hears how those were settled.

The engine's outboxes decide what may be outstanding (the successor's window) and what has to be
submitted again; here only what one turn produced waits for the link, so the window bounds it.
"""

import os
from collections import deque
from itertools import islice

from controller.channel import Channel
from controller.core.happenings import (
    OutputSettled,
    SubmitAgain,
    SuccessorDown,
    SuccessorPressed,
    SuccessorUp,
)
from controller.held_descriptors import SPENT, HeldDescriptors
from controller.hub import Hub
from controller.peers.senders import Happen
from controller.refusals import RefusalLog
from seda import protocol, wire
from seda.codec import TooLarge, Undecodable
from seda.grouping import count_events
from seda.messages import Event, Settlement
from seda.protocol import Message
from seda.wire import Link, close_all

_BACKOFF_FIRST_S = 0.01
_BACKOFF_LARGEST_S = 1.0
"""The supervisor's listening sockets exist always, so a failure to connect is short or for good."""


class Successor:
    """One successor's link, which is tried again for as long as the controller lives."""

    def __init__(
        self, name: str, path: str, hub: Hub, held: HeldDescriptors, refusals: RefusalLog
    ) -> None:
        self.name = name
        self._path = path
        self._hub = hub
        self._held = held
        self._refusals = refusals
        self._channel: Channel | None = None
        self._is_hello_due = False
        self._is_up = False
        self._pressure = 0
        self._waiting: deque[Event] = deque()
        self._backoff_s = 0.0

    def open(self, stage: str, happen: Happen) -> None:
        """Connect now."""
        self._stage = stage
        self._happen = happen
        self._connect()

    def close(self) -> None:
        """Close the link for good."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    @property
    def is_up(self) -> bool:
        """Say whether the successor has said Welcome."""
        return self._is_up

    def submit(self, event: Event) -> None:
        """Have this sent at the end of the turn; while the link is down the engine keeps it."""
        if self._channel is not None and self._is_up:
            self._waiting.append(event)
            self._channel.ask_flush()

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take what a receiver may say."""
        close_all(descriptors)
        match message:
            case protocol.Settled() if self._is_up:
                for settlement in message.settlements:
                    self._happen(OutputSettled(self.name, settlement))
                self._press(message.pressure)
            case protocol.Welcome() if not self._is_up:
                self._is_up = True
                self._backoff_s = 0.0
                self._pressure = message.pressure
                self._happen(SuccessorUp(self.name, message.window, message.pressure))
            case protocol.Again() if self._is_up:
                self._happen(SubmitAgain(self.name, message.ids))
            case protocol.Refused():
                words = "a successor refuses this stage's link"
                self._refusals.refuse("refused", words, successor=self.name, why=message.reason)
                self._backoff_s = _BACKOFF_LARGEST_S
                self.end()
            case _:
                self.refuse(Undecodable("unexpected", f"{type(message).__name__}"))

    def lose(self, message: Message) -> None:
        """A receiver has no descriptors to send."""
        self.refuse(Undecodable("unexpected", f"{type(message).__name__} with descriptors"))

    def refuse(self, error: Undecodable) -> None:
        """Close the link and connect anew."""
        words = "a successor's datagram was refused; connecting anew"
        self._refusals.refuse(error.reason, words, successor=self.name, detail=str(error))
        self.end()

    def end(self) -> None:
        """The link is over: connect anew."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        self._waiting.clear()
        if self._is_up:
            self._is_up = False
            self._happen(SuccessorDown(self.name))
        self._hub.later(self._backoff_s, self._connect)
        self._backoff_s = min(max(2 * self._backoff_s, _BACKOFF_FIRST_S), _BACKOFF_LARGEST_S)

    def write(self, link: Link) -> None:
        """Say hello, then send what waits in as few datagrams as possible."""
        if self._is_hello_due:
            link.send(protocol.Hello(self._stage, os.getpid()))
            self._is_hello_due = False
        while self._waiting:
            self._drop_unsendable()
            count = count_events(self._waiting)
            if count:
                self._send_group(link, tuple(islice(self._waiting, count)))

    def _send_group(self, link: Link, events: tuple[Event, ...]) -> None:
        descriptors: list[int] = []
        for event in events:
            if event.payloads:
                kept = self._held.of_output(event)
                if kept is None or SPENT in kept:
                    events = events[: events.index(event)]
                    break
                descriptors += kept
        try:
            link.send(protocol.Submit(events), descriptors)
        except TooLarge as error:
            self._give_up(events, error)
        for event in events:
            self._waiting.popleft()
            if event.payloads:
                self._held.spend_connections(event)

    def _drop_unsendable(self) -> None:
        """Pass over what was forgotten meanwhile, and connections that were given away before."""
        while self._waiting and self._waiting[0].payloads:
            event = self._waiting[0]
            kept = self._held.of_output(event)
            if kept is not None and SPENT not in kept:
                return
            self._waiting.popleft()
            if kept is not None:
                lost = Settlement(event.id, "dropped", "connection-lost")
                self._happen(OutputSettled(self.name, lost))

    def _give_up(self, events: tuple[Event, ...], error: TooLarge) -> None:
        """Settle what no datagram can carry, as the estimate of sizes said it could."""
        for event in events:
            self._refusals.refuse("too-large", "an output cannot be sent", detail=str(error))
            self._happen(OutputSettled(self.name, Settlement(event.id, "dropped", "too-large")))

    def _press(self, pressure: int) -> None:
        if pressure != self._pressure:
            self._pressure = pressure
            self._happen(SuccessorPressed(self.name, pressure))

    def _connect(self) -> None:
        try:
            link = wire.connect(self._path)
        except OSError as error:
            words = "a successor cannot be reached; trying again"
            self._refusals.refuse("connect", words, successor=self.name, why=str(error))
            self.end()
            return
        self._channel = Channel(self._hub, link, self)
        self._is_hello_due = True
        self._channel.ask_flush()
