"""What cameras cost without the stages around them: `python -P -m scripts.bench.cameras [--json]`.

Figures of CPU are of whole processes, user and system time. A child serves MJPEG over loopback; its
own CPU is not counted. The bare loop is what anyone would write with PyAV: decode, convert to the
range of JPEG, encode with the same encoder at the same quality. A second one encodes with Pillow.
"""

import argparse
import io
import itertools
import json
import os
import random
import resource
import socket
import sys
import time
from collections.abc import Callable

import av
import numpy as np
import trio
from av.video.reformatter import ColorRange, VideoReformatter
from PIL import Image

from scripts.bench import film
from stages.camera.cut.chunk import Chunk, Chunker, ChunkRules, Timed
from stages.camera.cut.mpegts import MpegTsCutter
from stages.camera.cut.pieces import Format, Head, Piece
from stages.camera.source.happenings import ChunkReady, Lost
from stages.camera.source.settings import CameraSettings
from stages.camera.source.watch import RealClock, Surroundings, watch
from stages.transcoder.encode import encode_planes
from stages.transcoder.plan import Plan
from stages.transcoder.transcode import transcode

FULL_RATE = 1000.0
MJPEG_FRAMES = 2000
MJPEG_PER_S = 250.0
"""Faster than any camera, slow enough that one read seldom gets two pictures."""
H264_FRAMES = 250
H264_BITS_PER_S = 3_000_000
REPEATS = 3
MANY = 200
MANY_SECONDS = 12.0


def cpu_s() -> float:
    """Return the CPU time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident_bytes() -> int:
    """Return the memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - of /proc, in no hurry
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def serve(parts: list[bytes], count: int, per_s: float, clients: int) -> tuple[int, int]:
    """Serve multipart to so many clients in a child; return its pid and port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=clients)
    port = listener.getsockname()[1]
    child = os.fork()
    if child:
        listener.close()
        return child, port
    try:
        _serve(listener, parts, count, per_s, clients)
    finally:
        os._exit(0)


def _serve(
    listener: socket.socket, parts: list[bytes], count: int, per_s: float, clients: int
) -> None:
    listener.settimeout(20)
    streams = [listener.accept()[0] for _ in range(clients)]
    head = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
    for stream in streams:
        stream.recv(65536)
        stream.sendall(head)
    began_s = time.monotonic()
    for number in range(count):
        content = parts[number % len(parts)]
        part = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(content)
        for stream in streams:
            stream.sendall(part + content + b"\r\n")
        time.sleep(max(0.0, began_s + (number + 1) / per_s - time.monotonic()))


def surroundings() -> Surroundings:
    """Return real time and chance."""
    epochs = itertools.count(1)
    return Surroundings(RealClock(), random.Random(1), lambda: next(epochs))  # noqa: S311 - no secret


async def follow(port: int) -> dict[str, float]:
    """Return CPU a frame from the socket to the batch, and the time from last byte to batch."""
    camera = CameraSettings("bench", f"http://127.0.0.1:{port}/")
    frames, before_s, waits_s = 0, 0.0, []
    async with watch(camera, surroundings()) as happenings:
        async for happening in happenings:
            if isinstance(happening, Lost):
                break
            if not isinstance(happening, ChunkReady):
                continue
            chunk = happening.chunk
            batch = transcode(chunk.facts, b"".join(chunk.parts), Plan(rate_per_s=FULL_RATE))
            waits_s.append(trio.current_time() - chunk.facts.arrived_s)
            if before_s:
                frames += len(batch.frames)
            else:
                before_s = cpu_s()  # the first chunk pays for imports and certificates
            spent_s = cpu_s() - before_s
    return {"mjpeg_ms_per_frame": 1e3 * spent_s / frames, "mjpeg_batch_ms": 1e3 * max(waits_s)}


def mjpeg() -> dict[str, float]:
    """Return the figures of one 720p MJPEG camera."""
    child, port = serve(film.jpegs(film.pictures(25, 1280, 720)), MJPEG_FRAMES, MJPEG_PER_S, 1)
    try:
        return trio.run(follow, port)
    finally:
        os.waitpid(child, 0)


def many() -> dict[str, float]:
    """Return memory a camera and lost chunks of many cameras in one process, a frame a second."""
    parts = film.jpegs(film.pictures(4, 640, 480))
    child, port = serve(parts, int(MANY_SECONDS), 1.0, MANY)
    before_bytes = resident_bytes()
    gaps, chunks = 0, 0
    peak_bytes = before_bytes

    async def one(number: int) -> None:
        nonlocal gaps, chunks, peak_bytes
        expected = 0
        camera = CameraSettings(f"camera{number}", f"http://127.0.0.1:{port}/")
        async with watch(camera, surroundings()) as happenings:
            async for happening in happenings:
                if isinstance(happening, Lost):
                    return
                if isinstance(happening, ChunkReady):
                    gaps += happening.chunk.facts.sequence != expected
                    expected = happening.chunk.facts.sequence + 1
                    chunks += 1
                    peak_bytes = max(peak_bytes, resident_bytes())

    async def everyone() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(MANY):
                nursery.start_soon(one, number)

    used_s = cpu_s()
    trio.run(everyone)
    os.waitpid(child, 0)
    return {
        "many_mb_per_camera": (peak_bytes - before_bytes) / MANY / 2**20,
        "many_chunks_lost": gaps + MANY * MANY_SECONDS / 2 - chunks,
        "many_cpu_share": (cpu_s() - used_s) / MANY_SECONDS,
    }


def chunks_of(stream: bytes) -> list[Chunk]:
    """Return the chunks of a transport stream."""
    cutter = MpegTsCutter()
    chunker = Chunker("bench", 1, Format.MPEG_TS, ChunkRules())
    found = []
    for cut in [*cutter.feed(stream), *cutter.end()]:
        if isinstance(cut, Head):
            found += chunker.set_head(cut)
        elif isinstance(cut, Piece):
            at_s = cut.stream_s or 0.0
            found += chunker.add(Timed(cut, 1e9 + at_s, at_s))
    return [item for item in found + chunker.close() if isinstance(item, Chunk)]


def bare_loop(stream: bytes) -> int:
    """Decode and encode every frame, no more."""
    reformatter, frames = VideoReformatter(), 0
    with av.open(io.BytesIO(stream), mode="r") as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        for frame in container.decode(video):
            full = reformatter.reformat(frame, format="yuvj420p", dst_color_range=ColorRange.JPEG)
            luma, blue, red = (
                np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[
                    :, : plane.width
                ]
                for plane in full.planes
            )
            frames += bool(encode_planes(luma, blue, red, quality=Plan().quality))
    return frames


def keyframe_loop(stream: bytes) -> int:
    """Decode the keyframes, no more: what one frame a second costs at the very least."""
    frames = 0
    with av.open(io.BytesIO(stream), mode="r") as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        video.codec_context.skip_frame = "NONKEY"
        for _ in container.decode(video):
            frames += 1
    return frames


def pillow_loop(stream: bytes) -> int:
    """Decode and encode every frame through RGB, as most programs do."""
    frames = 0
    with av.open(io.BytesIO(stream), mode="r") as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        for frame in container.decode(video):
            image = Image.fromarray(frame.to_ndarray(format="rgb24"))
            image.save(io.BytesIO(), "JPEG", quality=Plan().quality)
            frames += 1
    return frames


def least_ms(work: Callable[[], int]) -> float:
    """Return the least CPU of some repeats, for each of the film's frames."""
    spent = []
    for _ in range(REPEATS):
        before_s = cpu_s()
        work()
        spent.append(cpu_s() - before_s)
    return 1e3 * min(spent) / H264_FRAMES


