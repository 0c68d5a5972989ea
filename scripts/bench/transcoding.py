"""What decoding and encoding cost by themselves: the yardsticks for the transcoder.

The bare loop is what anyone would write with PyAV: decode, convert to the range of JPEG, encode
with the same encoder at the same quality. The other one goes through RGB and Pillow, as most
programs do.
"""

import io
import resource
from collections.abc import Callable

import av
import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from PIL import Image

from media.frames.encode import encode_planes
from media.frames.plan import Plan

REPEATS = 3


def cpu_s() -> float:
    """Return the CPU time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


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


def least_ms(work: Callable[[], int], frames: int) -> float:
    """Return the least CPU of some repeats, for each of so many frames."""
    spent = []
    for _ in range(REPEATS):
        before_s = cpu_s()
        work()
        spent.append(cpu_s() - before_s)
    return 1e3 * min(spent) / frames
