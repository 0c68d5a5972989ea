"""What a controller's engine is told, and what it tells its shell to do.

Happenings come from sockets and processes, by way of the shell; commands go back. Senders, handlers
and calls are small numbers that the shell made up; descriptors never come here.
"""

import attrs

from seda.messages import Event, HandlerFigures, Output, Settlement
from seda.protocol import Result, Window


@attrs.frozen
class Arrived:
    """A sender submitted an event; the shell holds its descriptors under the event's id."""

    sender: int
    event: Event


@attrs.frozen
class SenderGone:
    """A sender's link ended; it will submit again what was not settled."""

    sender: int


@attrs.frozen
class HandlerBorn:
    """A spawned handler has a process."""

    handler: int
    pid: int


@attrs.frozen
class HandlerReady:
    """A handler takes calls; `start_s` is what its start cost it."""

    handler: int
    start_s: float


@attrs.frozen
class HandlerDone:
    """A call ended politely, whatever became of its events."""

    handler: int
    call: int
    service_s: float
    results: tuple[Result, ...]
    figures: HandlerFigures
    cpu_s: float = 0.0


@attrs.frozen
class HandlerBeat:
    """An async handler is alive."""

    handler: int
    figures: HandlerFigures


@attrs.frozen
class HandlerEmitted:
    """An async handler gave outputs that no single event asked for."""

    handler: int
    outputs: tuple[Output, ...]
    figures: HandlerFigures


@attrs.frozen
class HandlerExited:
    """A handler and all its descendants are gone and reaped.

    `cause` is one word for the count: exited, signal-9, cannot-start, garbage, ...
    """

    handler: int
    cause: str
    detail: str = ""
    """What the controller knows of the cause."""
    printed: str = ""
    """What it printed last, whatever that was about: a hint, no cause."""


@attrs.frozen
class OutputSettled:
    """A successor settled one of our outputs."""

    successor: str
    settlement: Settlement


@attrs.frozen
class SubmitAgain:
    """A successor got these without their descriptors."""

    successor: str
    ids: tuple[str, ...]


@attrs.frozen
class SuccessorUp:
    """A link to a successor's controller stands (again)."""

    successor: str
    window: Window
    pressure: int


@attrs.frozen
class SuccessorDown:
    """A successor's controller is gone; its link is tried again."""

    successor: str


@attrs.frozen
class SuccessorPressed:
    """A successor's pressure changed."""

    successor: str
    pressure: int


@attrs.frozen
class Quarantined:
    """An event was written to the quarantine, or (`problem`) could not be."""

    id: str
    problem: str = ""


@attrs.frozen
class Drain:
    """Finish what is here, take nothing new from handlers that emit, then stop them."""


@attrs.frozen
class Turned:
    """All that had come by now is told: what was gathered meanwhile may go out together."""


@attrs.frozen
class Tick:
    """Time has passed: deadlines, scaling, overload, backoffs."""


Happening = (
    Arrived
    | SenderGone
    | HandlerBorn
    | HandlerReady
    | HandlerDone
    | HandlerBeat
    | HandlerEmitted
    | HandlerExited
    | OutputSettled
    | SubmitAgain
    | SuccessorUp
    | SuccessorDown
    | SuccessorPressed
    | Quarantined
    | Drain
    | Turned
    | Tick
)


@attrs.frozen
class Dispatch:
    """Give a handler a call."""

    handler: int
    call: int
    events: tuple[Event, ...]
    pressure: int


@attrs.frozen
class Settle:
    """Tell the sender (None: its link ended) and close what is held for the event's id."""

    sender: int | None
    settlement: Settlement


@attrs.frozen
class Submit:
    """Submit an output to a successor; what is held for its id stays held."""

    successor: str
    event: Event


@attrs.frozen
class Forget:
    """An output is settled or was dropped here: close what is held for its id."""

    id: str


@attrs.frozen
class Spawn:
    """Start a handler under this number."""

    handler: int


@attrs.frozen
class Retire:
    """Ask a handler to finish and exit."""

    handler: int


@attrs.frozen
class Kill:
    """Kill a handler and its descendants, then report HandlerExited with this cause."""

    handler: int
    cause: str


@attrs.frozen
class Quarantine:
    """Write an event with its payloads to the quarantine, then report Quarantined."""

    event: Event
    reason: str


@attrs.frozen
class Grant:
    """An async handler may emit so many outputs more."""

    handler: int
    outputs: int


@attrs.frozen
class Say:
    """Log this: something that a person should know."""

    level: str
    words: str
    about: dict[str, object]


Command = Dispatch | Settle | Submit | Forget | Spawn | Retire | Kill | Quarantine | Grant | Say
