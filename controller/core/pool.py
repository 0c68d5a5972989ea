"""The handlers of a stage as the engine sees them: records and the choice among them. No policy."""

from collections.abc import Iterator
from typing import Literal

import attrs

from controller.core.item import Item
from seda.messages import HandlerFigures, HandlerState
from seda.pipeline import Stage

State = Literal["starting", "idle", "busy", "retiring", "dying"]


@attrs.define(eq=False)
class Call:
    """One call that a handler has."""

    number: int
    items: list[Item]
    started_s: float
    deadline_s: float
    units: float
    """The work in it."""
    is_extended: bool = False
    is_slow: bool = False
    """Its key's work takes far longer than others'."""


@attrs.define(eq=False)
class Handler:
    """One handler process."""

    number: int
    state: State
    since_s: float
    beat_s: float
    pid: int = 0
    calls: dict[int, Call] = attrs.Factory(dict)
    events: int = 0
    is_fruitful: bool = False
    """It gave something, though it may not have finished a call: events that last never end."""
    ungranted: int = 0
    """Emitted outputs that it was not given room for again yet."""
    figures: HandlerFigures = attrs.Factory(HandlerFigures)

    def enter(self, state: State, now_s: float) -> None:
        """Change state."""
        self.state = state
        self.since_s = now_s


class Pool:
    """All handlers that have not exited."""

    def __init__(self, row: Stage) -> None:
        self._is_async = row.handler == "async"
        self._concurrency = row.concurrency
        self._handlers: dict[int, Handler] = {}
        self._idle: list[Handler] = []
        """A stack, so that handlers which are not needed stay idle (function stages)."""
        self._last = 0

    def __len__(self) -> int:
        """Count the processes, whatever their state."""
        return len(self._handlers)

    def __iter__(self) -> Iterator[Handler]:
        """Go through them from the oldest."""
        return iter(tuple(self._handlers.values()))

    def add(self, now_s: float) -> Handler:
        """Make a record for a handler that is to be started."""
        self._last += 1
        handler = Handler(self._last, "starting", now_s, now_s)
        self._handlers[handler.number] = handler
        return handler

    def get(self, number: int) -> Handler | None:
        """Return a handler that has not exited."""
        return self._handlers.get(number)

    def remove(self, handler: Handler) -> None:
        """Forget a handler that has exited; wherever it is still noted, it is not idle."""
        handler.state = "dying"
        del self._handlers[handler.number]

    def count(self, *states: State) -> int:
        """Count the handlers in these states."""
        return sum(handler.state in states for handler in self._handlers.values())

    def make_idle(self, handler: Handler, now_s: float) -> None:
        """A handler may be given work."""
        handler.enter("idle", now_s)
        self._idle.append(handler)

    def free(self) -> Handler | None:
        """Return the handler that should have the next call."""
        if not self._is_async:
            while self._idle and self._idle[-1].state != "idle":
                self._idle.pop()
            return self._idle[-1] if self._idle else None
        return min(self.with_room(), key=lambda handler: len(handler.calls), default=None)

    def with_room(self) -> list[Handler]:
        """Return the handlers of an async stage that can have one more call."""
        return [
            handler
            for handler in self._handlers.values()
            if handler.state in ("idle", "busy") and len(handler.calls) < self._concurrency
        ]

    def begin(self, handler: Handler, call: Call, now_s: float) -> None:
        """A handler has a call."""
        if self._idle and self._idle[-1] is handler:
            self._idle.pop()
        if handler.state == "idle":
            handler.enter("busy", now_s)
        handler.calls[call.number] = call

    def longest_idle(self) -> Handler | None:
        """Return the handler that has had nothing to do for longest."""
        idle = (handler for handler in self._handlers.values() if handler.state == "idle")
        return min(idle, key=lambda handler: handler.since_s, default=None)

    def states(self) -> tuple[HandlerState, ...]:
        """Return what people see of them."""
        return tuple(
            HandlerState(h.number, h.pid, h.state, h.since_s, h.events, h.figures)
            for h in self._handlers.values()
        )
