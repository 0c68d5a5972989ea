"""`seda camera probe URL`: what is there, in words or as JSON, and the lines for the configuration.

`python -P -m stages.camera.probe URL [--json]`; with `-` for the URL it is read from standard
input, so that a password stands in no list of processes. It is the first thing that somebody uses
who adds a camera: whatever is wrong is said in a sentence, and no password is ever shown.
"""

import argparse
import hashlib
import io
import itertools
import json
import random
import ssl
import sys
import time
from collections.abc import Iterable
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

import attrs
import av
import trio

from conf.addresses import AddressError, split_credentials, take_address
from conf.schema import Camera
from media.cut.chunk import Chunk
from media.cut.pieces import Format
from media.frames.batch import DECODER_ERRORS, Unusable
from media.frames.jpeg_check import check_jpeg
from seda.command.ending import ended
from seda.command.output import tell
from stages.camera.redact import MASK, redact
from stages.camera.source.clocks import MachineClock
from stages.camera.source.happenings import ChunkReady, Connected, Happening, Lost, Noted
from stages.camera.source.libav import Passing, watch_blocking
from stages.camera.source.rtsp_relay import PORTS
from stages.camera.source.settings import needs_process
from stages.camera.source.watch import RealClock, Surroundings, watch

SECONDS = 12.0
CHUNKS = 2
"""Enough to tell rate and keyframe interval; a camera with rare keyframes ends with the time."""
TRIES = 4
"""Of a fault that may pass by itself: a camera that was just switched on needs a moment."""
_HOW_TO_SIGN_IN = (
    "To look at it with them, write them into the address, as in http://USER:PASSWORD@HOST/PATH; "
    "give - instead of the address and type it then, so that no list of processes shows it."
)
_PIXELS_MAX = 100_000_000
_FORMS = {
    Format.MJPEG: "Motion JPEG",
    Format.JPEG: "JPEG snapshots, asked for again and again",
    Format.MPEG_TS: "MPEG-TS",
    Format.FMP4: "fragmented MP4",
    Format.FLV: "FLV",
    Format.HLS: "HLS",
}
_SOURCES = {"rtsp": "RTSP", "rtsps": "RTSP over TLS", "file": "a film from a file"}
"""What libav reads comes wrapped anew, which says nothing of the camera."""
_MUXERS = {Format.MPEG_TS: "mpegts", Format.FMP4: "mp4", Format.FLV: "flv"}


@attrs.frozen
class Video:
    """What a chunk shows of the video."""

    codec: str
    width_px: int
    height_px: int
    frames_per_s: float | None
    keyframe_interval_s: float | None
    bits_per_s: int | None


@attrs.frozen
class Report:
    """What was found."""

    url: str
    """Without passwords."""
    is_usable: bool
    summary: str
    format: str | None = None
    authentication: str | None = None
    clock_offset_s: float | None = None
    video: Video | None = None
    certificate: str | None = None
    """The fingerprint of a certificate that nobody signed."""
    remarks: tuple[str, ...] = ()
    configuration: str = ""


def examine(camera: Camera, happenings: Iterable[Happening]) -> Report:
    """Return what these happenings say of the camera."""
    seen = list(happenings)
    lost = next((item for item in reversed(seen) if isinstance(item, Lost)), None)
    connected = next((item for item in seen if isinstance(item, Connected)), None)
    chunks = [item.chunk for item in seen if isinstance(item, ChunkReady)]
    notes = (item.finding.sentence for item in seen if isinstance(item, Noted))
    video = measure(chunks) if chunks else None
    shown = redact(camera.url)
    remarks = (*dict.fromkeys(filter(None, notes)), *_clock_remark(connected))
    if video is None:
        fault = lost.fault.sentence if lost else "Nothing that can be shown came in time."
        is_asked = lost is not None and lost.fault.name == "credentials_missing"
        remarks = (*remarks, *([_HOW_TO_SIGN_IN] if is_asked else []))
        return Report(shown, is_usable=False, summary=fault, remarks=remarks)
    form = connected.format if connected else chunks[0].facts.format
    scheme = camera.url.partition(":")[0].lower()
    return Report(
        shown,
        is_usable=True,
        summary=_summary(form, video, _SOURCES.get(scheme, _FORMS[form])),
        format=scheme if scheme in _SOURCES else form.value,
        authentication=connected.authentication if connected else None,
        clock_offset_s=connected.clock_offset_s if connected else None,
        video=video,
        remarks=remarks,
        configuration=configuration(camera),
    )


