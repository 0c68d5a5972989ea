"""What the runtime calls: writes and incidents come in by `serve`; `run` owns the store.

An answer leaves only after what it says is on the disk. Whatever goes wrong in a write is told to
who asked; `serve` raises for nothing that a client sent, since nobody may be left without an
answer.
"""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import trio

from conf.schema import Settings
from seda.decisions import Incident
from seda.requests import INLINE_BYTES, Answer, Ask
from stages.alarm import desk
from stages.alarm.chores import Chores
from stages.alarm.decoding import Decoders
from stages.alarm.incidents import take_incident
from stages.alarm.office import Office
from stages.alarm.replies import Reply, Told, problem
from stages.alarm.requests import Request
from stages.alarm.uploads import PREPARED
from stages.alarm.writer import Writer
from stages.runtime.asynchronous import AsyncContext
from stages.runtime.work import Draft, Input
from stages.store.database import Change, Store, StoreInUse
from stages.store.places import store_path

OPEN_S = 10.0
"""How long the store may still be held by a handler that is on its way out, or by `seda user`."""
_LOOK_S = 0.05


class Alarm:
    """One process's state of the stage; one such process at a time has the store."""

    def __init__(self) -> None:
        self._opened = trio.Event()

    async def run(self, context: AsyncContext) -> None:
        """Keep the store open, write what comes, and do what nobody asked for."""
        data_directory = context.directory.parent
        self._office = Office(context.content(Settings), data_directory)
        async with _open(store_path(data_directory)) as store, trio.open_nursery() as nursery:
            self._writer = Writer(store, time.time)
            self._decoders = Decoders()
            self._chores = Chores(context, self._office, self._writer)
            nursery.start_soon(self._writer.run)
            nursery.start_soon(self._chores.run)
            self._opened.set()

    async def serve(self, event: Input, context: AsyncContext) -> list[Draft]:
        """Write, sync, answer."""
        await self._opened.wait()
        if event.header.kind == "incident":
            return await self._take_incident(event)
        ask = event.body(Ask)
        reply = await self._write(_request(event, ask))
        context.count(f"answers_{reply.status}")
        self._chores.note_told(ask.route, reply.told)
        return [*_answer(event, ask, reply), *_tell(event, reply.told)]

    async def _take_incident(self, event: Input) -> list[Draft]:
        incident = event.body(Incident)
        told = await self._writer.insist(lambda tx: take_incident(self._office, incident, tx))
        self._chores.note_told("", told)
        return _tell(event, told)

    async def _write(self, request: Request) -> Reply:
        try:
            change = await self._find_change(request)
            if change is None:
                return problem(404, f"nobody serves {request.ask.route} here")
            reply = await self._writer.write(change)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asked is answered
            return desk.explain(request, error)
        return reply if isinstance(reply, Reply) else problem(500, "there is no answer to this")

    async def _find_change(self, request: Request) -> Change | None:
        prepare = PREPARED.get(request.ask.route)
        if prepare is None:
            return desk.find_change(self._office, request)
        return await prepare(self._office, request, self._decoders)


@asynccontextmanager
async def _open(path: Path) -> AsyncIterator[Store]:
    """Open the store, which a predecessor may still hold for a moment."""
    give_up_s = trio.current_time() + OPEN_S
    while True:
        try:
            store = await trio.to_thread.run_sync(Store, path)
            break
        except StoreInUse:
            if trio.current_time() > give_up_s:
                raise
        await trio.sleep(_LOOK_S)
    try:
        yield store
    finally:
        store.close()


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


def _tell(event: Input, told: Iterable[Told]) -> list[Draft]:
    return [event.output(it.kind, it.body, it.payloads, key=it.key) for it in told]


_alarm = Alarm()
serve = _alarm.serve
run = _alarm.run
