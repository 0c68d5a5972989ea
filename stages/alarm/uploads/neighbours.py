"""The pictures before and after an uploaded one, which nobody took: the same scene, standing still.

A frame without a strip would be known for a test frame. What stands still for three seconds has a
strip in which nothing moves, but no two pictures of a camera are the same byte for byte: each has
noise of its own here, as a camera's have. Imported by the decoder's process, so by little else.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

PIXELS_MAX = 8_500_000
"""As large as cameras send; of a larger picture a strip would take longer than its decoder has."""
_NOISE_LEVELS = 1.2
_TILE_PX = 512


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
