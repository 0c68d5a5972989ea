"""What the runtime calls: writes and incidents come in by `serve`; `run` owns the store.

An answer leaves only after what it says is on the disk. Whatever goes wrong in a write is told to
who asked; `serve` raises for nothing that a client sent, since nobody may be left without an
answer.
"""

import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import trio

from conf.schema import Settings
from runtime.asynchronous import AsyncContext
from runtime.work import Draft, Input
from seda import logs
from seda.decisions import Incident
from seda.disk import room
from seda.requests import INLINE_BYTES, Answer, Ask
from stages.alarm import dispatch
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.background_tasks import BackgroundTasks
from stages.alarm.clock_watch import ClockWatch, make_look
from stages.alarm.incidents import take_incident
from stages.alarm.replies import Notice, Reply, problem
from stages.alarm.requests import Request
from stages.alarm.uploads.decoding import Decoders
from stages.alarm.uploads.uploads import PREPARED
from stages.alarm.writer import Writer
from store.file.database import Change, Store, StoreInUse, read
from store.file.faults import is_out_of_room
from store.file.mending import find_odd, mend_odd
from store.file.migrations import TooNewError
from store.file.places import store_path

OPEN_S = 10.0
"""How long the store may still be held by a handler that is on its way out, or by `seda user`."""
_LOOK_S = 0.05
_ROOM_LOOK_S = 5.0
_MENDED_LOOK_S = 2.0
"""So often it is looked whether somebody has mended a store that could not be opened."""
_ROWS_NAMED = 20
_CLOSED = problem(
    503,
    "this was NOT recorded, because the store is damaged: tell whoever runs seda, whose log says"
    " which file it is",
    ("Retry-After", "5"),
)

_log = logs.get(__name__)


