"""A perimeter fence at night under infrared light: grain, little traffic, a patrol now and then."""

from collections.abc import Iterator

import numpy as np

from scripts.demo.renderer.geometry import Lens, as_floats
from scripts.demo.renderer.happenings import people_staging, staging
from scripts.demo.renderer.happenings.crowd import Path, arrivals, in_order, lane, merge, passers
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging, Veil
from scripts.demo.renderer.solids import Ball, Box, Ground, Post, Solid, tree
from scripts.demo.renderer.textures import (
    Mark,
    asphalt,
    grass,
    leaves,
    panels,
    paving,
    plain,
    zones,
)
from scripts.demo.renderer.trace import Lamp, Place
from scripts.demo.renderer.trips import Look, Trip, walk

FENCE_X = -3.2  # the fence runs along y; outside is to its left


def build() -> Place:
    """Build the empty perimeter."""
    turf, gravel = grass((0.10, 0.12, 0.07)), plain((0.22, 0.21, 0.19), 0.25, 0.15)
    ground = zones(
        turf,
        [(Mark(0.6, 30, 3.0, 120), gravel), (Mark(-16, 40, 6, 160), asphalt((0.10, 0.10, 0.10)))],
    )
    wall, metal = panels((0.30, 0.31, 0.32), 0.4, 0.05, 0.7), plain((0.30, 0.30, 0.30))
    solids: list[Solid] = [
        Ground(ground), Box((6.0, 6, 0), (16, 60, 6.5), wall), Box((5.95, 22, 0), (6.0, 25, 3.2),
        panels((0.14, 0.14, 0.15), 0.3)),
        Box((4.6, 14, 0), (5.8, 15.4, 1.25), plain((0.18, 0.2, 0.18))), Box((4.6, 15.6, 0), (5.8,
        17.0, 1.25), plain((0.2, 0.17, 0.15))),
        Box((-3.45, -20, 0), (-2.95, 80, 0.1), paving((0.3, 0.3, 0.29), 2, 2)),
        Post(2.9, 29, 0.08, 6.0, metal), Box((2.2, 28.9, 5.95), (2.9, 29.1, 6.05), metal),
        Post(2.9, 58, 0.08, 6, metal),
    ]  # fmt: skip
    bark, crown = plain((0.12, 0.10, 0.08)), leaves((0.10, 0.14, 0.07))
    for x, y, height, seed in (
        (-9, 20, 6.5, 1),
        (-11, 34, 9, 2),
        (-8.5, 48, 7, 3),
        (-23, 30, 10, 4),
        (-25, 48, 11, 5),
    ):
        solids += tree((x, y), (height, height * 0.34), bark, crown, seed)
    rng = np.random.default_rng(6)
    for _ in range(60):
        left, ahead, radius = (
            float(rng.uniform(-60, 60)),
            float(rng.uniform(96, 110)),
            float(rng.uniform(3, 6)),
        )
        solids.append(Ball((left, ahead, radius * 0.6), radius, crown, casts=False))
    lamps = (
        Lamp((0.5, -2.0, 4.4), (1.0, 1.0, 1.0), 0, down=0.0, reach=8.0),
        Lamp((2.3, 29, 5.8), (1.6, 1.6, 1.6), 1, down=0.8, reach=3.2), Lamp((2.3, 58, 5.8), (1.6,
        1.6, 1.6), 1, down=0.8, reach=3.2),
    )  # fmt: skip
    dusk = (0.010, 0.010, 0.012)
    return Place(
        solids, (0, 0, 1), (0, 0, 0), dusk, (0.008, 0.008, 0.009), (0.002, 0.002, 0.003), 0.3, lamps
    )


def _foxes(seed: int) -> Iterator[Trip]:
    """Let a fox come by now and then, on one side of the fence."""
    rng = np.random.default_rng([seed, 3])

    def one(start_s: float) -> list[Trip]:
        x = float(rng.choice([-5.0, -4.4, 2.5]))
        path: Path = [
            (x - 6 * (x < 0), 44),
            (x, 30),
            (x + 0.7, 18),
            (x - 0.4, 9),
            (x - 4 * (x < 0), -3),
        ]
        path = path if rng.random() < 0.5 else path[::-1]
        rests = {int(rng.integers(1, 4)): float(rng.uniform(3, 12))}
        return [
            Trip(Look("dog", 0), walk(start_s, path, float(rng.uniform(1.4, 2.4)), rests, 0.25))
        ]

    return in_order((start_s, one(start_s)) for start_s in arrivals(rng, 150.0))


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the perimeter's ordinary traffic: patrols, foxes, the road beyond the trees."""
    patrol: list[Path] = [
        [(0.8, -5), (0.7, 12), (0.5, 30), (0.9, 75)],
        [(0.4, 75), (0.6, 30), (0.5, 14), (0.6, -5)],
    ]
    road = as_floats([[-16, 110], [-16, 40], [-17, -30]])
    back = as_floats([[-14.5, -30], [-14, 40], [-14, 110]])
    return merge(
        passers(seed + 1, patrol, 110.0, 1.25, ("hi-vis",)), _foxes(seed),
        lane(seed + 2, road, 45.0, 13.0), lane(seed + 3, back, 55.0, 13.0),
    )  # fmt: skip


def _climb(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 18))
    inward = rng.random() < 0.7
    outside, inside = (FENCE_X - 0.4, y), (FENCE_X + 0.4, y)
    if inward:
        return staging.climbs(
            start_s,
            rng,
            [(-12, y + 12), (-6, y + 3), outside],
            [inside, (1, y + 2), (3.4, y + 16), (5.6, 40), (5.7, 75)],
            2.6,
        )
    return staging.climbs(
        start_s,
        rng,
        [(3.0, 40), (1, y + 4), inside],
        [outside, (-6, y + 2), (-13, y + 14), (-30, y + 20)],
        2.6,
    )


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.runs(start_s, rng, [(5.4, 48), (2.6, 34), (0.2, 18), (1.2, 6), (1.4, -5)])


def _leave(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 14))
    return staging.leaves(
        start_s, rng, [(-12, y + 16), (-6, y + 4), (-3.9, y)], [(-7, y - 3), (-14, -6)], "rucksack"
    )


def _crawl(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 14))
    return people_staging.crawls(
        start_s, rng, [(-12, y + 12), (-6, y + 4), (-4.2, y + 2)], [(-3.9, y - 4)]
    )


def _loiter(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 14))
    return people_staging.loiters(
        start_s, rng, [(-14, y + 12), (-7, y + 3), (-5, y)], [(-8, y - 2), (-14, y - 4)]
    )


def _intrude(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(8, 14))
    return people_staging.intrudes(
        start_s, rng, [(5.4, 48), (4.6, 30), (2.8, y + 6), (-0.5, y), (-2.4, y - 3), (2.0, -4)]
    )


SCENE = Scene(
    name="perimeter", title="CAM 5  PERIMETER WEST  IR", lens=Lens((0.9, -3.0, 4.3), -8.0, 13.0,
    62.0), build=build,
    weather=Weather(15, lamps=("steady", "shift")), ordinary=ordinary, has_headlights=True,
    stagers={"fence_climbed": _climb, "running": _run, "object_left": _leave,
    "camera_covered": staging.covers, "crawling": _crawl, "loitering": _loiter,
    "intruder": _intrude},
    sensor=Sensor(noise=6.0, exposure=2.6, grey=True), veils=(Veil((FENCE_X, -6), (FENCE_X, 80),
    2.6, 0.075, 0.012, (0.6, 0.6, 0.6)),),
)  # fmt: skip
