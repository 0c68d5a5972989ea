"""A car park on a bright day with passing clouds: bays, a drive aisle, people to and from cars."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from scripts.demo.renderer.geometry import Lens, as_floats
from scripts.demo.renderer.happenings import people_staging, staging
from scripts.demo.renderer.happenings.crowd import (
    CARS,
    WARM_UP_S,
    Path,
    arrivals,
    in_order,
    merge,
    passers,
    trip,
)
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging
from scripts.demo.renderer.solids import Box, Ground, Post, Solid, tree
from scripts.demo.renderer.textures import (
    Mark,
    asphalt,
    grass,
    leaves,
    marked,
    panels,
    paving,
    plain,
    windows,
    zones,
)
from scripts.demo.renderer.trace import Place
from scripts.demo.renderer.trips import Doubles, Look, Trip, drive, walk

BAY_M, BAY_DEPTH_M = 2.6, 5.0
NEAR_ROW_Y, FAR_ROW_Y, AISLE_Y = 9.0, 21.0, 15.0
BAYS = tuple(-14.3 + BAY_M * k for k in range(12))
DOOR = (-7.0, 29.5)
LEAVE_S = 15.0  # a bay is free again so long after its car begins to leave


def build() -> Place:
    """Build the empty car park."""
    edges = (*BAYS, BAYS[-1] + BAY_M)
    lines = [
        Mark(x - BAY_M / 2, y, 0.1, BAY_DEPTH_M) for x in edges for y in (NEAR_ROW_Y, FAR_ROW_Y)
    ]
    crossing = [Mark(-18.6, AISLE_Y - 3 + k, 2.6, 0.5) for k in range(7)]
    lot = marked(
        asphalt(), lines + crossing + [Mark(x, AISLE_Y, 1.8, 0.12) for x in (-8, 0, 8, 16)]
    )
    ground = zones(lot, [
        (Mark(0, 27.5, 80, 5.0), paving((0.30, 0.29, 0.27), 0.6, 0.4)),
        (Mark(0, 3.6, 80, 4.2), grass()), (Mark(0, 5.85, 80, 0.3), plain((0.36, 0.35, 0.33))),
        (Mark(32, 18, 20, 18), grass()),
    ])  # fmt: skip
    kerb, metal = plain((0.4, 0.39, 0.37)), plain((0.22, 0.23, 0.24))
    bark, crown = plain((0.09, 0.065, 0.045)), leaves((0.055, 0.11, 0.028))
    shop = windows(panels((0.42, 0.40, 0.37), 1.2), 4.0, 3.6, (0.72, 0.5))
    solids: list[Solid] = [
        Ground(ground), Box((-40, 30, 0), (6, 44, 7.2), shop),
        Box((-40, 29.0, 3.1), (6, 30, 3.5), plain((0.20, 0.21, 0.22))),
        Box((9, 34, 0), (44, 50, 10.5), windows(paving((0.30, 0.16, 0.11), 0.24, 0.083), 3.2, 3.4)),
        Box((-8.6, 29.9, 0), (-5.4, 30.1, 2.5), plain((0.03, 0.035, 0.04), 0.01, 0.02)),
        Box((-40, 24.7, 0), (30, 24.95, 0.14), kerb), Box((19.2, 8, 0), (19.5, 24, 0.14), kerb),
    ]  # fmt: skip
    for x in (-13.0, 5.2, 17.6):
        solids += [
            Post(x, 25.6, 0.09, 6.5, metal),
            Box((x - 0.15, 24.4, 6.4), (x + 0.15, 26.0, 6.55), metal),
        ]
    for x, y, height, seed in ((24, 16, 7.0, 3), (27, 25, 8.5, 4), (22.5, 8, 5.5, 5)):
        solids += tree((x, y), (height, height * 0.33), bark, crown, seed)
    return Place(solids, (-0.52, -0.38, 0.76), (2.3, 2.1, 1.75), (0.50, 0.60, 0.74))


def _parking(seed: int) -> Iterator[tuple[float, list[Trip]]]:
    """Return the stays of cars, those first that are there already."""
    rng = np.random.default_rng([seed, 1])
    until = dict.fromkeys([(row, k) for row in (0, 1) for k in range(len(BAYS))], -1.0)
    for bay in until:
        if rng.random() < 0.6:
            until[bay] = float(rng.exponential(800)) + 40
            yield -WARM_UP_S, _stay(rng, bay, None, until[bay])
    for start_s in arrivals(rng, 45.0):
        free = [bay for bay, end_s in until.items() if end_s + LEAVE_S < start_s]
        if free and start_s > 0:
            bay = free[int(rng.integers(len(free)))]
            until[bay] = start_s + 90 + float(rng.exponential(700))
            yield start_s, _stay(rng, bay, start_s, until[bay])


def _stay(
    rng: np.random.Generator, bay: tuple[int, int], start_s: float | None, until_s: float
) -> list[Trip]:
    """Make one car's stay and its driver's ways to the shop and back."""
    x, y, out = BAYS[bay[1]], (NEAR_ROW_Y, FAR_ROW_Y)[bay[0]], (-1, 1)[bay[0]]
    heading = 0.0 if out > 0 else math.pi
    parts: list[Doubles] = []
    parked_s = -WARM_UP_S - 1
    if start_s is not None:
        inward = [[-36, AISLE_Y - 1.5], [x - 7, AISLE_Y - 1.5], [x, AISLE_Y - 1.0], [x, y]]
        parts.append(drive(start_s, as_floats(inward), float(rng.uniform(3.6, 5.0))))
        parked_s = float(parts[0][-1, 0]) + 0.2
    parts.append(
        np.asarray([[t, x, y, 0, heading, 0] for t in (parked_s, until_s - 0.2)], dtype=np.float64)
    )
    parts += _leave(x, y, heading, until_s)
    look = Look(str(rng.choice(CARS)), int(rng.integers(10**6)))
    side = float(rng.choice([-1.2, 1.2]))
    path: Path = [(x + side, y), (x + side, 25.4), (x * 0.7 + side, 27.0), DOOR]
    pace = float(rng.uniform(1.15, 1.5))
    way = sum(math.dist(a, b) for a, b in itertools.pairwise(path))
    trips = [Trip(look, np.concatenate(parts))]
    if start_s is not None:
        trips.append(trip(rng, walk(parked_s + float(rng.uniform(3, 9)), path, pace)))
    back_s = until_s - way / pace - float(rng.uniform(6, 14))
    if back_s > parked_s + 60:
        trips.append(
            Trip(
                trips[-1].look if len(trips) > 1 else trip(rng, parts[0]).look,
                walk(back_s, path[::-1], pace),
            )
        )
    return trips


def _leave(x: float, y: float, heading: float, until_s: float) -> list[Doubles]:
    """Back out of a bay, wait a moment, and drive off to the right."""
    back = drive(until_s, as_floats([[x, y], [x, AISLE_Y], [x - 4.5, AISLE_Y + 0.4]]), 1.5)
    turned = math.pi / 2
    back[:, 4] = np.interp(back[:, 5], [0, 3.0, back[-1, 5]], [heading, heading, turned])
    off = as_floats([[x - 4.5, AISLE_Y + 0.4], [x + 4, AISLE_Y + 1.2], [36, AISLE_Y + 1.2]])
    return [back, drive(float(back[-1, 0]) + 1.4, off, 4.5)]


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the car park's ordinary traffic."""
    along: list[Path] = [[(-38, 27.6), (0, 27.9), (36, 27.6)], [(36, 26.4), (0, 26.2), (-38, 26.2)]]
    shoppers: list[Path] = [[(-38, 26.8), (-12, 26.6), DOOR], [DOOR, (-3, 26.9), (36, 27)]]
    lawn: list[Path] = [[(-30, 3.0), (0, 3.6), (30, 3.4)], [(30, 4.2), (2, 4.2), (-30, 4.4)]]
    return merge(
        in_order(_parking(seed)), passers(seed + 1, along, 30.0), passers(seed + 2, shoppers, 60.0),
        passers(seed + 3, lawn, 150.0),
    )  # fmt: skip


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.runs(
        start_s, rng, [(-5, 28), (-1, 24.6), (2, 17), (8, AISLE_Y), (19, 13.5), (34, 12)]
    )