def h264() -> dict[str, float]:
    """Return the figures of 720p H.264."""
    stream = film.h264(film.pictures(H264_FRAMES, 1280, 720), H264_BITS_PER_S)
    chunks = [(chunk.facts, b"".join(chunk.parts)) for chunk in chunks_of(stream)]

    def ours(rate_per_s: float) -> int:
        plan = Plan(rate_per_s=rate_per_s)
        return sum(len(transcode(facts, content, plan).frames) for facts, content in chunks)

    full_ms, sparse_ms = least_ms(lambda: ours(FULL_RATE)), least_ms(lambda: ours(1.0))
    bare_ms, pillow_ms = least_ms(lambda: bare_loop(stream)), least_ms(lambda: pillow_loop(stream))
    return {
        "h264_ms_per_frame": full_ms,
        "h264_against_bare_loop": full_ms / bare_ms,
        "h264_against_pillow_loop": full_ms / pillow_ms,
        "h264_one_a_second_share": sparse_ms / full_ms,
        "h264_keyframes_decoded_share": least_ms(lambda: keyframe_loop(stream)) / full_ms,
        "h264_cut_ms_per_frame": least_ms(lambda: len(chunks_of(stream))),
    }


GOALS = {
    "mjpeg_ms_per_frame": 0.35,
    "mjpeg_batch_ms": 100.0,
    "many_mb_per_camera": 1.5,
    "many_chunks_lost": 0.0,
    "h264_against_bare_loop": 1.15,
    "h264_one_a_second_share": 0.15,
}


def main() -> int:
    """Measure and print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="seda bench cameras", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    is_json = parser.parse_args().json
    figures = many() | mjpeg() | h264()  # memory first, while there is none to use again
    missed = [name for name, goal in GOALS.items() if figures[name] > goal]
    if is_json:
        sys.stdout.write(json.dumps({"figures": figures, "goals": GOALS, "missed": missed}) + "\n")
        return int(bool(missed))
    for name, figure in figures.items():
        goal = f" (goal {GOALS[name]:g}{', missed' * (name in missed)})" if name in GOALS else ""
        sys.stdout.write(f"{name:28} {figure:9.3f}{goal}\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
