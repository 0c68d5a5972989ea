"""Made-up grounds: patches of every size, edges, lines, windows, a piece of sky.  Pure."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scripts.demo.renderer.geometry import Floats, as_floats

SIDE_PX = 144
_PATCHES = (2, 4, 8, 16, 32, 64, 128)


def draw_ground(rng: np.random.Generator) -> Floats:
    """Draw the grey levels of a place without anybody."""
    levels = rng.uniform(30, 190) + patches(rng) * rng.uniform(2, 22)
    picture = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.poisson(1.5)):
        _add_edge(draw, rng)
    if rng.random() < 0.3:
        _add_windows(draw, rng)
    if rng.random() < 0.2:
        draw.rectangle((0, 0, SIDE_PX, float(rng.uniform(10, 70))), fill=_grey(rng, 120))
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 2))))
    return as_floats(picture)


def patches(rng: np.random.Generator) -> Floats:
    """Draw noise of several sizes together, of mean zero and deviation one."""
    total = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for count in _PATCHES:
        strength = rng.uniform(0, 1) * count ** -rng.uniform(0.3, 1.0)
        grid = Image.fromarray(rng.normal(0, 1, (count, count)).astype(np.float32))
        total += strength * as_floats(grid.resize(total.shape, Image.Resampling.BICUBIC))
    return as_floats((total - total.mean()) / (total.std() + 1e-6))


def _grey(rng: np.random.Generator, darkest: int = 15) -> int:
    return int(rng.uniform(darkest, 235))


def _add_edge(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Add a wall, a kerb or a pole: an area or a line across."""
    x, y = rng.uniform(-20, SIDE_PX, 2).tolist()
    wide, high = rng.uniform(5, 100, 2).tolist()
    rise, grey = float(rng.uniform(0, 0.3)) * wide, _grey(rng)
    if rng.random() < 0.5:
        corners = [(x, y), (x + wide, y + rise), (x + wide, y + rise + high), (x, y + high)]
        draw.polygon(corners, fill=grey)
    else:
        draw.line([(x, y), (x + wide, y + rise)], fill=grey, width=int(rng.uniform(1, 5)))


def _add_windows(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    x, y = rng.uniform(0, SIDE_PX, 2).tolist()
    step, share, grey = float(rng.uniform(4, 18)), float(rng.uniform(0.3, 0.7)), _grey(rng)
    for across in range(int(rng.integers(2, 7))):
        for down in range(int(rng.integers(1, 4))):
            left, top = x + across * step, y + down * step * 1.4
            draw.rectangle((left, top, left + step * share, top + step * share * 1.3), fill=grey)