def _wrong_way(start_s: float, rng: np.random.Generator) -> Staging:
    road = as_floats([[30, AISLE_Y - 1.3], [-30, AISLE_Y - 1.5]])
    return staging.strays(start_s, rng, road, CARS, 8.0)


def _lie(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-8, 8))
    return staging.collapses(
        start_s, rng, [(-7, 28), (x - 3, 25.5), (x - 2.6, 19), (x, AISLE_Y + 2.6)]
    )


def _fight(start_s: float, rng: np.random.Generator) -> Staging:
    x, y = float(rng.uniform(-8, 8)), AISLE_Y + float(rng.uniform(-1, 1))
    return people_staging.fights(
        start_s, rng, [(-7, 28), (x - 2, 25.6), (x - 1.3, 19), (x, y)],
        [(20, 27), (x + 5, 25.6), (x + 1.3, 19), (x, y)],
    )  # fmt: skip


def _crawl(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-8, 8))
    return people_staging.crawls(
        start_s, rng, [(-20, 27), (x - 1, 25.6), (x, AISLE_Y + 2.4)], [(x + 5, AISLE_Y + 1.8)]
    )


def _loiter(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-8, 8))
    return people_staging.loiters(
        start_s, rng, [(-20, 27), (x - 2, 25.6), (x, AISLE_Y + 3.2)], [(x, 25.6), (30, 27)]
    )


SCENE = Scene(
    name="car-park", title="CAM 1  CAR PARK", lens=Lens((-1.0, -4.0, 6.8), 2.0, 17.0, 66.0),
    build=build,
    weather=Weather(11, clouds=0.9, drift=0.12), ordinary=ordinary, sensor=Sensor(noise=1.5,
    exposure=0.95),
    stagers={"running": _run, "wrong_way": _wrong_way, "lying_down": _lie,
    "camera_covered": staging.covers, "fight": _fight, "crawling": _crawl, "loitering": _loiter},
)  # fmt: skip
