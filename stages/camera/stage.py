"""The camera stage: one event is one camera, watched for as long as the event lasts.

Whatever happens at a camera becomes a chunk for the transcoder, or changes its record, which goes
to `live` as a fact: at once when the state changed, and all of it every few seconds, because a
`live` that was restarted has to hear it again.

Nothing piles up: where there is no room the newest chunk of a camera waits for some, and the one
that waited before is dropped, by name, its number missing in the sequence (chunk_sender.py). A file
that is played as fast as possible waits itself, and leaves half of the room to the cameras.
"""

import os
import random
import time
import traceback
from contextlib import AbstractAsyncContextManager
from functools import cache
from pathlib import Path

import attrs
import trio

from conf.schema import Camera
from media.cut.chunk import Chunk
from runtime.asynchronous import ROOM_OUTPUTS, AsyncContext
from runtime.work import Input
from seda import logs
from seda.stage_config import StageConfig
from stages.camera.backoff import Backoff
from stages.camera.chunk_sender import ChunkSender
from stages.camera.connection_record import ConnectionRecord
from stages.camera.epochs import KeptEpochs
from stages.camera.faults import Fault
from stages.camera.source.client import ssl_context
from stages.camera.source.clocks import MachineClock, wall_ms
from stages.camera.source.happenings import ChunkReady, Happening, Lost
from stages.camera.source.reader_process import watch_in_process
from stages.camera.source.settings import needs_process
from stages.camera.source.watch import Surroundings, watch

REPEAT_S = 3.0
_PATIENCE_S = 0.02
_UNIT_BYTES = 1024 * 1024
_LEAST_UNITS = 0.05
_OURS = tuple(f"{Path(__file__).parents[2] / name}/" for name in ("stages", "media", "seda"))
"""Whose lines say where a mistake is; libraries may lie beside them."""

_log = logs.get(__name__)


class _Handler:
    """What all cameras of this process share."""

    def __init__(self, context: AsyncContext) -> None:
        self.watchers: set[Watcher] = set()
        self._facts = 0
        self._begun_ns = time.monotonic_ns()
        generator = random.Random()  # noqa: S311 - chance for waiting, no secret
        epochs = KeptEpochs(context.directory, context.count, wall_ms)
        self.surroundings = Surroundings(MachineClock(), generator, epochs.next, epochs.note)

    def next_fact(self) -> str:
        """Return an id that no other fact has."""
        self._facts += 1
        return f"camera_fact/{os.getpid()}/{self._begun_ns}/{self._facts}"

    async def serve(self, event: Input, context: AsyncContext) -> None:
        """Watch the camera until a stop, or until its files are played."""
        watcher = Watcher(event.body(Camera), context, self)
        self.watchers.add(watcher)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_cancel_at_stop, context, nursery.cancel_scope)
                await watcher.watch()
                nursery.cancel_scope.cancel()
        finally:
            self.watchers.discard(watcher)

    async def run(self, context: AsyncContext) -> None:
        """Tell every record again and again, so that nobody has an old one for long."""
        while not context.stopping.is_set():
            for watcher in tuple(self.watchers):
                watcher.tell()
                await trio.sleep(REPEAT_S / (len(self.watchers) + 1))
            await trio.sleep(REPEAT_S / (len(self.watchers) + 1))


