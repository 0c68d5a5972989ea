"""Cameras that libav reads: RTSP and RTSPS over TCP, files and folders of files. Blocking.

For a process of its own: libav waits where it likes and parses what it gets, so one camera is all
that may hang or fall with it. What it demuxes is wrapped as MPEG-TS again, in memory, and goes the
way of every other camera: cutter, capture clock, chunker. So chunks of RTSP are chunks like others.
Codecs that MPEG-TS does not carry (old files), and films that are to be turned when they are shown,
which it cannot say, are turned into pictures here.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import attrs
import av
import av.error
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer

from conf.addresses import split_credentials
from conf.schema import Camera
from media.cut.chunk import BACKWARDS_S
from media.cut.pieces import Format
from media.cut.sniff import Sniffed
from media.frames.finish import Finisher
from media.frames.plan import Plan
from stages.camera.backoff import Backoff, Generator
from stages.camera.faults import CameraFault, Fault, Kind, redirect_elsewhere
from stages.camera.origins import Origin, may_lead
from stages.camera.redact import scrub
from stages.camera.source.assembly import Assembly
from stages.camera.source.errors import of_connecting
from stages.camera.source.happenings import Clock, Connected, Connecting, Happening, Lost
from stages.camera.source.rtsp_password import Credentials
from stages.camera.source.rtsp_relay import Relay, listen
from stages.camera.source.settings import all_secrets, chunk_rules, user_and_password

_CARRIED = frozenset({"h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video"})
_TO_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
_STILL = "mjpeg"
_MUX = {"flush_packets": "1"}
_FILE_KINDS = frozenset({".mp4", ".mkv", ".avi", ".ts", ".mov", ".flv", ".m4v", ".mpg", ".webm"})
_RTSP = {
    "allowed_media_types": "video",
    "rtsp_transport": "tcp",
    "protocol_whitelist": "rtsp,rtp,tcp",
}
REDIRECTS_MAX = 4
_PIXELS_QUALITY = 90
_DEMUXERS = "mov,mp4,matroska,webm,avi,mpegts,flv,mpeg,mpegvideo,h264,hevc,asf,m4v"
"""Of files: none of those that open further files or addresses by what stands in them."""


@attrs.frozen
class Passing:
    """What a blocking watch needs from outside."""

    clock: Clock
    generator: Generator
    next_epoch: Callable[[], int]
    sleep: Callable[[float], None]
    listener: socket.socket | None = None
    """Where libav finds the relay to its camera; None for one of its own each time."""


def watch_blocking(camera: Camera, passing: Passing) -> Iterator[Happening]:
    """Yield what happens: for ever at a camera, once through for files."""
    backoff = Backoff(passing.generator)
    paths = file_paths(camera)
    while True:
        url = str(paths.pop(0)) if paths is not None and paths else ""
        epoch = passing.next_epoch()
        yield Connecting(epoch)
        began_s = passing.clock.monotonic_s()
        connection = _Connection(camera, epoch, passing, url)
        try:
            yield from connection.run()
            fault = Fault("ended", "The stream ended.")
        except CameraFault as lost:
            fault = lost.fault
        now_s = passing.clock.monotonic_s()
        lived_s = now_s - began_s if connection.is_live else 0.0
        retry_s = backoff.wait_s(fault, now_s, lived_s) if paths is None else 0.0
        yield Lost(epoch, fault, lived_s, retry_s)
        if paths is not None and not paths:
            return
        passing.sleep(retry_s)


def file_paths(camera: Camera) -> list[Path] | None:
    """Return the files of a camera that is one or a folder of them; None for a real camera."""
    parts = urlsplit(camera.url)
    if parts.scheme != "file":
        return None
    path = Path(unquote(parts.path))
    if not path.is_dir():
        return [path]
    return sorted(item for item in path.iterdir() if item.suffix.lower() in _FILE_KINDS)


class _Sink:
    """Takes what the muxer writes."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data


