"""One event on its way through a controller."""

import attrs

from seda.messages import Event
from seda.protocol import Result


@attrs.define(eq=False)
class Item:
    """An event with what the engine knows of it; in exactly one place at a time."""

    event: Event
    sender: int | None
    """Who is told when it is settled; None while nobody is connected that sent it."""
    arrived_s: float
    number: int = 0
    """Its place in the order of arrival; kept when it is put back, so that it is first again."""
    failures_alone: int = 0
    is_alone: bool = False
    """It was in a call that failed, so it is repeated in a call of its own."""
    result: Result | None = None
    """What its handler said; None until then."""
    is_finished: bool = False
    """No handler will have it again."""
    outputs_left: int = 0
    charged_units: float = 0.0
    """What its key was charged when it was handed out, before anybody knew what it takes."""
    size_bytes: int = attrs.field(init=False)
    is_once: bool = attrs.field(init=False)
    """It has somebody's connection, which is closed on doubt and never handed out again."""

    def __attrs_post_init__(self) -> None:
        """Weigh the event once; the queue's counts use it at every turn."""
        self.size_bytes = size_bytes(self.event)
        self.is_once = any(payload.kind == "connection" for payload in self.event.payloads)


def size_bytes(event: Event) -> int:
    """Return what an event weighs in the bounds of queues and windows: body and payloads."""
    size = len(event.body)
    for payload in event.payloads:
        size += payload.size_bytes
    return size