def measure(chunks: list[Chunk]) -> Video | None:
    """Return what the video is, from whole chunks."""
    chunk = chunks[0]
    try:
        return _of_pictures(chunk) if chunk.facts.marks else _of_video(chunks)
    except (Unusable, *DECODER_ERRORS):
        return None


def _of_pictures(chunk: Chunk) -> Video:
    header = check_jpeg(chunk.parts[0], _PIXELS_MAX)
    marks = chunk.facts.marks
    period_s = _period_s([mark.captured_s for mark in marks])
    rate = 1 / period_s if period_s else None
    bits_per_s = round(8 * chunk.size_bytes / len(marks) * rate) if rate else None
    return Video("mjpeg", header.width_px, header.height_px, rate, period_s, bits_per_s)


def _of_video(chunks: list[Chunk]) -> Video:
    times_s: list[float] = []
    keys_s: list[float] = []
    size_bytes = 0
    for chunk in chunks:
        content = b"".join(chunk.parts)
        size_bytes += len(content)
        with av.open(
            io.BytesIO(content), mode="r", format=_MUXERS[chunk.facts.format]
        ) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            for packet in container.demux(stream):
                if packet.dts is not None and packet.size:
                    time_s = float(packet.dts * packet.time_base)
                    times_s.append(time_s)
                    keys_s += [time_s] if packet.is_keyframe else []
            codec, width_px, height_px = context.name, context.width, context.height
    period_s = _period_s(times_s)
    rate = 1 / period_s if period_s else None
    bits_per_s = round(8 * size_bytes / len(times_s) * rate) if rate else None
    return Video(codec, width_px, height_px, rate, _period_s(keys_s), bits_per_s)


def _period_s(times_s: list[float]) -> float | None:
    """Return the usual distance between these times."""
    gaps = [after - before for before, after in pairwise(sorted(times_s)) if after > before]
    return median(gaps) if gaps else None


def _summary(form: Format, video: Video, what: str) -> str:
    rate = f", {video.frames_per_s:.3g} frames/s" if video.frames_per_s else ""
    bits = f", {video.bits_per_s / 1e6:.2f} Mbit/s" if video.bits_per_s else ""
    is_said = video.codec == "mjpeg" and what == _FORMS[form]
    codec = "" if is_said else f" with {video.codec}"
    key = ""
    if form not in (Format.MJPEG, Format.JPEG) and video.keyframe_interval_s:
        key = f", a keyframe every {video.keyframe_interval_s:.3g} s"
    return f"{what}{codec}: {video.width_px}x{video.height_px}{rate}{key}{bits}"


def _clock_remark(connected: Connected | None) -> tuple[str, ...]:
    if connected is None or connected.clock_offset_s is None:
        return ()
    offset_s = connected.clock_offset_s
    if abs(offset_s) < 2:
        return ()
    direction = "ahead" if offset_s > 0 else "behind"
    return (f"The camera's clock is {abs(offset_s):.0f} s {direction}; set its time server (NTP).",)


def configuration(camera: Camera, fingerprint: str | None = None) -> str:
    """Return the lines to paste; where a password belongs, a place for it."""
    address = split_credentials(camera.url)
    host = urlsplit(address.url).hostname or "camera"
    shown = redact(address.url)
    hidden = "" if shown == address.url else f"  # put what it said where {MASK} stands"
    lines = [
        "[[camera]]",
        f"name = {json.dumps(host)}  # as people shall know it",
        f"url = {json.dumps(shown)}{hidden}",
    ]
    if address.user is not None:
        lines.append(f"user = {json.dumps(address.user)}")
        lines.append('password = ""  # put the password here')
    if fingerprint is not None:
        lines.append(f"trust = {{ fingerprint = {json.dumps(fingerprint)} }}")
    return "\n".join(lines)


