"""Giving outputs that no event asked for: at once where there is room, otherwise by a task.

A connection that goes with an output stays open here until the output has left, as a copy of its
own, so that a controller that has no room costs nobody their answer.
"""

import os
import time

import trio

from runtime.asynchronous import AsyncContext
from runtime.work import Draft, Received
from stages.assignment.requests import end

PENDING_MAX = 4096
"""Requests that wait are bounded by the policy, incidents by the pool; together they stay below."""


class Emitter:
    """Emits in order, as far as there is room."""

    def __init__(self, context: AsyncContext, nursery: trio.Nursery) -> None:
        self._context = context
        self._nursery = nursery
        self._pending = 0
        self._begun = f"{os.getpid()}/{time.monotonic_ns()}"
        self._facts = 0

    def next_fact(self) -> str:
        """Return an id that no other fact has."""
        self._facts += 1
        return f"assignment_fact/{self._begun}/{self._facts}"

    def emit(self, draft: Draft, connection: Received | None = None) -> None:
        """Emit an output, and close our copy of the connection that goes with it."""
        if not self._pending and self._context.emit_nowait(draft):
            if connection is not None:
                connection.close()
        elif self._pending < PENDING_MAX:
            self._pending += 1
            self._nursery.start_soon(self._emit_later, draft, connection)
        else:
            self._context.count("not_given")
            if connection is not None:
                end(connection)

    async def _emit_later(self, draft: Draft, connection: Received | None) -> None:
        try:
            await self._context.emit(draft)
        except BaseException:
            if connection is not None:
                end(connection)
            raise
        finally:
            self._pending -= 1
            if connection is not None:
                connection.close()
