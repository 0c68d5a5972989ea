"""Makes the films for benches of cameras and decoders: a place, walkers, sensor noise."""

import io
from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray
from PIL import Image

RATE = 25
NOISE = 1.0
"""Of a camera by day; with the texture a 720p JPEG of quality 80 has 90 KB, as real ones do."""
WALKERS = 8
Picture = NDArray[np.uint8]


def pictures(count: int, width: int, height: int) -> list[Picture]:
    """Return pictures of a textured place in which some figures walk."""
    chance = np.random.default_rng(1)
    coarse = chance.integers(40, 210, (height // 40, width // 40, 3), dtype=np.uint8)
    place = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    scene = np.asarray(place).astype(np.float32)
    scene += chance.normal(0, 3, (height, width, 1))  # texture that stays
    noises = [chance.normal(0, NOISE, (height, width, 1)).astype(np.float32) for _ in range(5)]
    starts = chance.integers(0, width, WALKERS)
    made = []
    for number in range(count):
        picture = scene + noises[number % len(noises)]
        for walker, start in enumerate(starts):
            left = int(start + number * (1 + walker % 4)) % (width - width // 40)
            top = height // 4 + walker * height // 20
            picture[top : top + height // 6, left : left + width // 40] = 30 + walker * 20
        made.append(np.clip(picture, 0, 255).astype(np.uint8))
    return made


def jpegs(made: list[Picture], quality: int = 80) -> list[bytes]:
    """Return these pictures as a camera's JPEGs."""
    encoded = []
    for picture in made:
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "JPEG", quality=quality)
        encoded.append(out.getvalue())
    return encoded


def h264(made: list[Picture], bits_per_s: int) -> bytes:
    """Return these pictures as MPEG-TS with a keyframe a second."""
    out = io.BytesIO()
    # Cameras keep to their rate: a buffer of a quarter second bounds how large a keyframe is.
    rate = {"b": str(bits_per_s), "maxrate": str(bits_per_s), "bufsize": str(bits_per_s // 4)}
    options = {"preset": "veryfast", "bf": "0", "forced-idr": "1", **rate}
    with av.open(out, "w", format="mpegts") as container:
        video = container.add_stream("libx264", rate=RATE, options=options)
        video.height, video.width = made[0].shape[:2]
        video.pix_fmt = "yuv420p"
        for number, picture in enumerate(made):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            is_key = number % RATE == 0
            frame.pict_type = PictureType.I if is_key else PictureType.NONE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return out.getvalue()
