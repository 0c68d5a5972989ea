"""Decodes a chunk of video once, and only what the plan asks for.

Packets are collected first, which costs next to nothing; they tell the times. Where the keyframes
among them suffice for the planned rate, those that are picked are decoded and no others. Else all
are decoded, since each needs the one before, and the picked ones are finished.
"""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import av

from media.cut.pieces import Format
from media.frames.batch import DECODER_ERRORS, Frame, Tally, Unusable
from media.frames.finish import Finisher
from media.frames.jpeg_check import check_jpeg
from media.look import LOOK_EVERY_S, look_at
from seda.messages import Look
from stages.transcoder.picks import Picker, even_step_s, pick, suffices

if TYPE_CHECKING:
    from av.container import InputContainer

    Packet = av.Packet[av.VideoStream]

    from media.cut.chunk import ChunkFacts
    from media.frames.plan import Plan

_DEMUXERS = {Format.MPEG_TS: "mpegts", Format.FMP4: "mp4", Format.FLV: "flv"}
_PROBE = {
    "fpsprobesize": "0",
    "probesize": "1000000",
    "analyzeduration": "1000000",
    "codec_whitelist": "none",
}
"""Nothing is decoded to find out what the stream is: the whitelist keeps libavformat from opening a
decoder of its own, which would decode the first keyframe twice (8.5 ms of 720p for each chunk). The
decoder below is another one and learns size and pixel format from the stream itself."""
_JPEG = "mjpeg"
_UNPRICED = frozenset({"mjpegb", "jpegls", "sp5x", "amv", "thp", "smvjpeg"})
"""Relatives of JPEG whose scans nobody counts here; no camera sends them."""
_BUFFER_BYTES = 256 * 1024
_LEAST_STEP_S = 0.001
BESIDE_S = 2.0
"""A chunk may take the processor as long as what was filmed, and so much longer. Who needs more for
long cannot be followed, and would keep the others waiting."""