class _Connection:
    """One pass through a stream or a file."""

    def __init__(self, camera: Camera, epoch: int, passing: Passing, path: str) -> None:
        self._camera = camera
        self._epoch = epoch
        self._passing = passing
        self._path = path
        self._first_s: float | None = None
        self._last_ticks: int | None = None
        self._shift_ticks = 0
        """Added to the stream's times, since they went back so far."""
        self._began_mono_s = passing.clock.monotonic_s()
        self._began_wall_s = passing.clock.wall_s()
        self._authentication = "none"
        self.is_live = False

    def run(self) -> Iterator[Happening]:
        """Yield chunks and findings; raise CameraFault when it ends badly."""
        try:
            with ExitStack() as stack:
                yield from self._follow(self._open(stack))
        except (av.error.FFmpegError, OSError, ValueError, LookupError) as error:
            raise CameraFault(self._read(error)) from None

    def _open(self, stack: ExitStack) -> InputContainer:
        seconds = self._camera.timeouts
        limits_s = (seconds.connect_s + seconds.answer_s, seconds.silence_s)
        if self._path:
            return stack.enter_context(_open_file(self._path, limits_s))
        url = split_credentials(self._camera.url).url
        listener = self._passing.listener or stack.enter_context(listen())
        for _ in range(REDIRECTS_MAX):
            relay = stack.enter_context(closing(self._connect(url, listener)))
            try:
                container = av.open(relay.url, mode="r", options=_RTSP, timeout=limits_s)
            except (av.error.FFmpegError, OSError):
                relay.close()
                if relay.fault is not None:
                    raise CameraFault(relay.fault) from None
                if relay.location is None:
                    raise
                url = redirected(url, relay.location)
            else:
                self._authentication = relay.authentication
                return stack.enter_context(container)
        raise CameraFault(Fault("redirect_loop", "The camera redirects in a circle.", "address"))

    def _connect(self, url: str, listener: socket.socket) -> Relay:
        try:
            return Relay(self._camera, url, _credentials(self._camera), listener)
        except OSError as error:
            raise CameraFault(of_connecting(error, self._camera)) from None

    def _follow(self, container: InputContainer) -> Iterator[Happening]:
        if not container.streams.video:
            words = "There is no video in the stream."
            raise CameraFault(Fault("no_video", words, "address"))
        stream = container.streams.video[0]
        codec = stream.codec_context.name
        is_carried = codec in _CARRIED and not (self._path and _is_turned(self._path))
        form = Format.MPEG_TS if is_carried else Format.JPEG
        rules = chunk_rules(self._camera)
        self._assembly = Assembly(self._camera.name, self._epoch, Sniffed(form), rules)
        self.is_live = True
        told = form if is_carried else Format.MJPEG
        yield Connected(self._epoch, told, self._authentication, None)
        if form is Format.MPEG_TS:
            yield from self._rewrap(container, stream)
        else:
            yield from self._as_pictures(container, stream)
        yield from self._assembly.end(*self._now())

    def _rewrap(self, container: InputContainer, stream: av.VideoStream) -> Iterator[Happening]:
        """Put the packets into MPEG-TS, with parameter sets before every keyframe."""
        sink = _Sink()
        with av.open(sink, "w", format="mpegts", options=_MUX, buffer_size=4096) as muxer:
            target = muxer.add_stream_from_template(stream)
            wrap = BitStreamFilterContext(_filter(stream), stream, target)
            for packet in self._packets(container, stream):
                for filtered in wrap.filter(packet):
                    filtered.stream = target
                    muxer.mux(filtered)
                yield from self._assembly.feed(sink.take(), *self._now())
        yield from self._assembly.feed(sink.take(), *self._now())

    def _as_pictures(
        self, container: InputContainer, stream: av.VideoStream
    ) -> Iterator[Happening]:
        """Pass JPEG on; make pictures of codecs that no camera speaks."""
        stream.codec_context.thread_count = 1
        plan = Plan(quality=_PIXELS_QUALITY, small_width_px=0)
        finisher = Finisher(plan, stream.sample_aspect_ratio)
        wrap = BitStreamFilterContext("mjpeg2jpeg", stream) if _needs_tables(stream) else None
        for packet in self._packets(container, stream):
            for jpeg in self._pictures(packet, wrap, finisher):
                yield from self._assembly.feed_whole(jpeg, *self._now())

    def _pictures(
        self,
        packet: "av.Packet[av.VideoStream]",
        wrap: BitStreamFilterContext | None,
        finisher: Finisher,
    ) -> list[bytes]:
        if packet.stream.codec_context.name != _STILL:
            return [bytes(finisher.finish(frame, 0.0)[0].jpeg) for frame in packet.decode()]
        packets = wrap.filter(packet) if wrap else [packet]
        return [bytes(item) for item in packets]

    def _packets(
        self, container: InputContainer, stream: av.VideoStream
    ) -> "Iterator[av.Packet[av.VideoStream]]":
        """Yield packets that have a time; of files as fast as they were filmed, if so wished."""
        for packet in container.demux(stream):
            if packet.dts is None or not packet.size:
                continue
            self._put_in_order(packet, packet.dts)
            time_s = float(packet.dts * packet.time_base)
            if self._first_s is None:
                self._first_s = time_s
            self._played_s = time_s - self._first_s
            self._lay_on_wall(container)
            if self._path and self._camera.replay == "real_time":
                due_s = self._began_mono_s + self._played_s
                self._passing.sleep(max(0.0, due_s - self._passing.clock.monotonic_s()))
            yield packet

    def _put_in_order(self, packet: "av.Packet[av.VideoStream]", ticks: int) -> None:
        """Let times that go back continue those before: no muxer takes them as they are.

        Far back is another recording in the same file, or a camera that began to count anew; a
        little is a camera that gives two packets one time.
        """
        last = self._last_ticks
        if last is not None and (last - ticks - self._shift_ticks) * packet.time_base > BACKWARDS_S:
            self._shift_ticks = last + max(1, packet.duration or 0) - ticks
            self._assembly.stream_line_s = None
        ticks += self._shift_ticks
        packet.dts = self._last_ticks = ticks if last is None else max(ticks, last + 1)
        if packet.pts is not None:
            packet.pts = max(packet.pts + self._shift_ticks, packet.dts)

    def _lay_on_wall(self, container: InputContainer) -> None:
        """Use the camera's own wall time, which RTCP tells some seconds after the start."""
        began_us = container.start_time_realtime
        first_s = self._assembly.first_stream_s
        is_usable = not self._path and not self._shift_ticks
        if is_usable and began_us and first_s is not None and self._first_s is not None:
            self._assembly.stream_line_s = began_us / 1e6 + self._first_s - first_s

    def _now(self) -> tuple[float, float]:
        """Return arrival and wall time; of a file that is played fast, those of its own course."""
        if self._path and self._camera.replay == "fast":
            played_s = self._played_s
            return self._began_mono_s + played_s, self._began_wall_s + played_s
        return self._passing.clock.monotonic_s(), self._passing.clock.wall_s()

    _played_s = 0.0

    def _read(self, error: BaseException) -> Fault:
        for kind, name, words, fault_kind in _ERRORS:
            if isinstance(error, kind):
                return Fault(name, words, fault_kind)
        words = getattr(error, "strerror", None) or str(error)  # the whole holds the URL
        words = scrub(f"{type(error).__name__}: {words}", all_secrets(self._camera))[:160]
        return Fault("stream_error", f"The stream cannot be read ({words}).")