class Watcher:
    """Watches one camera."""

    def __init__(self, camera: Camera, context: AsyncContext, handler: _Handler) -> None:
        self._camera = camera
        self._context = context
        self._handler = handler
        self._logged = ""
        self._chunk_sender = ChunkSender(context, self._drop)
        trusted = camera.trust is not None
        self._record = ConnectionRecord(
            camera.name, handler.surroundings.clock.wall_s(), is_trusted_by_hand=trusted
        )

    async def watch(self) -> None:
        """Follow the camera until its files are played, and hand on what it sends."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._chunk_sender.run)
            await self._follow_on()
            await self._chunk_sender.finish()
            nursery.cancel_scope.cancel()

    async def _follow_on(self) -> None:
        """Follow the camera; a mistake of ours over it costs this camera a pause and no more."""
        backoff = Backoff(self._handler.surroundings.generator)
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - a camera's bytes may hit any mistake of ours
                words = f"seda itself failed over this camera ({_where(error)}): report it."
                fault = Fault("internal_error", words)
                retry_s = backoff.wait_s(fault, time.monotonic(), 0.0)
                epoch = self._handler.surroundings.next_epoch()
                await self._take(Lost(epoch, fault, 0.0, retry_s))
                await trio.sleep(retry_s)
            else:
                return

    def tell(self) -> bool:
        """Tell the record to `live`; say whether there was room."""
        context = self._context
        fact = self._record.fact(self._handler.surroundings.clock.wall_s())
        identity = self._handler.next_fact()
        key = self._camera.name
        return context.emit_nowait(context.output("camera_fact", identity, fact, key=key))

    async def _follow(self) -> None:
        async with self._source() as happenings:
            async for happening in happenings:
                await self._take(happening)

    def _source(self) -> AbstractAsyncContextManager[trio.MemoryReceiveChannel[Happening]]:
        open_source = watch_in_process if needs_process(self._camera) else watch
        return open_source(self._camera, self._handler.surroundings)

    async def _take(self, happening: Happening) -> None:
        has_changed = self._record.take(happening, self._handler.surroundings.clock.wall_s())
        match happening:
            case ChunkReady(chunk=chunk):
                self._logged = ""
                await self._give(chunk)
            case Lost():
                self._log_loss(happening)
        if has_changed:
            self.tell()

    def _log_loss(self, lost: Lost) -> None:
        """Say why once, not at every try; the record has it all the time."""
        if lost.fault.name != self._logged:
            about = {"camera": self._camera.name, "fault": lost.fault.name}
            _log.warning(lost.fault.sentence, **about)
        self._logged = lost.fault.name

    async def _give(self, chunk: Chunk) -> None:
        """Give a chunk to the transcoder."""
        context, facts = self._context, chunk.facts
        if self._camera.replay == "fast":  # its own time is the only one that it has
            facts = attrs.evolve(facts, filmed_s=facts.duration_s)
        draft = context.output(
            "chunk",
            facts.id,
            facts,
            payloads=[chunk.parts],
            key=facts.camera,
            # What is played fast is nobody's present: no part of it gives way to another.
            born_s=0.0 if self._camera.replay == "fast" else facts.arrived_s,
            units=max(_LEAST_UNITS, chunk.size_bytes / _UNIT_BYTES),
        )
        if self._camera.replay == "fast":
            while context.room.value <= ROOM_OUTPUTS // 2:  # noqa: ASYNC110 - rare, and no hurry
                await trio.sleep(_PATIENCE_S)
            await context.emit(draft)
            return
        self._chunk_sender.give(draft)

    def _drop(self) -> None:
        self._record.drop_chunk()
        self._context.count("chunks_dropped")


def _where(error: BaseException) -> str:
    """Name an error and its place, but not its words, which may hold what a camera's URL holds."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_OURS)]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}"


async def _cancel_at_stop(context: AsyncContext, scope: trio.CancelScope) -> None:
    await context.stopping.wait()
    scope.cancel()


@cache
def _handler(context: AsyncContext) -> _Handler:
    """Return what this process shares; made in it, because forks of one generator draw alike."""
    return _Handler(context)


def warm(_config: StageConfig) -> None:
    """Load the system's certificates once for all handlers: it takes 50 ms, and half a megabyte."""
    ssl_context(None)


async def serve(event: Input, context: AsyncContext) -> None:
    """Watch a camera for as long as its event lasts."""
    await _handler(context).serve(event, context)


async def run(context: AsyncContext) -> None:
    """Tell all records again and again."""
    await _handler(context).run(context)
