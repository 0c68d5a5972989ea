"""Group commit: what waits at the same moment is written in one transaction, in a worker thread.

There is one task that writes. While a group is on its way to the disk the next one gathers, so that
the load finds the size of the groups by itself; nothing waits to be grouped.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import trio

from seda import logs
from store.file.database import Change, Store, Transaction
from store.file.faults import is_not_recorded, is_out_of_room

GROUP_MAX = 64
WAITING_MAX = 256
"""Four times what the row has at once, for what the stage writes by itself."""
RETRY_S, RETRY_S_MAX = 1.0, 30.0

_log = logs.get(__name__)


@attrs.define(eq=False)
class _Waiting:
    """A change, and where its result goes."""

    change: Change
    done: trio.Event = attrs.field(factory=trio.Event)
    result: Any = None


class Writer:
    """The only one who writes the store, from `run`."""

    def __init__(
        self,
        store: Store,
        wall_s: Callable[[], float],
        find_room: Callable[[], bool] = lambda: False,
        follow: Callable[[Transaction], None] = lambda _: None,
    ) -> None:
        """`find_room` is called where the disk is full, and says whether to write once more.

        `follow` comes before the changes of each transaction, to look at its clock.
        """
        self._find_room = find_room
        self._follow = follow
        self._store = store
        self._wall_s = wall_s
        self._give, self._take = trio.open_memory_channel[_Waiting](WAITING_MAX)
        self._limiter = trio.CapacityLimiter(1)

    async def write(self, change: Change) -> Any:  # noqa: ANN401 - as the change returns
        """Make a change; return its result once it is synced, or raise what it raised."""
        waiting = _Waiting(change)
        await self._give.send(waiting)
        await waiting.done.wait()
        if isinstance(waiting.result, Exception):
            raise waiting.result
        return waiting.result

    async def insist(self, change: Change) -> Any:  # noqa: ANN401 - as the change returns
        """Make a change that nobody waits for; a disk that fails is tried until it does not."""
        delay_s = RETRY_S
        while True:
            try:
                return await self.write(change)
            except (sqlite3.Error, OSError) as error:
                if not is_not_recorded(error):
                    raise
                _log.error("the store cannot be written; trying again", why=str(error))
            await trio.sleep(delay_s)
            delay_s = min(RETRY_S_MAX, 2 * delay_s)

    async def run(self) -> None:
        """Write groups for ever."""
        async for first in self._take:
            group = [first]
            while len(group) < GROUP_MAX:
                try:
                    group.append(self._take.receive_nowait())
                except trio.WouldBlock:
                    break
            changes = [waiting.change for waiting in group]
            results = await trio.to_thread.run_sync(self._write, changes, limiter=self._limiter)
            for waiting, result in zip(group, results, strict=True):
                waiting.result = result
                waiting.done.set()

    def _write(self, changes: Sequence[Change]) -> list[Any]:
        """Write a group; where that fails, each alone, so that only the culprit suffers."""
        while True:
            try:
                followed, *results = self._store.write(self._wall_s(), [self._follow, *changes])
            except (sqlite3.Error, OSError) as error:
                if is_out_of_room(error) and self._find_room():
                    continue
                if len(changes) == 1:
                    return [error]
                break
            if isinstance(followed, Exception):
                _log.error("the clock cannot be followed", why=repr(followed))
            return results
        return [result for change in changes for result in self._write([change])]
