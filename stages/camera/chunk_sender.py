"""How one camera's chunks leave for the transcoder, and which one stays where there is no room.

A camera is read on whatever becomes of its chunks: one that is not read sends what is old by the
time it is. So one chunk waits for room at most, the newest, and takes the place of the one that
waited before. Handlers share the room in turn, a chunk of each camera at a time.
"""

from collections.abc import Callable

import trio

from runtime.asynchronous import AsyncContext
from runtime.work import Draft


class ChunkSender:
    """One camera's place in the queue for room."""

    def __init__(self, context: AsyncContext, drop: Callable[[], None]) -> None:
        self._context = context
        self._drop = drop
        """Called for each chunk that went because there was no room for it."""
        self._waiting: Draft | None = None
        self._changed = trio.lowlevel.ParkingLot()

    def give(self, draft: Draft) -> None:
        """Give a chunk to the transcoder as soon as there is room."""
        if self._waiting is not None:
            self._drop()
        elif self._context.emit_nowait(draft):
            return
        self._waiting = draft
        self._changed.unpark_all()

    async def run(self) -> None:
        """Give what waits; a chunk that waits when this is cancelled is dropped as any other."""
        try:
            while True:
                while self._waiting is None:
                    await self._changed.park()
                await self._context.emit_newest(self._take)
        finally:
            if self._waiting is not None:
                self._take()
                self._drop()

    async def finish(self) -> None:
        """Wait until nothing waits for room."""
        while self._waiting is not None:
            await self._changed.park()

    def _take(self) -> Draft:
        draft, self._waiting = self._waiting, None
        if draft is None:
            raise RuntimeError("room was taken for a chunk that is not there")
        self._changed.unpark_all()
        return draft