class AlarmStage:
    """One process's state of the stage; one such process at a time has the store."""

    def __init__(self) -> None:
        self._opened = trio.Event()
        self._is_known = trio.Event()
        """The store is open, or known to be of no use."""

    async def run(self, context: AsyncContext) -> None:
        """Keep the store open, write what comes, and do what nobody asked for."""
        data_directory = context.directory.parent
        self._alarm_context = AlarmContext(context.content(Settings), data_directory, context.count)
        self._alarm_context.count_refused = partial(
            trio.from_thread.run_sync, context.count, room.REFUSED
        )
        find_room = self._alarm_context.rows_reserve.release
        path = store_path(data_directory)
        async with self._open(path, context) as store, trio.open_nursery() as nursery:
            watch = ClockWatch(make_look(), context.say_trouble)
            self._writer = Writer(store, time.time, find_room, watch.follow)
            self._decoders = Decoders()
            self._background_tasks = BackgroundTasks(context, self._alarm_context, self._writer)
            nursery.start_soon(self._writer.run)
            self._opened.set()
            self._is_known.set()
            await self._mend(path, context)
            nursery.start_soon(self._run_background_tasks, context)

    async def _mend(self, path: Path, context: AsyncContext) -> None:
        """Mend rows in which a bit flipped, before anything of ours stumbles over them."""

        def find() -> list[tuple[str, int]]:
            with read(path) as tx:
                return find_odd(tx)

        found = await trio.to_thread.run_sync(find)
        if not found:
            return
        try:
            mended = await self._writer.insist(lambda tx: mend_odd(tx, found))
        except sqlite3.Error as error:
            context.say_trouble(
                f"rows of the store {path} are damaged and cannot be mended: {error}; bring it"
                " back from a backup, or look with seda ledger verify what is not as it was"
            )
            mended = 0
        context.count("unreadable_rows", len(found))
        rows = ", ".join(f"{table} {number}" for table, number in found[:_ROWS_NAMED])
        words = f"rows of the store {path} are damaged, {mended} of {len(found)} could be mended"
        _log.error(
            words, rows=rows, advice="look at the disk; seda ledger verify tells of the rest"
        )

    async def _run_background_tasks(self, context: AsyncContext) -> None:
        """Run the background tasks; one that fails keeps no request from being answered."""
        while True:
            try:
                await self._background_tasks.run()
            except Exception as error:  # noqa: BLE001 - said, and nobody else is to suffer
                _log.exception("a background task failed; all of them are started again")
                context.say_trouble(
                    f"a background task of the alarm stage failed: {_innermost(error)}; see the log"
                )
                await trio.sleep(_MENDED_LOOK_S)

    async def serve(self, event: Input, context: AsyncContext) -> list[Draft]:
        """Write, sync, answer."""
        if event.header.kind == "incident":
            await self._opened.wait()
            return await self._take_incident(event)
        ask = event.body(Ask)
        await self._is_known.wait()
        reply = await self._write(_request(event, ask)) if self._opened.is_set() else _CLOSED
        context.count(f"answers_{reply.status}")
        if self._opened.is_set():
            self._background_tasks.wake_for(ask.route, reply.notices)
        return [*_answer(event, ask, reply), *_tell(event, reply.notices)]

    @asynccontextmanager
    async def _open(self, path: Path, context: AsyncContext) -> AsyncIterator[Store]:
        """Open the store, which a predecessor may still hold for a moment.

        One that is damaged is no reason to die at every start: it is said until somebody mends it.
        A full disk gives of its reserve; where there is none, those who write wait until there is.
        """
        give_up_s = trio.current_time() + OPEN_S
        while True:
            wait_s = _LOOK_S
            try:
                store = await trio.to_thread.run_sync(Store, path)
                break
            except StoreInUse:
                if trio.current_time() > give_up_s:
                    raise
            except (sqlite3.Error, OSError, TooNewError) as error:
                wait_s = self._note_closed(path, error, context)
            await trio.sleep(wait_s)
        context.say_trouble("")
        try:
            yield store
        finally:
            store.close()

    def _note_closed(self, path: Path, error: Exception, context: AsyncContext) -> float:
        """Return in how many seconds to try again; raise what nobody could mend meanwhile."""
        if is_out_of_room(error):
            if self._alarm_context.rows_reserve.release():
                return _LOOK_S
            _log.error("the store cannot be opened: the disk is full", why=str(error))
            return _ROOM_LOOK_S
        if isinstance(error, OSError):
            raise error
        self._note_unusable(path, error, context)
        return _MENDED_LOOK_S

    def _note_unusable(self, path: Path, error: Exception, context: AsyncContext) -> None:
        words = (
            f"the store {path} cannot be opened: {error}; nothing is recorded until it is brought"
            f" back from a backup, or {path.parent} is moved away to begin anew"
        )
        context.say_trouble(words)
        if not self._is_known.is_set():
            context.count("unreadable_files")
            _log.error("the store is of no use", why=words)
        self._is_known.set()

    async def _take_incident(self, event: Input) -> list[Draft]:
        incident = event.body(Incident)
        notices = await self._writer.insist(
            lambda tx: take_incident(self._alarm_context, incident, tx)
        )
        self._background_tasks.wake_for("", notices)
        return _tell(event, notices)

    async def _write(self, request: Request) -> Reply:
        try:
            change = await self._find_change(request)
            if change is None:
                return problem(404, f"nobody serves {request.ask.route} here")
            reply = await self._writer.write(change)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is answered
            return dispatch.explain(request, error)
        return reply if isinstance(reply, Reply) else problem(500, "there is no answer to this")

    async def _find_change(self, request: Request) -> Change | None:
        prepare = PREPARED.get(request.ask.route)
        if prepare is None:
            return dispatch.find_change(self._alarm_context, request)
        return await prepare(self._alarm_context, request, self._decoders)


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def _request(event: Input, ask: Ask) -> Request:
    content = ask.body
    if not content and len(event.payloads) > 1:
        content = bytes(event.payloads[1].view())
    return Request(ask, content)


def _answer(event: Input, ask: Ask, reply: Reply) -> list[Draft]:
    """Draft the answer to the client; a long one is a payload."""
    if not event.payloads:
        return []
    body = b"" if reply.view is None else msgspec.json.encode(reply.view)
    is_long = len(body) > INLINE_BYTES
    answer = Answer(ask.client, reply.status, reply.headers, b"" if is_long else body)
    return [event.output("answer", answer, [event.payloads[0], *([body] if is_long else [])])]


def _tell(event: Input, notices: Iterable[Notice]) -> list[Draft]:
    return [event.output(it.kind, it.body, it.payloads, key=it.key) for it in notices]


_alarm = AlarmStage()
serve = _alarm.serve
run = _alarm.run
