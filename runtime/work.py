"""What the code of a stage is given, and what it gives back. No process and no protocol here.

The code drafts outputs; ids, descriptors and checks come when the runtime collects them
(runtime/results.py), so a draft that is not given leaks nothing.
"""

import os
import socket
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import attrs

from runtime.figures import Meter
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import Event, PayloadKind
from seda.stage_config import StageConfig

T = TypeVar("T")


@attrs.define(eq=False)
class Received:
    """One payload of an input; given as an output's payload it is passed on, not copied."""

    kind: PayloadKind
    size_bytes: int
    descriptor: int
    """Open until the input is done with; -1 once it was taken or closed."""
    _view: memoryview | None = None

    def view(self) -> memoryview:
        """Return the memory's content, checked and mapped when it is first asked for."""
        if self._view is None:
            self._view = payload.view(self.descriptor, self.size_bytes)
        return self._view

    def take_connection(self) -> socket.socket:
        """Return the connection, which is the code's own from now on."""
        return socket.socket(fileno=self.take())

    def take(self) -> int:
        """Return the descriptor, which is the code's own to close from now on."""
        descriptor, self.descriptor = self.descriptor, -1
        return descriptor

    def close(self) -> None:
        """Close what nobody took; a view stays valid while somebody holds it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


Content = bytes | bytearray | memoryview | Sequence[bytes | memoryview] | socket.socket | Received
"""What may become a payload: memory is copied once, in parts or whole; a socket is given away."""


class Header(TypedDict, total=False):
    """What of an output's header the code may say; the rest is its input's."""

    to: str
    """Needed only where the row gives the kind to several stages."""
    key: str
    priority: int
    threat: float | None
    units: float
    born_s: float


@attrs.define(eq=False)
class Draft:
    """An output as the code says it, with no id and no descriptors yet."""

    source: "Input | None"
    id: str
    """Given for what no input asked for; empty where it derives from the source's."""
    kind: str
    body: bytes
    contents: Sequence[Content]
    header: Header


@attrs.define(eq=False)
class Dropped:
    """The code's decision that an input leads nowhere."""

    source: "Input"
    reason: str


Product = Draft | Dropped


@attrs.define(eq=False)
class Input:
    """One event with its payloads."""

    header: Event
    payloads: tuple[Received, ...] = ()

    def body(self, kind: type[T]) -> T:
        """Decode the event's body."""
        return decode_body(self.header.body, kind)

    def output(
        self,
        kind: str,
        body: object = None,
        payloads: Sequence[Content] = (),
        **header: Unpack[Header],
    ) -> Draft:
        """Draft an output whose key, priority, threat and age are this input's unless said."""
        return Draft(self, "", kind, encoded(body), payloads, header)

    def drop(self, reason: str) -> Dropped:
        """Say politely that nothing comes of this input; the reason is a word that is counted."""
        return Dropped(self, reason)

    def close(self) -> None:
        """Close the descriptors that the code did not take."""
        for received in self.payloads:
            received.close()


def received(event: Event, descriptors: list[int]) -> Input:
    """Return the input, taking this event's descriptors off the front of the list."""
    if not event.payloads:
        return Input(event)
    payloads = tuple(
        Received(payload.kind, payload.size_bytes, descriptors.pop(0)) for payload in event.payloads
    )
    return Input(event, payloads)


class Context:
    """What a stage's code knows besides its input."""

    def __init__(self, config: StageConfig) -> None:
        self.stage = config.row
        self.settings = config.settings
        self.directory = Path(config.data_directory, config.row.name)
        """The only place in which the code may write."""
        self.pressure = 0
        """0 to 4: how much of the row's ladder to leave out."""
        self.sockets = {
            name: socket.socket(fileno=config.sockets[name]) for name in config.row.listens
        }
        """Listening sockets, by the names in the row."""
        self.meter = Meter()
        self._content = config.content

    def count(self, name: str, amount: float = 1) -> None:
        """Add to a figure of the stage; it travels with the handler's own figures."""
        self.meter.count(name, amount)

    def say_trouble(self, words: str) -> None:
        """Have `readyz` and the pages say what a person has to look after; "" when it is over."""
        self.meter.trouble = words

    def content(self, kind: type[T]) -> T:
        """Decode the settings, which hold no secrets, or the part of them that a class names."""
        return decode_body(self._content, kind)


@attrs.frozen
class Several:
    """Marks (as a decorator) a stage function that takes all inputs of a call together."""

    function: Callable[[Sequence[Input], Context], Iterable[Product] | None]


def encoded(body: object) -> bytes:
    """Return the bytes of an event's body; None stands for no body at all."""
    return b"" if body is None else encode_body(body)
