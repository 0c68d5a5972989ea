"""A walkway across a campus: a steady stream of walkers, and nothing on wheels."""

from collections.abc import Iterator

import numpy as np

from scripts.demo.renderer.geometry import Lens, as_floats
from scripts.demo.renderer.happenings import people_staging, staging
from scripts.demo.renderer.happenings.crowd import Path, merge, passers
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging
from scripts.demo.renderer.solids import Box, Ground, Post, Solid, tree
from scripts.demo.renderer.textures import Mark, brick, grass, leaves, paving, plain, windows, zones
from scripts.demo.renderer.trace import Place
from scripts.demo.renderer.trips import Trip


def build() -> Place:
    """Build the empty walkway."""
    path = paving((0.36, 0.33, 0.29), 0.8, 0.4, 0.015, 0.07)
    border = paving((0.22, 0.20, 0.19), 0.3, 0.3)
    ground = zones(grass(), [
        (Mark(0, 14.1, 90, 6.4), path), (Mark(0, 10.8, 90, 0.4), border), (Mark(0, 17.4, 90,
        0.4), border),
        (Mark(9, 30, 3.4, 26), path), (Mark(-8, 2, 2.6, 17), path),
    ])  # fmt: skip
    wood, metal, stone = (
        plain((0.26, 0.15, 0.07)),
        plain((0.08, 0.085, 0.09)),
        plain((0.42, 0.40, 0.37)),
    )
    solids: list[Solid] = [
        Ground(ground), Box((-34, 33, 0), (5, 50, 12), windows(brick((0.28, 0.14, 0.09)), 3.2,
        3.6, (0.5, 0.6))),
        Box((-34, 32.8, 0), (5, 33, 0.9), stone), Box((13, 36, 0), (50, 50, 9),
        windows(plain((0.50, 0.48, 0.44)), 2.6, 3.4, (0.7, 0.7))),
        Box((-34, 32.7, 11.7), (5.2, 33.1, 12.3), stone),
    ]  # fmt: skip
    for x in (-11.0, 3.0):
        solids += [
            Box((x, 18.6, 0.42), (x + 1.9, 19.1, 0.48), wood),
            Box((x, 19.1, 0.55), (x + 1.9, 19.16, 0.95), wood),
        ]
        solids += [Box((x + d, 18.65, 0), (x + d + 0.08, 19.1, 0.42), metal) for d in (0.2, 1.6)]
    solids += [Box((5.6, 18.2, 0), (6.1, 18.7, 0.9), plain((0.05, 0.12, 0.08)))]
    for x in (-15.0, -2.0, 12.5):
        solids += [Post(x, 18.0, 0.06, 4.2, metal), Post(x, 18.0, 0.2, 4.5, stone, 4.2)]
    bark, crown = plain((0.10, 0.075, 0.05)), leaves((0.06, 0.12, 0.03))
    for x, y, height, seed in (
        (-16, 24, 8, 1),
        (-5, 26, 7, 2),
        (15, 25, 8.5, 3),
        (19, 8, 7, 4),
        (-14, 6, 4.5, 8),
    ):
        solids += tree((x, y), (height, height * 0.31), bark, crown, seed)
    return Place(solids, (0.42, -0.52, 0.62), (2.2, 2.0, 1.6), (0.48, 0.58, 0.70))


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the walkway's ordinary traffic: both ways along, some to and from the buildings."""
    east: list[Path] = [[(-24, y), (-8, y + 0.2), (6, y), (24, y)] for y in (11.9, 12.6, 13.3)]
    west: list[Path] = [[(24, y), (7, y), (-7, y - 0.2), (-24, y)] for y in (14.6, 15.4, 16.3)]
    turns: list[Path] = [
        [(-24, 15), (4, 15.4), (8.6, 19), (9, 42)], [(9.6, 42), (9.5, 20), (12, 14), (24, 12.6)],
        [(-8.2, -4), (-8, 8), (-4, 13), (24, 13.6)], [(24, 15.5), (-3, 15.2), (-7.6, 9), (-7.7,
        -4)],
    ]  # fmt: skip
    return merge(
        passers(seed + 1, east, 12.0), passers(seed + 2, west, 13.0), passers(seed + 3, turns, 22.0)
    )


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(12, 16))
    path: Path = [(-22, y), (0, y + 0.5), (22, y - 0.5)]
    return staging.runs(start_s, rng, path if rng.random() < 0.5 else path[::-1])


def _stray(start_s: float, rng: np.random.Generator) -> Staging:
    road = as_floats([[-26, 13.5], [0, 14.4], [26, 13.6]])
    kinds, speed = (("cyclist",), 5.0) if rng.random() < 0.5 else (("van", "saloon"), 4.5)
    return staging.strays(start_s, rng, road if rng.random() < 0.5 else road[::-1], kinds, speed)


def _leave(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-5, 6))
    return staging.leaves(
        start_s, rng, [(-22, 15), (x - 4, 15.8), (x, 17)], [(x + 3, 15), (24, 14)], "rucksack"
    )


def _lie(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-6, 6))
    return staging.collapses(start_s, rng, [(24, 13.8), (x + 5, 11.6), (x, 11.2)])


def _fight(start_s: float, rng: np.random.Generator) -> Staging:
    x, y = float(rng.uniform(-6, 6)), float(rng.uniform(12, 16))
    return people_staging.fights(
        start_s, rng, [(-22, y), (x - 4, y), (x, y)], [(22, y - 1), (x + 4, y), (x, y)]
    )


def _crawl(start_s: float, rng: np.random.Generator) -> Staging:
    x, way = float(rng.uniform(-4, 4)), float(rng.choice([-1, 1]))
    return people_staging.crawls(
        start_s, rng, [(way * 22, 15), (x + 3 * way, 14.6), (x, 13.5)], [(x - 7 * way, 12.2)]
    )


def _loiter(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-5, 6))
    return people_staging.loiters(start_s, rng, [(-22, 13), (x - 3, 16), (x, 17)], [(24, 15)])


THING = people_staging.stands("suitcase", (4.0, 17.7), 0.3)


def _take(start_s: float, rng: np.random.Generator) -> Staging:
    there: Path = [(24, 15.5), (8, 16), (4.2, 17.1)]
    return people_staging.takes(start_s, rng, THING, there, [(1, 15), (-24, 14.6)])


SCENE = Scene(
    name="walkway", title="CAM 7  CAMPUS WALKWAY", lens=Lens((0.5, 0.5, 5.0), 0.0, 14.5, 60.0),
    build=build,
    weather=Weather(17, clouds=0.8, drift=0.12), ordinary=ordinary, sensor=Sensor(noise=1.6,
    exposure=1.0),
    stagers={"running": _run, "vehicle_where_none_goes": _stray, "object_left": _leave,
    "lying_down": _lie, "fight": _fight, "crawling": _crawl, "loitering": _loiter,
    "thing_taken": _take}, thing=THING,
)  # fmt: skip
