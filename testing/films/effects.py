"""What weather and light do to small grey pictures: dusk, infrared, rain, headlights, wind.  Pure.

Each effect takes a film's pictures and times and gives changed ones; what is left to chance comes
from the generator. They are put over rendered films, whose own light hardly changes.
"""

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Bytes, Floats
from scripts.demo.renderer.geometry import as_floats
from testing.films.rendered import Film

Effect = Callable[[Film, np.random.Generator], Film]
Times = NDArray[np.float64]

DARKEST = 0.3
"""Of the light by day, when dusk is over."""
DUSK_S = 900.0
NOISE_BY_NIGHT = 5.0
"""Levels of 255: a sensor that has little light."""
STREAKS_PER_PX = 1 / 400
"""Of rain, in every picture."""
STREAK_LIGHT = 45.0
CAR_EVERY_S = 25.0
"""On average, until the next headlights sweep over the picture."""
SWEEP_S = 3.0
BEAM_LIGHT = 110.0
GUST_S, SWAY_PX = (2.3, 9.7), 0.8
"""Periods of a pole in the wind, and how far it moves the picture."""


def clear(film: Film, rng: np.random.Generator) -> Film:
    """Leave the film as it is."""
    del rng
    return film


def dusk(film: Film, rng: np.random.Generator) -> Film:
    """Let it become dark within a quarter of an hour, from a third of the film on."""
    begins_s = film.at_s[0] + (film.at_s[-1] - film.at_s[0]) / 3
    dark = np.clip((film.at_s - begins_s) / DUSK_S, 0, 1)
    return _each(film, lambda picture, n: darken(picture, float(dark[n]), rng))


def infrared(film: Film, rng: np.random.Generator) -> Film:
    """Switch to infrared in the middle of the film."""
    night = Night.draw(rng, film.small().shape[1:])
    half = len(film.at_s) // 2
    return _each(film, lambda picture, n: night.show(picture, rng) if n >= half else picture)


def rain(film: Film, rng: np.random.Generator) -> Film:
    """Let it rain from a third of the film on: streaks in every picture, and less contrast."""
    begins = len(film.at_s) // 3
    return _each(film, lambda picture, n: _rain(picture, rng) if n >= begins else picture)


def headlights(film: Film, rng: np.random.Generator) -> Film:
    """Let headlights of cars that are not seen sweep over the dark picture now and then."""
    passes, at_s = [], float(film.at_s[0])
    while at_s < film.at_s[-1]:
        at_s += float(rng.exponential(CAR_EVERY_S)) + SWEEP_S
        passes.append((at_s, float(rng.uniform(0.3, 0.9)), float(rng.choice([-1, 1]))))
    return _each(film, lambda picture, n: _sweep(picture, float(film.at_s[n]), passes, rng))


def wind(film: Film, rng: np.random.Generator) -> Film:
    """Let the camera's pole sway."""
    phases = rng.uniform(0, 2 * np.pi, 2)
    sway = sum(
        np.sin(2 * np.pi * film.at_s / period + phase)
        for period, phase in zip(GUST_S, phases, strict=True)
    )
    return _each(film, lambda picture, n: _shift(picture, float(sway[n]) * SWAY_PX / 2))


EFFECTS: dict[str, Effect] = {
    "clear": clear,
    "dusk": dusk,
    "infrared": infrared,
    "rain": rain,
    "headlights": headlights,
    "wind": wind,
}


@attrs.frozen(eq=False)
class Night:
    """How one camera sees by its own infrared lamp: a bright spot, other tones, more noise."""

    lamp: Floats
    gamma: float
    floor: float

    @staticmethod
    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> "Night":
        """Draw where the lamp points and what it does to tones."""
        rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
        y, x = (side * float(rng.uniform(0.4, 0.8)) for side in shape)
        reach = shape[1] * float(rng.uniform(0.35, 0.7))
        spot = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / reach**2)
        lamp = (float(rng.uniform(0.25, 0.5)) + spot).astype(np.float32)
        return Night(lamp, float(rng.uniform(0.6, 1.5)), float(rng.uniform(5, 30)))

    def show(self, picture: Bytes, rng: np.random.Generator) -> Bytes:
        """Give a picture as it is seen by night."""
        toned = 255 * (picture.astype(np.float32) / 255) ** self.gamma
        seen = as_floats(self.floor + 0.8 * toned * self.lamp)
        return _noisy(seen, NOISE_BY_NIGHT, rng)


def darken(picture: Bytes, share: float, rng: np.random.Generator) -> Bytes:
    """Take light away; what is left is noisier."""
    light = 1 - share * (1 - DARKEST)
    return _noisy(picture * np.float32(light), share * NOISE_BY_NIGHT, rng) if share else picture


def _rain(picture: Bytes, rng: np.random.Generator) -> Bytes:
    wet = 0.85 * picture.astype(np.float32) + 20
    height, width = picture.shape
    for _ in range(rng.poisson(picture.size * STREAKS_PER_PX)):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        length = int(rng.integers(3, 12))
        wet[top : top + length, left] += STREAK_LIGHT * float(rng.random())
    return _bytes(wet)


def _sweep(
    picture: Bytes, at_s: float, passes: list[tuple[float, float, float]], rng: np.random.Generator
) -> Bytes:
    dark = 0.5 * picture.astype(np.float32)
    height, width = picture.shape
    for begins_s, share, way in passes:
        done = (at_s - begins_s) / SWEEP_S
        if 0 <= done <= 1:
            x = width * (done if way > 0 else 1 - done)
            columns = np.arange(width, dtype=np.float32)
            rows = np.arange(height, dtype=np.float32)[:, None]
            spot = np.exp(-(((columns - x) / 25) ** 2) - ((rows - share * height) / 18) ** 2)
            dark += BEAM_LIGHT * spot + 6
    return _noisy(dark, 2.0, rng)


def _shift(picture: Bytes, by_px: float) -> Bytes:
    """Move a picture sideways by a part of a pixel."""
    whole = int(np.floor(by_px))
    part = by_px - whole
    moved = np.roll(picture, whole, 1).astype(np.float32)
    return _bytes((1 - part) * moved + part * np.roll(moved, 1, 1))


def _noisy(picture: Floats, sigma: float, rng: np.random.Generator) -> Bytes:
    return _bytes(picture + rng.normal(0, sigma, picture.shape).astype(np.float32))


def _bytes(picture: Floats) -> Bytes:
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _each(film: Film, change: Callable[[Bytes, int], Bytes]) -> Film:
    changed = [change(picture, number) for number, picture in enumerate(film.small())]
    return Film(np.stack(changed), film.at_s)
