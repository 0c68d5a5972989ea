"""What `live` gives to another stage unasked: pages that are gone, or incidents.

It waits here, the newest of each name, while the stage that takes it is in trouble: what the
controller has taken over cannot be taken back, and too much of it would keep `live` from hearing
anything.
"""

from collections.abc import Callable
from typing import TypeVar

import attrs
import trio

from runtime.asynchronous import AsyncContext

WAITING_MAX = 4096
LOOK_S = 1.0

T = TypeVar("T")


@attrs.frozen
class _PendingEvent:
    body: object
    key: str


class PendingEvents:
    """What waits to be given, by name; all of one kind."""

    def __init__(self, kind: str, epoch: str) -> None:
        self._kind = kind
        self._epoch = epoch
        """Tells this process's ids from those of every other one."""
        self._count = 0
        self._waiting: dict[str, _PendingEvent] = {}
        self._has_more = trio.Event()
        self._has_taker = True

    def give(self, name: str, body: object, key: str) -> None:
        """Have this given, instead of what waits under the same name."""
        if not self._has_taker:
            return
        self._waiting.pop(name, None)
        self._waiting[name] = _PendingEvent(body, key)
        if len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]
        self._has_more.set()

    def take_back(self, name: str) -> None:
        """Give this no more, if it still waits."""
        self._waiting.pop(name, None)

    def waiting(self, kind: type[T]) -> tuple[T, ...]:
        """Return what was not given yet."""
        return tuple(it.body for it in self._waiting.values() if isinstance(it.body, kind))

    async def run(self, context: AsyncContext, is_in_trouble: Callable[[str], bool]) -> None:
        """Give what waits, in order; where the pipeline has nobody who takes it, forget it."""
        to = next((output.to for output in context.stage.gives if output.kind == self._kind), None)
        if to is None:
            self._has_taker = False
            self._waiting.clear()
            return
        while True:
            if not self._waiting:
                await self._has_more.wait()
                self._has_more = trio.Event()
            elif is_in_trouble(to):
                await trio.sleep(LOOK_S)
            else:
                await self._give_next(context)

    async def _give_next(self, context: AsyncContext) -> None:
        name, waiting = next(iter(self._waiting.items()))
        self._count += 1
        identity = f"live/{self._epoch}/{self._kind}/{self._count}"
        await context.emit(context.output(self._kind, identity, waiting.body, key=waiting.key))
        if self._waiting.get(name) is waiting:
            del self._waiting[name]
