"""What the runtime calls: `serve` takes an event at once, `run` opens the journal and minds time.

Only opening and compacting the journal take long; until then events wait. What is done with them
is in `deciding`.

There may be two handlers for a moment, the one that leaves and the next one. The journal's lock
says who decides; the other one waits for it with whatever events it was given.
"""

from collections.abc import Coroutine
from functools import cache
from typing import Any

import trio

from conf.schema import Settings
from runtime.asynchronous import AsyncContext
from runtime.rhythm import sleep_until_next
from runtime.work import Input, Product
from seda import logs
from seda.disk import room
from stages.assignment.deciding import FRAMES, Stage
from stages.assignment.journal.journal import JournalInUseError
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.pictures.lost import find_lost
from stages.assignment.settings import limits_of
from store.file.places import store_path

TICK_S = 1.0
SYNC_LOOK_S = 0.25
FILL_EVERY_S = 10.0
COMPACT_EVERY_S = 10.0
"""At most, or a disk that has no room for it would be asked without end."""
ROOM_LOOK_S = 0.5
REFUSED_WITHOUT_ROOM = ("scored_frame", "request")
"""Refused in words; what was decided elsewhere waits, because it has to be taken over."""
_LOCK_LOOK_S = 0.05

_log = logs.get(__name__)


class Handler:
    """A process of the stage: serves as soon as nobody else has the journal."""

    def __init__(self, context: AsyncContext) -> None:
        self._context = context
        self._is_free = trio.Event()
        """Not set while the journal is opened or made anew: nothing may be decided then."""
        self._stage: Stage | None = None

    def serve(self, event: Input) -> Product | Coroutine[Any, Any, Product | None] | None:
        """Take an event in, at once or as soon as that can be."""
        if self._stage is not None and self._is_free.is_set() and self._stage.has_room:
            return self._stage.take(event)
        return self._serve_later(event)

    async def _serve_later(self, event: Input) -> Product | None:
        stage = await self._wait_free()
        if stage.has_room or event.header.kind in REFUSED_WITHOUT_ROOM:
            return stage.take(event)
        return (await self._wait_room()).take(event)

    async def run(self) -> None:
        """Open the journal and mind time for as long as the handler lives."""
        async with trio.open_nursery() as nursery:
            policy = await self._open_policy()
            lost = await trio.to_thread.run_sync(self._find_lost, policy)
            self._stage = stage = Stage(self._context, policy, nursery)
            if stage.has_room:
                stage.lose_pictures(lost)
            else:
                nursery.start_soon(self._lose_later, lost)
            self._is_free.set()
            nursery.start_soon(self._tick)
            nursery.start_soon(self._watch_hang_ups, stage)
            nursery.start_soon(stage.mind_files)
            try:
                await self._mind_journal(policy)
            finally:
                stage.close()

    async def _wait_free(self) -> Stage:
        while not self._is_free.is_set():
            await self._is_free.wait()
        assert self._stage is not None  # noqa: S101 - set before the event
        return self._stage

    async def _wait_room(self) -> Stage:
        """Wait until something can be decided, and written down."""
        while True:
            stage = await self._wait_free()
            if stage.has_room:
                return stage
            await trio.sleep(ROOM_LOOK_S)

    async def _open_policy(self) -> JournaledPolicy:
        began_s = trio.current_time()
        path = self._context.directory / "journal"
        store = store_path(self._context.directory.parent)
        limits = limits_of(self._context.content(Settings))
        while True:
            try:
                policy = await trio.to_thread.run_sync(JournaledPolicy, path, limits, store)
            except JournalInUseError:
                await trio.sleep(_LOCK_LOOK_S)
            except OSError as error:
                if not room.is_full(error):
                    raise
                _log.error("the journal cannot be opened: the disk is full", why=str(error))
                await trio.sleep(ROOM_LOOK_S)
            else:
                break
        for note in policy.notes:
            _log.error(note)
        about = {
            "records": policy.batches,
            "incidents": len(policy.pool.records.incidents),
            "verdicts_taken_in": policy.taken_in,
        }
        _log.info("journal opened", seconds=round(trio.current_time() - began_s, 3), **about)
        return policy

    def _find_lost(self, policy: JournaledPolicy) -> list[str]:
        incidents = policy.pool.records.incidents.values()
        is_thorough = policy.is_new_boot or bool(policy.damage)
        return find_lost(self._context.directory / FRAMES, incidents, is_thorough=is_thorough)

    async def _lose_later(self, lost: list[str]) -> None:
        """Drop them when that can be written down; until then nothing is given out."""
        (await self._wait_room()).lose_pictures(lost)

    async def _tick(self) -> None:
        while True:
            (await self._wait_room()).tick()
            await sleep_until_next(TICK_S)

    async def _watch_hang_ups(self, stage: Stage) -> None:
        while True:
            await stage.wait_hang_up()
            (await self._wait_free()).free_hung_up()

    async def _mind_journal(self, policy: JournaledPolicy) -> None:
        """Bring what was written to the disk, and make the journal short; both in a thread."""
        fill_s = compact_s = trio.current_time()
        while True:
            if trio.current_time() >= fill_s:
                fill_s = trio.current_time() + FILL_EVERY_S
                await trio.to_thread.run_sync(policy.reserve.fill)
            await sleep_until_next(SYNC_LOOK_S)
            if policy.is_due_for_compaction and trio.current_time() >= compact_s:
                await self._compact(policy)
                compact_s = trio.current_time() + COMPACT_EVERY_S
            elif policy.is_sync_due:
                await trio.to_thread.run_sync(policy.sync)

    async def _compact(self, policy: JournaledPolicy) -> None:
        self._is_free = trio.Event()
        try:
            await trio.to_thread.run_sync(policy.compact)
        except OSError as error:
            if not room.is_full(error):
                raise
            self._context.count(room.REFUSED)
            _log.error("the journal stays long, because the disk is full", why=str(error))
        finally:
            self._is_free.set()


@cache
def _handler(context: AsyncContext) -> Handler:
    """Return what this process has; made in it, because its forks share nothing."""
    return Handler(context)


def serve(
    event: Input, context: AsyncContext
) -> Product | Coroutine[Any, Any, Product | None] | None:
    """Take an event in, at once or as soon as that can be."""
    return _handler(context).serve(event)


async def run(context: AsyncContext) -> None:
    """Open the journal and mind time for as long as the handler lives."""
    await _handler(context).run()