async def probe(camera: Camera, seconds: float) -> Report:
    """Look at a camera over HTTP for so long at most."""
    counter = itertools.count(1)
    generator = random.Random()  # noqa: S311 - chance for waiting, no secret
    around = Surroundings(RealClock(), generator, lambda: next(counter))
    seen: list[Happening] = []
    with trio.move_on_after(seconds):
        async with watch(camera, around) as happenings:
            async for happening in happenings:
                seen.append(happening)
                if _is_enough(seen):
                    break
    return _with_certificate(camera, examine(camera, seen), seen)


def probe_blocking(camera: Camera, seconds: float) -> Report:
    """Look at a camera that libav reads."""
    counter = itertools.count(1)
    generator = random.Random()  # noqa: S311 - chance for waiting, no secret
    passing = Passing(MachineClock(), generator, lambda: next(counter), time.sleep)
    seen: list[Happening] = []
    until_s = time.monotonic() + seconds
    for happening in watch_blocking(camera, passing):
        seen.append(happening)
        if _is_enough(seen) or time.monotonic() > until_s:
            break
    return _with_certificate(camera, examine(camera, seen), seen)


def _is_enough(seen: list[Happening]) -> bool:
    chunks = sum(isinstance(item, ChunkReady) for item in seen)
    losses = [item for item in seen if isinstance(item, Lost)]
    will_not_pass = bool(losses) and (losses[-1].fault.kind != "passing" or len(losses) >= TRIES)
    return chunks >= CHUNKS or will_not_pass or (bool(losses) and chunks > 0)


def _with_certificate(camera: Camera, report: Report, seen: list[Happening]) -> Report:
    """Add the fingerprint of a certificate that was refused, and the lines that would trust it."""
    if not any(isinstance(item, Lost) and item.fault.name == "certificate" for item in seen):
        return report
    parts = urlsplit(camera.url)
    try:
        port = parts.port or (PORTS["rtsps"] if parts.scheme == "rtsps" else 443)
        pem = ssl.get_server_certificate((parts.hostname or "", port), timeout=5)
    except OSError:
        return report
    shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    lines = configuration(camera, shown)
    words = "Compare the fingerprint with the one that the camera itself shows before you trust it."
    remarks = (*report.remarks, words)
    return attrs.evolve(report, certificate=shown, remarks=remarks, configuration=lines)


def describe(report: Report) -> str:
    """Return the report in words."""
    lines = [
        f"{report.url}: {'usable' if report.is_usable else 'not usable'}",
        f"  {report.summary}",
    ]
    if report.authentication not in (None, "none"):
        lines.append(f"  authentication: {report.authentication}")
    if report.clock_offset_s is not None:
        lines.append(f"  clock: {report.clock_offset_s:+.1f} s")
    if report.certificate is not None:
        lines.append(f"  certificate: SHA-256 {report.certificate}")
    lines += [f"  {remark}" for remark in report.remarks]
    if report.configuration:
        lines += ["", report.configuration]
    return "\n".join(lines)


def _look(url: str, seconds: float) -> Report:
    try:
        take_address(url)
    except AddressError as error:
        words = f"This address will not do: {error}."
        return Report(redact(url), is_usable=False, summary=words)
    camera = Camera(name="probe", url=url)
    if needs_process(camera):
        return probe_blocking(camera, seconds)
    return trio.run(probe, camera, seconds)


def main(arguments: list[str] | None = None) -> int:
    """Probe what the command line names; 0 if it is usable."""
    parser = argparse.ArgumentParser(prog="seda camera probe", description=__doc__)
    parser.add_argument("url", help="the camera's address, or - to read it from standard input")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long to look at most")
    given = parser.parse_args(arguments)
    return ended(lambda: _execute(given))


def _execute(given: argparse.Namespace) -> int:
    url = sys.stdin.readline().strip() if given.url == "-" else given.url
    if sys.stderr.isatty():
        sys.stderr.write(f"looking for up to {given.seconds:g} s ...\n")
    report = _look(url, given.seconds)
    shown = json.dumps(attrs.asdict(report), indent=2) if given.json else describe(report)
    tell(shown)
    return 0 if report.is_usable else 1


if __name__ == "__main__":
    sys.exit(main())
