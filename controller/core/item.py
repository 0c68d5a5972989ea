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

    @property
    def size_bytes(self) -> int:
        """Return what the event weighs in the queue's bound."""
        return len(self.event.body) + sum(p.size_bytes for p in self.event.payloads)