_ERRORS: tuple[tuple[type[BaseException], str, str, Kind], ...] = (
    (
        av.error.HTTPUnauthorizedError,
        "credentials_refused",
        "The camera refuses user and password (401), or asks for them; check the configuration.",
        "credentials",
    ),
    (
        av.error.HTTPForbiddenError,
        "forbidden",
        "The camera forbids it (403): the user may lack the right to see the live picture.",
        "credentials",
    ),
    (
        av.error.HTTPNotFoundError,
        "not_found",
        "The camera knows no such address (404); check the path of its URL.",
        "address",
    ),
    (
        av.error.ConnectionRefusedError,
        "connection_refused",
        "The camera refuses the connection: nothing listens at this port.",
        "passing",
    ),
    (
        av.error.ArgumentError,
        "not_video",
        "The file is of a kind that seda does not open.",
        "address",
    ),
    (av.error.FileNotFoundError, "file_missing", "There is no such file.", "address"),
    (av.error.ExitError, "silence", "The camera sent nothing for too long.", "passing"),
    (av.error.TimeoutError, "silence", "The camera sent nothing for too long.", "passing"),
    (
        av.error.InvalidDataError,
        "not_video",
        "What the camera sends is no video that seda knows, or it is damaged.",
        "address",
    ),
)


def _open_file(path: str, limits_s: tuple[float, float] | None = None) -> InputContainer:
    options = {"protocol_whitelist": "file", "format_whitelist": _DEMUXERS}
    return av.open(f"file:{path}", mode="r", options=options, timeout=limits_s)


def _is_turned(path: str) -> bool:
    """Return whether a file's pictures are to be turned, which its first one tells."""
    with _open_file(path) as container:
        try:
            first = next(container.decode(video=0), None)
        except av.error.FFmpegError:
            return False
    return first is not None and round(first.rotation / 90) % 4 != 0


def _credentials(camera: Camera) -> Credentials | None:
    """Return user and password, from the settings or the address."""
    known = user_and_password(camera)
    return Credentials(*known) if known is not None else None


def redirected(url: str, location: str) -> str:
    """Return where a camera redirects to, if it may lead there."""
    following = urljoin(url, location)
    there = _origin(following)
    if not may_lead(_origin(url), there):
        raise redirect_elsewhere(there)
    return split_credentials(following).url


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    return Origin.of(parts.scheme, parts.hostname or "", parts.port)


def _filter(stream: av.VideoStream) -> str:
    """Return the bitstream filter that puts parameter sets before every keyframe."""
    extradata = bytes(stream.codec_context.extradata or b"")
    codec = stream.codec_context.name
    if codec in _TO_ANNEX_B and extradata[:1] == b"\x01":
        return _TO_ANNEX_B[codec]
    return "dump_extra=freq=keyframe"


def _needs_tables(stream: av.VideoStream) -> bool:
    """Return whether this is motion JPEG of AVI, whose pictures lack their Huffman tables."""
    return stream.codec_context.name == _STILL and not stream.codec_context.extradata
