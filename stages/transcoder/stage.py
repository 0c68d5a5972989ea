"""The transcoder stage: a chunk becomes a batch of pictures, kept and passed on, and a fact.

The function holds nothing between chunks but its settings: whichever handler has a chunk makes the
same of it.
"""

import contextlib
import time
from collections.abc import Iterator
from functools import cache

import attrs

from conf.schema import Settings
from media.cut.chunk import ChunkFacts
from media.frames.batch import Batch, Frame
from media.frames.plan import Limits, Plan
from media.pictures.store import PictureWriter, Rules
from runtime.work import Context, Input, Product
from seda.disk import room
from seda.messages import BatchFacts, CameraFact, FrameFacts, PictureFacts
from stages.transcoder.ladder import eased
from stages.transcoder.transcode import transcode

FRAMES_MAX = 200
"""Of a batch: what is said of each has to fit an event's datagram."""
LOOKS_MAX = 8
"""Of a fact; a chunk of many seconds has more, and the newest tell enough."""
SWEEP_EVERY_S = 60.0
_NOT_KEPT = "pictures_not_kept"
FRAME_S = 0.001
"""What the detector does to a picture besides decoding it: the measure of a batch's units."""


class Transcoder:
    """One handler's transcoder."""

    def __init__(self, context: Context) -> None:
        settings = context.content(Settings)
        made = settings.transcoder
        self._plan = Plan(
            made.rate_per_s,
            made.width_max_px,
            made.quality,
            made.small_width_px,
            limits=Limits(frames_max=FRAMES_MAX),
        )
        self._privacy = {it.name: it.privacy for it in settings.camera}
        rules = Rules(made.ring_s, made.ring_per_s, disk_floor_bytes=settings.disk_floor_bytes)
        self._writer = PictureWriter(context.directory, rules)
        self._gives_batches = any(gift.kind == "batch" for gift in context.stage.gives)
        self._sweep_s = 0.0

    def handle(self, event: Input, context: Context) -> Iterator[Product]:
        """Yield the batch, if there is anything in it, and what was seen of the camera."""
        facts = event.body(ChunkFacts)
        plan = attrs.evolve(self._plan, privacy=self._privacy.get(facts.camera, ()))
        batch = transcode(facts, event.payloads[0].view(), eased(plan, context.pressure))
        wall_s = time.time()
        batch = self._store(batch, wall_s, context)
        for name, number in batch.counts.items():
            context.count(name, number)
        yield event.output("camera_fact", CameraFact(facts.camera, wall_s, picture=_seen(batch)))
        if batch.frames and self._gives_batches:
            whole = pass_on(batch, facts)
            body, parts = (whole, event.payloads[0]) if whole else pack(batch)
            yield event.output("batch", body, payloads=[parts], units=work_in(batch))

    def _store(self, batch: Batch, wall_s: float, context: Context) -> Batch:
        """Keep pictures for people; return the batch with what is wrong about that, if anything."""
        refused = self._writer.add(batch, wall_s).refused
        self._sweep(wall_s)
        if refused is None:
            return batch
        if room.is_full(refused):
            context.count(room.REFUSED)
        return attrs.evolve(
            batch,
            counts={**batch.counts, _NOT_KEPT: 1},
            sentences={**batch.sentences, _NOT_KEPT: _words(refused)},
        )

    def _sweep(self, wall_s: float) -> None:
        now_s = time.monotonic()
        if now_s >= self._sweep_s:
            self._sweep_s = now_s + SWEEP_EVERY_S
            with contextlib.suppress(OSError):  # what cannot be removed is tried again
                self._writer.sweep(list(self._privacy), wall_s)


def _words(error: OSError) -> str:
    if room.is_full(error):
        return "Its pictures cannot be kept: the disk is full. Make room in the data directory."
    return f"Its pictures cannot be kept: {error.strerror or error}."


def work_in(batch: Batch) -> float:
    """Return how much work a batch is for the detector, in pictures that need no decoding."""
    dear_s = sum(frame.decode_s for frame in batch.frames if frame.small is None)
    return len(batch.frames) + dear_s / FRAME_S


def pass_on(batch: Batch, facts: ChunkFacts) -> BatchFacts | None:
    """Return the facts of a batch whose pictures are most of the chunk's, all of them untouched.

    Then the chunk itself is passed on, without a copy.
    """
    frames = [_facts(it, it.offset) for it in batch.frames if it.offset is not None]
    if len(frames) < len(batch.frames) or 2 * len(frames) < facts.pieces:
        return None
    return BatchFacts(batch.camera, batch.epoch, batch.sequence, tuple(frames))


def pack(batch: Batch) -> tuple[BatchFacts, list[bytes | memoryview]]:
    """Return a batch's facts and the parts of its one payload: all pictures, in order."""
    parts: list[bytes | memoryview] = []
    frames = []
    size_bytes = 0
    for frame in batch.frames:
        frames.append(_facts(frame, size_bytes))
        parts += [frame.jpeg, frame.small.grey] if frame.small else [frame.jpeg]
        size_bytes += len(frame.jpeg) + (len(frame.small.grey) if frame.small else 0)
    return BatchFacts(batch.camera, batch.epoch, batch.sequence, tuple(frames)), parts


def _facts(frame: Frame, offset: int) -> FrameFacts:
    size_bytes = len(frame.jpeg)
    facts = FrameFacts(frame.captured_s, frame.width_px, frame.height_px, offset, size_bytes)
    if not frame.small:
        return facts
    return attrs.evolve(
        facts,
        small_offset=offset + size_bytes,
        small_width_px=frame.small.width_px,
        small_height_px=frame.small.height_px,
    )


def _seen(batch: Batch) -> PictureFacts:
    newest = batch.frames[-1] if batch.frames else None
    return PictureFacts(
        batch.epoch,
        batch.sequence,
        batch.looks[-LOOKS_MAX:],
        newest.width_px if newest else 0,
        newest.height_px if newest else 0,
        len(batch.frames),
        dict(batch.counts),
        dict(batch.sentences),
    )


_transcoder = cache(Transcoder)


def transcode_chunk(event: Input, context: Context) -> Iterator[Product]:
    """Transcode one chunk."""
    return _transcoder(context).handle(event, context)
