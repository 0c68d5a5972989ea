"""Frames with everything around them, drawn plainly. No HTTP here."""

import io
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seda.messages import Band, Box

BANDS = tuple(Band)
WORDS = "A person lies where people walk, in the lower middle."


@attrs.frozen
class Case:
    """One frame that may be decided, and what is shown around it."""

    camera: str
    instructions: str
    threat: float
    band: Band
    cause: str
    words: str
    boxes: tuple[Box, ...]
    frame: bytes
    heat: bytes
    usual: bytes
    strip: tuple[tuple[float, bytes], ...]
    """Seconds from the frame, and the picture."""
    joined: tuple[str, ...] = ()
    """Other cameras that are decided with it."""


@cache
def plain_cases() -> tuple[Case, ...]:
    """Draw cases that cost nothing: what is tested is the page, not the picture."""
    return tuple(_draw(place) for place in range(8))


def _draw(place: int) -> Case:
    name, words = f"camera-{place % 4}", WORDS
    frames = []
    for step in range(3):
        image = Image.new("RGB", (960, 540), (30 + 20 * place, 60, 90))
        draw = ImageDraw.Draw(image)
        draw.rectangle((200 + 60 * step, 220, 300 + 60 * step, 420), fill=(220, 200, 90))
        draw.text((20, 20), f"{name} {place} {step}", fill="white", font_size=40)
        frames.append(encode_jpeg(np.asarray(image)))
    box = Box(0.27, 0.4, 0.38, 0.78, "person", 0.9)
    return Case(
        name, "Ring extension 201.", 0.2 + 0.1 * place, BANDS[place % 4], "standing", words, (box,),
        frames[1], draw_heat((box,)), frames[0], ((-0.5, frames[0]), (0.5, frames[2])),
    )  # fmt: skip


def encode_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Return the picture as a file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return file.getvalue()


def draw_heat(boxes: tuple[Box, ...]) -> bytes:
    """Return a map that is warm where these boxes are."""
    rows, columns = np.mgrid[0:18, 0:32]
    heat = np.zeros((18, 32))
    for box in boxes:
        x, y = (box.left + box.right) * 16, (box.top + box.bottom) * 9
        heat += np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 6) * 255
    file = io.BytesIO()
    Image.fromarray(np.clip(heat, 0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