class VideoTranscoder:
    """Transcodes one chunk of video."""

    def __init__(
        self, facts: "ChunkFacts", plan: "Plan", tally: Tally, now_s: Callable[[], float]
    ) -> None:
        self._facts = facts
        self._plan = plan
        self._tally = tally
        self._now_s = now_s
        self._limit_s = min(plan.limits.time_s, facts.duration_s + BESIDE_S)
        self._until_s = now_s() + self._limit_s
        self._start = 0
        self._tick_s = 0.0
        self._even_s: float | None = None
        """From picture to picture, where the stream's own time is absurd."""
        self._decoded = 0
        self._finisher: Finisher | None = None
        self.frames: list[Frame] = []
        self.looks: list[Look] = []

    def run(self, content: bytes | memoryview) -> None:
        """Fill `frames` and `looks`; raise Unusable where nothing can be made of the chunk."""
        with self._open(content) as container:
            stream = self._choose(container)
            packets = self._packets(container, stream)
            if stream.codec_context.name == _JPEG:
                packets = [packet for packet in packets if self._is_affordable(packet)]
            ticks = [packet.pts for packet in packets if packet.pts is not None]
            self._start = min(ticks, default=0)
            self._tick_s = float(stream.time_base or 0)
            self._find_even_step(packets, max(ticks, default=0))
            picked = self._pick_keyframes(packets, max(ticks, default=0))
            if picked:
                self._finish_all(stream, self._decode(stream, picked))
            else:
                self._finish_picked(stream, self._decode(stream, packets))

    def _find_even_step(self, packets: "list[Packet]", end: int) -> None:
        """See whether the stream's own time can be believed."""
        stream_s = (end - self._start) * self._tick_s
        self._even_s = even_step_s(stream_s, self._facts.filmed_s, len(packets))
        if self._even_s is not None:
            self._tally.note(Unusable("stream_time_absurd", _absurd(stream_s)))

    def _pick_keyframes(self, packets: "list[Packet]", end: int) -> "list[Packet]":
        """Return the keyframes to decode, none where the plan's rate needs other frames too."""
        if self._even_s is not None:
            return []
        keys = [packet for packet in packets if packet.is_keyframe and packet.pts is not None]
        times_s = [(packet.pts or 0) * self._tick_s for packet in keys]
        if not suffices(times_s, end * self._tick_s, self._plan.rate_per_s):
            return []
        picked = [keys[index] for index in pick(times_s, self._plan.rate_per_s)]
        self._tally.count("not_planned", len(packets) - len(picked))
        return picked

    def _open(self, content: bytes | memoryview) -> "InputContainer":
        try:
            return av.open(
                io.BytesIO(content),
                mode="r",
                format=_DEMUXERS[self._facts.format],
                options=_PROBE,
                buffer_size=_BUFFER_BYTES,
            )
        except DECODER_ERRORS as error:
            raise Unusable("container_unreadable", _unreadable(error)) from error

    def _choose(self, container: "InputContainer") -> "av.VideoStream":
        if not container.streams.video:
            raise Unusable("no_video", "The stream has no video that seda can decode.")
        stream = container.streams.video[0]
        context: av.VideoCodecContext | None = stream.codec_context
        if context is None or context.name in _UNPRICED:
            raise Unusable("codec_unknown", "The video is in a codec that seda cannot decode.")
        limit = self._plan.limits.pixels_max
        if context.width * context.height > limit:
            raise Unusable(
                "picture_too_large",
                f"The video has {context.width}x{context.height} pixels, more than {limit} in all;"
                " lower the camera's resolution.",
            )
        context.options = {"max_pixels": str(limit)}
        context.thread_count = 1  # a handler is one core; the controller has several handlers
        return stream

    def _packets(self, container: "InputContainer", stream: "av.VideoStream") -> "list[Packet]":
        packets = []
        try:
            for packet in container.demux(stream):
                if packet.size:
                    packets.append(packet)
                if len(packets) >= self._plan.limits.frames_max * 4:
                    self._tally.count("packets_over_limit")
                    break
        except DECODER_ERRORS as error:
            self._tally.note(Unusable("container_damaged", _unreadable(error)))
        if not packets:
            raise Unusable("container_empty", "A chunk without any video was left out.")
        return packets

    def _is_affordable(self, packet: "Packet") -> bool:
        """Return whether libav may get this picture: its time is checked between packets only."""
        try:
            check_jpeg(bytes(packet), self._plan.limits.pixels_max, all_scans=True)
        except Unusable as unusable:
            self._tally.note(unusable)
            return False
        return True

    def _decode(
        self, stream: "av.VideoStream", packets: "list[Packet]"
    ) -> "Iterator[av.VideoFrame]":
        """Yield what can be decoded, in the order of presentation; damage is counted, no more."""
        for packet in (*packets, None):
            if self._now_s() > self._until_s:
                self._tally.note(_too_slow(self._limit_s))
                return
            try:
                for frame in stream.codec_context.decode(packet):
                    self._decoded += 1
                    yield frame
            except DECODER_ERRORS as error:
                self._tally.note(Unusable("decode_error", _undecodable(error)))

    def _finish_all(self, stream: "av.VideoStream", frames: "Iterator[av.VideoFrame]") -> None:
        for frame in frames:
            self._finish(stream, frame)

    def _finish_picked(self, stream: "av.VideoStream", frames: "Iterator[av.VideoFrame]") -> None:
        """Finish one frame each period; the same rule as `pick`, on frames as they come."""
        chosen = Picker(self._plan.rate_per_s)
        for frame in frames:
            if not chosen.takes(self._time_s(frame)):
                self._tally.count("not_planned")
            elif len(self.frames) >= self._plan.limits.frames_max:
                self._tally.count("frames_over_limit")
            else:
                self._finish(stream, frame)

    def _finish(self, stream: "av.VideoStream", frame: "av.VideoFrame") -> None:
        if self._finisher is None:  # the aspect is known once something is decoded
            aspect = stream.codec_context.sample_aspect_ratio or stream.sample_aspect_ratio
            self._finisher = Finisher(self._plan, aspect)
        if frame.is_corrupt:
            self._tally.count("frames_damaged")
        captured_s = self._captured_s(frame)
        try:
            done, luma = self._finisher.finish(frame, captured_s)
        except DECODER_ERRORS as error:
            self._tally.note(Unusable("convert_error", _undecodable(error)))
            return
        if not self.looks or captured_s - self.looks[-1].captured_s >= LOOK_EVERY_S:
            self.looks.append(look_at(luma, captured_s))
        self.frames.append(done)

    def _time_s(self, frame: "av.VideoFrame") -> float:
        """Return seconds from the first frame, by ticks: at the flush frame.time is no number."""
        if self._even_s is not None:
            return (self._decoded - 1) * self._even_s
        return 0.0 if frame.pts is None else max(0, frame.pts - self._start) * self._tick_s

    def _captured_s(self, frame: "av.VideoFrame") -> float:
        """Return wall time, after that of the frame before whatever the stream says."""
        captured_s = self._facts.captured_s + self._time_s(frame)
        if self.frames and captured_s <= self.frames[-1].captured_s:
            self._tally.count("time_repaired")
            return self.frames[-1].captured_s + _LEAST_STEP_S
        return captured_s


def _unreadable(error: BaseException) -> str:
    return f"A chunk could not be read ({type(error).__name__}); what can be read is used."


def _undecodable(error: BaseException) -> str:
    return f"Damaged video ({type(error).__name__}); what can be decoded is shown."


def _too_slow(limit_s: float) -> Unusable:
    return Unusable(
        "time_limit",
        f"Decoding a chunk took the processor over {limit_s:.0f} s and was ended;"
        " lower the camera's resolution or its rate.",
    )


def _absurd(stream_s: float) -> str:
    return (
        f"A chunk lasts {stream_s:.0f} s by the stream's own time, which is not how it came; its"
        " pictures are spread over the time in which they came. Restart the camera or its encoder."
    )
