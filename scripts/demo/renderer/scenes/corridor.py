"""A hospital-like corridor under ceiling lamps: doors on both sides, a polished floor."""

from collections.abc import Iterator

import numpy as np

from scripts.demo.renderer.geometry import Floats, Lens, as_floats
from scripts.demo.renderer.happenings import people_staging, staging
from scripts.demo.renderer.happenings.crowd import Path, merge, passers
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging
from scripts.demo.renderer.solids import Box, Ground, Solid
from scripts.demo.renderer.textures import Mark, Material, marked, noise, paving, plain
from scripts.demo.renderer.trace import Lamp, Place
from scripts.demo.renderer.trips import Trip

HALF_M, HEIGHT_M, LENGTH_M = 1.7, 2.9, 30.0
DOORS_Y = (3.4, 8.5, 14.0, 20.5)
LAMPS_Y = (3.0, 8.0, 13.0, 18.0, 23.0, 28.0)
FAR_END: tuple[float, float] = (0.0, LENGTH_M + 3)


def _floor() -> Material:
    """Lay linoleum that mirrors the lamps softly."""
    base = marked(paving((0.27, 0.29, 0.30), 2.0, 2.0, 0.006, 0.03), [
        Mark(x, LENGTH_M / 2, 0.14, LENGTH_M + 10, (0.10, 0.22, 0.30)) for x in (-1.45, 1.45)
    ], wear=0.1)  # fmt: skip

    def material(points: Floats, normals: Floats) -> Floats:
        colours = base(points, normals)
        shine = np.zeros(len(points), np.float32)
        for y in LAMPS_Y:
            mirrored = y * 0.48  # where a lamp's image lies on the floor for this lens
            shine += np.exp(-((points[:, 0] / 0.32) ** 2) - ((points[:, 1] - mirrored) / 0.55) ** 2)
        ripple = 1 + 0.2 * noise(points[:, 0], points[:, 1], 0.3, 12)
        return as_floats(colours + (0.22 * shine * ripple)[:, None])

    return material


def _wall() -> Material:
    """Paint a wall in two colours with a rail between."""

    def material(points: Floats, normals: Floats) -> Floats:
        upper, lower = plain((0.60, 0.59, 0.54), 0.02, 0.04), plain((0.32, 0.40, 0.40), 0.02, 0.05)
        z = points[:, 2:3]
        rail = (z > 0.92) & (z < 1.04)
        skirt = z < 0.1
        colours = np.where(z > 0.98, upper(points, normals), lower(points, normals))
        return as_floats(
            np.where(
                rail,
                as_floats([0.35, 0.26, 0.17]),
                np.where(skirt, as_floats([0.1, 0.1, 0.1]), colours),
            )
        )

    return material


def build() -> Place:
    """Build the empty corridor."""
    wall, wood = _wall(), plain((0.33, 0.22, 0.12), 0.03, 0.05)
    frame, steel = plain((0.16, 0.17, 0.17), 0.01, 0.02), plain((0.45, 0.45, 0.45))
    solids: list[Solid] = [
        Ground(_floor()),
        Box(
            (-HALF_M - 2, -4, HEIGHT_M),
            (HALF_M + 2, LENGTH_M + 6, HEIGHT_M + 0.2),
            paving((0.62, 0.62, 0.60), 0.6, 0.6, 0.01, 0.02),
        ),
        Box((-HALF_M - 2, LENGTH_M + 2, 0), (HALF_M + 2, LENGTH_M + 3, HEIGHT_M), wall),
        Box(
            (-0.95, LENGTH_M + 1.9, 0),
            (0.95, LENGTH_M + 2, 2.2),
            plain((0.25, 0.33, 0.36), 0.01, 0.02),
        ),
        Box((-0.03, LENGTH_M + 1.85, 0), (0.03, LENGTH_M + 2, 2.2), frame),
    ]
    for side in (-1, 1):
        edges = [-4.0, *(edge for y in DOORS_Y for edge in (y - 0.55, y + 0.55)), LENGTH_M + 2]
        for low, high in zip(edges[::2], edges[1::2], strict=True):
            solids.append(_slab(side, (HALF_M, 0.25), (low, high), (0, HEIGHT_M), wall))
        for y in DOORS_Y:
            solids += [
                _slab(side, (HALF_M, 0.25), (y - 0.55, y + 0.55), (2.15, HEIGHT_M), wall),
                _slab(side, (HALF_M + 0.12, 0.08), (y - 0.5, y + 0.5), (0, 2.15), wood),
                _slab(side, (HALF_M + 0.1, 0.03), (y + 0.12, y + 0.32), (1.3, 1.95), frame),
                _slab(side, (HALF_M + 0.06, 0.05), (y - 0.42, y - 0.3), (0.98, 1.04), steel),
                _slab(side, (HALF_M - 0.02, 0.04), (y - 0.62, y - 0.53), (0, 2.2), frame),
                _slab(side, (HALF_M - 0.02, 0.04), (y + 0.53, y + 0.62), (0, 2.2), frame),
                _slab(side, (HALF_M - 0.02, 0.04), (y - 0.62, y + 0.62), (2.13, 2.22), frame),
                _slab(
                    side,
                    (HALF_M - 0.01, 0.04),
                    (y + 0.8, y + 1.05),
                    (1.5, 1.7),
                    plain((0.1, 0.2, 0.45)),
                ),
            ]
    bench, green = plain((0.16, 0.24, 0.34)), plain((0.02, 0.9, 0.25), 0, 0)
    solids += [
        Box((-1.65, 14.2, 0.36), (-1.2, 15.9, 0.44), bench),
        Box((-1.66, 14.2, 0.5), (-1.58, 15.9, 0.85), bench),
    ]
    solids += [Box((-1.6, y, 0), (-1.3, y + 0.06, 0.36), steel) for y in (14.4, 15.6)]
    solids += [
        Box((1.35, 9.0, 0), (1.68, 9.5, 0.75), plain((0.5, 0.5, 0.48))),
        Box((-0.3, 19.5, 2.5), (0.3, 19.55, 2.75), green),
    ]
    tube = plain((5.0, 5.1, 5.2), 0, 0)
    solids += [
        Box((-0.3, y - 0.6, HEIGHT_M - 0.03), (0.3, y + 0.6, HEIGHT_M), tube) for y in LAMPS_Y
    ]
    lamps = tuple(
        Lamp((0, y, HEIGHT_M - 0.2), (2.6, 2.65, 2.6), 1 if y == 18.0 else 0, down=0.7)
        for y in LAMPS_Y
    )
    return Place(solids, (0, 0, 1), (0, 0, 0), (0.15, 0.155, 0.16), lamps=lamps, has_sky=False)


