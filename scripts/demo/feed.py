"""One camera's pictures in real time: rendered once, handed to every client.

A feed renders only while somebody watches. Each watcher has a bounded channel; one that lets it
fill up is dropped, so a slow client costs the others nothing.
"""

import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import trio

from scripts.demo.cameras import DemoCamera
from scripts.demo.encode import CONTAINERS, Piece, VideoEncoder, encode_jpeg
from scripts.demo.faults import FaultWatch
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.incidents import plan_incidents
from scripts.demo.renderer.happenings.world import World

WATCHER_PIECES = 24  # some four seconds of frames
LINGER_S = 12.0  # so long after its last request a polling client counts as there
SEGMENT_S, SEGMENTS = 3.0, 5


@attrs.frozen
class Picture:
    """The newest JPEG of a camera."""

    data: bytes
    at_s: float


@attrs.frozen
class Segment:
    """A finished HLS segment."""

    number: int
    data: bytes
    duration_s: float


@attrs.frozen
class Clock:
    """Stream time: seconds since the demo began, on the monotonic clock."""

    began: float
    start_wall_s: float

    def now_s(self) -> float:
        """Return the stream time."""
        return trio.current_time() - self.began


@attrs.define(eq=False)
class Cutter:
    """Cuts a transport stream into HLS segments at its keyframes."""

    segments: deque[Segment] = attrs.Factory(lambda: deque(maxlen=SEGMENTS))
    _parts: list[bytes] = attrs.Factory(list)
    _since_s: float = 0.0
    _number: int = 0

    def add(self, piece: Piece) -> None:
        """Add a piece; it may end a segment and begin the next."""
        if piece.starts and self._parts and piece.at_s - self._since_s >= SEGMENT_S - 0.1:
            self.segments.append(
                Segment(self._number, b"".join(self._parts), piece.at_s - self._since_s)
            )
            self._number += 1
            self._parts.clear()
        if not self._parts:
            self._since_s = piece.at_s
        self._parts.append(piece.data)


class Feed:
    """The running pictures of one camera."""

    def __init__(self, camera: DemoCamera, clock: Clock, seed: int, *, incidents: bool) -> None:
        scene = camera.scene
        self.camera, self._clock = camera, clock
        world = World(scene, seed, plan_incidents(scene, seed) if incidents else ())
        self._renderer = Camera(scene, world, Caption(scene.title, clock.start_wall_s), seed)
        self._faults = FaultWatch(camera.name, camera.fault, seed)
        self._watchers: set[trio.MemorySendChannel[Piece]] = set()
        self._polled_s = -math.inf
        self._wanted = trio.Event()
        self._shown = trio.Event()
        self._changed = trio.Condition()
        self._gop: list[Piece] = []
        self.header = b""
        self.picture: Picture | None = None
        self.cutter = Cutter()

    async def refine(self, threads: trio.CapacityLimiter) -> None:
        """Trace the place more finely, pass by pass, once somebody has pictures of it."""
        await self._shown.wait()
        while not self._renderer.backdrop.is_finished:
            await trio.to_thread.run_sync(self._renderer.backdrop.trace_once, limiter=threads)

    @contextmanager
    def watched(self) -> Iterator[trio.MemoryReceiveChannel[Piece]]:
        """Receive pieces from the last keyframe on, until the feed drops the watcher."""
        send, receive = trio.open_memory_channel[Piece](WATCHER_PIECES)
        for piece in self._gop[-WATCHER_PIECES:]:
            send.send_nowait(piece)
        self._watchers.add(send)
        self._wanted.set()
        try:
            yield receive
        finally:
            self._watchers.discard(send)
            send.close()
            receive.close()

    async def polled(self) -> Picture:
        """Return the newest picture, making one if the last is old."""
        self._polled_s = self._clock.now_s()
        self._wanted.set()
        async with self._changed:
            while (
                self.picture is None
                or self.picture.at_s < self._clock.now_s() - 2 / self.camera.rate_per_s
            ):
                await self._changed.wait()
        return self.picture

    async def segmented(self) -> tuple[Segment, ...]:
        """Return the newest HLS segments, waiting for the first."""
        self._polled_s = self._clock.now_s()
        self._wanted.set()
        async with self._changed:
            while not self.cutter.segments:
                await self._changed.wait()
        return tuple(self.cutter.segments)

    @property
    def is_dropping(self) -> bool:
        """Say whether the camera refuses connections at the moment."""
        return self._faults.kind_at(self._clock.now_s()) == "drop"

    @property
    def is_wanted(self) -> bool:
        """Say whether anybody watches."""
        return bool(self._watchers) or self._clock.now_s() - self._polled_s < LINGER_S

    async def run(self, threads: trio.CapacityLimiter) -> None:
        """Render and hand out pictures whenever somebody watches."""
        while True:
            await self._wanted.wait()
            await self._session(threads)
            self._wanted = trio.Event()
            if self.is_wanted:
                self._wanted.set()

    async def _session(self, threads: trio.CapacityLimiter) -> None:
        camera, step_s = self.camera, 1 / self.camera.rate_per_s
        is_video = camera.format in CONTAINERS
        lens = camera.scene.lens
        encoder = (
            VideoEncoder(camera.format, (lens.width_px, lens.height_px), camera.rate_per_s)
            if is_video
            else None
        )
        self.header, self.cutter = (encoder.header if encoder else b""), Cutter()
        next_s = math.ceil(self._clock.now_s() / step_s) * step_s
        while self.is_wanted:
            await trio.sleep(max(next_s - self._clock.now_s(), 0))
            piece = await trio.to_thread.run_sync(self._make, next_s, encoder, limiter=threads)
            if piece is not None:
                await self._publish(piece)
            next_s = max(next_s + step_s, math.ceil(self._clock.now_s() / step_s) * step_s)
        self._gop.clear()
        if encoder is not None:
            encoder.close()

    def _make(self, at_s: float, encoder: VideoEncoder | None) -> Piece | None:
        """Render and encode one picture, in a thread."""
        if self._faults.kind_at(at_s) != "freeze" or not self._renderer.has_frame:
            self._renderer.frame_at(at_s)
        frame = self._renderer.last_frame
        return (
            encoder.encode(frame, at_s)
            if encoder
            else Piece(encode_jpeg(frame), starts=True, at_s=at_s)
        )

    async def _publish(self, piece: Piece) -> None:
        self._shown.set()
        if self.camera.format == "hls":
            self.cutter.add(piece)
        if self.camera.format not in CONTAINERS:
            self.picture = Picture(piece.data, piece.at_s)
        if piece.starts:
            self._gop.clear()
        self._gop.append(piece)
        is_dropping = self.is_dropping
        for watcher in tuple(self._watchers):
            try:
                if is_dropping:
                    watcher.close()
                    self._watchers.discard(watcher)
                else:
                    watcher.send_nowait(piece)
            except trio.WouldBlock:
                watcher.close()
                self._watchers.discard(watcher)
        async with self._changed:
            self._changed.notify_all()
