"""A made street: textured ground and things that move over it, as small pictures or JPEGs."""

import io

import attrs
import numpy as np
from PIL import Image

from anomaly.types import Batch, Bytes, Picture

HEIGHT_PX, WIDTH_PX = 120, 180
INTERVAL_S = 0.1


@attrs.frozen
class Walker:
    """A dark upright thing that crosses the street again and again."""

    y: float
    speed_px: float  # a picture
    start: float = 0.0
    width_px: int = 6
    height_px: int = 16
    tone: int = 30


def draw_ground(seed: int = 0) -> Bytes:
    """Give the empty street."""
    rng = np.random.default_rng(seed)
    rough = Image.fromarray(rng.integers(90, 170, (24, 36), np.uint8))
    return np.asarray(rough.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BICUBIC), np.uint8)


def draw_street(walkers: list[Walker], number: int, seed: int = 0) -> Bytes:
    """Give the street at one moment, with a little noise."""
    picture = draw_ground(seed).astype(np.int16)
    for walker in walkers:
        x = int(walker.start + walker.speed_px * number) % (WIDTH_PX + 20) - 10
        top, left = int(walker.y), max(0, x)
        picture[top : top + walker.height_px, left : max(0, x + walker.width_px)] = walker.tone
    noise = np.random.default_rng([seed, number]).integers(-3, 4, picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


ORDINARY = [Walker(30, 0.5), Walker(60, -0.6, 90), Walker(80, 0.4, 40), Walker(45, -0.5, 150)]


def make_batch(
    pictures: list[Bytes] | list[bytes],
    sequence: int,
    camera: str = "gate",
    start_s: float = 1e6,
    interval_s: float = INTERVAL_S,
) -> Batch:
    """Give a chunk; chunks of consecutive numbers follow one another without a gap."""
    first = start_s + sequence * len(pictures) * interval_s
    shown: list[bytes | Bytes] = [*pictures]
    stamped = tuple(Picture(first + n * interval_s, content) for n, content in enumerate(shown))
    return Batch(camera, 1, sequence, stamped)


def street_batch(
    sequence: int, walkers: list[Walker] | None = None, count: int = 20, camera: str = "gate"
) -> Batch:
    """Give a chunk of the street."""
    moving = ORDINARY if walkers is None else walkers
    numbers = range(sequence * count, (sequence + 1) * count)
    return make_batch([draw_street(moving, number) for number in numbers], sequence, camera)


def encode_jpeg(picture: Bytes, mode: str = "L", **options: int) -> bytes:
    """Give a JPEG of a picture."""
    file = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()