def _slab(
    side: int,
    across: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    material: Material,
) -> Box:
    """Build a slab along a wall, given by its inner face and its depth."""
    inner, depth = across
    x = sorted((side * inner, side * (inner + depth)))
    return Box((x[0], y[0], z[0]), (x[1], y[1], z[1]), material, casts=False)


def _door(number: int) -> tuple[float, float]:
    return (2.4 if number % 2 else -2.4, DOORS_Y[number % 4])


def _paths() -> list[Path]:
    paths: list[Path] = []
    for number in range(8):
        x, y = _door(number)
        if number >= 4:
            x = -x
        lane = 0.55 if number % 3 else -0.5
        paths += [
            [(lane, -2.0), (lane, y - 2.5), (x * 0.35, y - 0.4), (x, y)],
            [(x, y), (x * 0.35, y + 0.4), (lane * 0.8, y + 2.6), FAR_END],
        ]
    return paths


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the corridor's ordinary traffic: along it, and in and out of doors."""
    along: list[Path] = [
        [(0.55, -2.0), (0.6, 9), (0.5, 17), (0.1, 33)],
        [(-0.1, 33), (-0.55, 20), (-0.6, 10), (-0.55, -2)],
    ]
    return merge(
        passers(seed + 1, along, 26.0, has_dogs=False),
        passers(seed + 2, _paths(), 34.0, 1.2, has_dogs=False),
        passers(seed + 3, along, 160.0, 1.0, ("suitcase",)),
    )  # fmt: skip


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    path: Path = [(0.0, 31.5), (-0.3, 20), (0.2, 8), (0.1, -3)]
    return staging.runs(start_s, rng, path if rng.random() < 0.5 else path[::-1])


def _leave(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(7.5, 11.5))
    return staging.leaves(
        start_s,
        rng,
        [(-0.4, 31), (-0.5, 18), (-0.9, y + 1), (-1.05, y)],
        [(-0.3, y - 3), (0.3, -3)],
        "suitcase",
    )


def _lie(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.collapses(start_s, rng, [(0.2, 30), (0.4, 18), (0.1, float(rng.uniform(8, 13)))])


def _fight(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(6, 12))
    return people_staging.fights(
        start_s, rng, [(0.3, 31), (0.2, y + 4), (0.0, y)], [(0.5, -2), (0.3, y - 3), (0.0, y)]
    )


def _crawl(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 13))
    return people_staging.crawls(start_s, rng, [(0.2, 31), (0.4, y + 5), (0.3, y)], [(-0.2, y - 5)])


def _loiter(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(7, 12))
    return people_staging.loiters(start_s, rng, [(0.4, 31), (0.3, y + 4), (0.1, y)], [(0.4, -3)])


THING = people_staging.stands("suitcase", (-1.1, 10.0), 0.0)


def _take(start_s: float, rng: np.random.Generator) -> Staging:
    there: Path = [(0.5, -2), (0.2, 6), (-0.7, 9.4)]
    return people_staging.takes(start_s, rng, THING, there, [(0.2, 16), (0.2, 33)])


SCENE = Scene(
    name="corridor", title="CAM 2  CORRIDOR B", lens=Lens((0.15, -1.6, 2.62), -0.5, 15.0, 70.0),
    build=build,
    weather=Weather(12, lamps=("steady", "flicker")), ordinary=ordinary, sensor=Sensor(noise=2.0,
    exposure=2.0),
    stagers={"running": _run, "object_left": _leave, "lying_down": _lie,
    "camera_covered": staging.covers, "fight": _fight, "crawling": _crawl, "loitering": _loiter,
    "thing_taken": _take}, thing=THING,
)  # fmt: skip
