"""The pictures before and after an uploaded one, which nobody took: the same scene, standing still.

A frame without a strip would be known for a test frame. What stands still for three seconds has a
strip in which nothing moves, but no two pictures of a camera are the same byte for byte: each has
noise of its own here, as a camera's have. Their times are those of the camera's newest strip.
"""

import io
import re
from collections.abc import Iterable
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from seda.disk import small_files
from seda.disk.small_files import Unreadable
from store.frames import FACTS

STRIP = re.compile(r"strip-(\d{1,15})\.jpg")
USUAL_S = tuple(0.4 * it for it in (-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6))
"""Of a camera of which no strip is there to go by: as a ring of five pictures a second gives."""
PIXELS_MAX = 8_500_000
"""As large as cameras send; of a larger picture a strip would take longer than its decoder has."""
_NOISE_LEVELS = 1.2
_TILE_PX = 512


@attrs.frozen
class _Facts:
    """Of a frame's facts."""

    camera: str
    captured_s: float = 0.0


def make_neighbours(picture: bytes, count: int, seed: int = 0) -> list[bytes]:
    """Return so many pictures of the same scene, in the picture's own quality."""
    image = Image.open(io.BytesIO(picture))
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or not count:
        return []
    if image.width * image.height > PIXELS_MAX:
        return []
    how = {"qtables": image.quantization, "subsampling": JpegImagePlugin.get_sampling(image)}
    chance = np.random.default_rng(seed)
    noise = np.rint(chance.normal(0, _NOISE_LEVELS, (_TILE_PX, _TILE_PX))).astype(np.int16)
    light, *colours = image.convert("YCbCr").split()
    pixels = np.asarray(light, np.int16)
    found = []
    for _ in range(count):
        rolled = np.roll(noise, tuple(chance.integers(0, _TILE_PX, 2)), (0, 1))
        found.append(_encode(pixels + _cover(rolled, pixels.shape), colours, how))
    return found


def _cover(tile: NDArray[np.int16], shape: tuple[int, ...]) -> NDArray[np.int16]:
    """Repeat a tile over a whole picture."""
    down, right = (-(-side // _TILE_PX) for side in shape)
    return np.tile(tile, (down, right))[: shape[0], : shape[1]]


def _encode(light: NDArray[np.int16], colours: list[Image.Image], how: dict[str, object]) -> bytes:
    noisy = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    Image.merge("YCbCr", [noisy, *colours]).save(file, "JPEG", **how)
    return file.getvalue()


def offsets_like(folders: Iterable[Path], camera: str) -> tuple[float, ...]:
    """Return when the pictures of the camera's newest strip were taken, counted from its frame."""
    for folder in folders:
        try:
            facts = small_files.read(folder / FACTS, _Facts)
            names = [it.name for it in folder.iterdir()]
        except (OSError, Unreadable):
            continue  # gone meanwhile, or said by who looks for the usual view
        times = sorted(int(found[1]) for name in names if (found := STRIP.fullmatch(name)))
        if facts is not None and facts.camera == camera and times:
            return tuple(it / 1000 - facts.captured_s for it in times)
    return USUAL_S
