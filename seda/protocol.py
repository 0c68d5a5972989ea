"""The datagrams between processes, as frozen attrs classes; which one may come on which link.

A link is one SOCK_SEQPACKET connection. Between two controllers the sender of events speaks first:

    sender                         receiver
    Hello                   ->
                            <-     Welcome (or Refused, and the link is closed)
    Submit + descriptors    ->
                            <-     Settled, with the pressure
                            <-     Again, for events whose descriptors were lost on the way

Between a controller and a handler, over the socket that the controller made for it:

    controller                     handler
                            <-     Born, Ready
    Call + descriptors      ->
                            <-     Done + descriptors, Beat, Emit + descriptors
    Room                    ->
    Stop                    ->

Between a controller and its template: Warm once from the template, then a Fork with the handler's
socket and its output pipe for every handler that is wanted.
"""

from typing import Annotated

import attrs
from msgspec import Meta

from seda.messages import Bytes, Event, HandlerFigures, Output, Seconds, Settlement

VERSION = 1
DATAGRAM_BYTES = 64 * 1024
DESCRIPTORS_PER_DATAGRAM = 250
"""The kernel's limit is 253 (SCM_MAX_FD)."""

Pressure = Annotated[int, Meta(ge=0, le=4)]
Count = Annotated[int, Meta(ge=0)]


@attrs.frozen
class Window:
    """What a sender may have outstanding: submitted and not yet settled."""

    events: Count
    size_bytes: Bytes
    descriptors: Count


@attrs.frozen
class Hello:
    """Who wants to submit."""

    stage: str
    pid: int


@attrs.frozen
class Welcome:
    """The sender's window, and how hard the receiver is pressed (0 to 4)."""

    window: Window
    pressure: Pressure


@attrs.frozen
class Refused:
    """Why the link is being closed, in words."""

    reason: str


@attrs.frozen
class Submit:
    """Events for the receiver's queue; descriptors follow in the order of events and payloads."""

    events: tuple[Event, ...]


@attrs.frozen
class Settled:
    """Final states; an empty list tells a changed pressure only."""

    settlements: tuple[Settlement, ...]
    pressure: Pressure


@attrs.frozen
class Again:
    """These came without their descriptors: submit them once more after a moment."""

    ids: tuple[str, ...]


@attrs.frozen
class Warm:
    """The template has imported everything; `problem` says why it could not."""

    pid: int
    problem: str = ""


@attrs.frozen
class Fork:
    """Make a handler; its socket and its output pipe come along."""

    handler: int


@attrs.frozen
class Born:
    """A handler's first words."""

    pid: int


@attrs.frozen
class Ready:
    """The handler takes calls; `notes` say which protections the kernel did not give."""

    start_s: Seconds
    notes: tuple[str, ...] = ()


@attrs.frozen
class Call:
    """Handle these events."""

    call: int
    pressure: Pressure
    events: tuple[Event, ...]


@attrs.frozen
class Result:
    """What became of one event of a call."""

    id: str
    outcome: Annotated[str, Meta(pattern="^(done|dropped|failed)$")]
    reason: str = ""
    outputs: tuple[Output, ...] = ()


@attrs.frozen
class Done:
    """A call's end: outcomes, outputs, figures; descriptors of outputs in their order."""

    call: int
    service_s: Seconds
    results: tuple[Result, ...]
    figures: HandlerFigures
    cpu_s: Seconds = 0.0
    """Of `service_s`, what the processor spent on it; 0 where that is not asked for."""


@attrs.frozen
class Emit:
    """Outputs of an async handler that no single event asked for."""

    outputs: tuple[Output, ...]
    figures: HandlerFigures


@attrs.frozen
class Beat:
    """An async handler is alive."""

    figures: HandlerFigures


@attrs.frozen
class Room:
    """So many emitted outputs were taken over: as many more may be emitted."""

    outputs: int


@attrs.frozen
class Stop:
    """Finish what was begun and exit."""


Message = (
    Hello
    | Welcome
    | Refused
    | Submit
    | Settled
    | Again
    | Warm
    | Fork
    | Born
    | Ready
    | Call
    | Done
    | Emit
    | Beat
    | Room
    | Stop
)
