"""A car park on a bright day with passing clouds: bays, a drive aisle, people to and from cars."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from scripts.demo.crowd import arrivals, passers, trip
from scripts.demo.geometry import Lens, as_floats
from scripts.demo.light import Weather
from scripts.demo.scene import Scene, Sensor, Staging
from scripts.demo.solids import Box, Ground, Post, Solid, tree
from scripts.demo.textures import Mark, asphalt, grass, leaves, marked, panels, paving, plain, windows, zones
from scripts.demo.trace import Place
from scripts.demo.trips import Look, Stop, Trip, drive, walk
from scripts.demo.world import merge

BAY_M, BAY_DEPTH_M = 2.6, 5.0
NEAR_ROW_Y, FAR_ROW_Y, AISLE_Y = 9.0, 21.0, 15.0
BAYS = tuple(-14.3 + BAY_M * k for k in range(12))


def build() -> Place:
    """Build the empty car park."""
    lines = [
        Mark(x - BAY_M / 2, y, 0.1, BAY_DEPTH_M) for x in (*BAYS, BAYS[-1] + BAY_M) for y in (NEAR_ROW_Y, FAR_ROW_Y)
    ]
    arrows = [Mark(x, AISLE_Y - 1.6, 1.6, 0.12) for x in (-9.0, 3.0, 14.0)]
    crossing = [Mark(-18.4 + k * 0.0, AISLE_Y - 3 + k * 1.0, 2.6, 0.5) for k in range(7)]
    lot = marked(asphalt(), lines + arrows + crossing)
    ground = zones(lot, [
        (Mark(0, 27.5, 80, 5.0), paving((0.30, 0.29, 0.27), 0.6, 0.4)),
        (Mark(0, 3.6, 80, 4.2), grass()), (Mark(0, 5.85, 80, 0.3), plain((0.36, 0.35, 0.33))),
        (Mark(32, 18, 20, 18), grass()),
    ])  # fmt: skip
    bark, crown = plain((0.09, 0.065, 0.045)), leaves((0.055, 0.11, 0.028))
    shop = windows(panels((0.42, 0.40, 0.37), 1.2), 4.0, 3.6, (0.72, 0.5))
    solids: list[Solid] = [
        Ground(ground),
        Box((-40, 30, 0), (6, 44, 7.2), shop),
        Box((-40, 29.2, 3.1), (6, 30, 3.5), plain((0.20, 0.21, 0.22))),
        Box((9, 34, 0), (44, 50, 10.5), windows(paving((0.30, 0.16, 0.11), 0.24, 0.083), 3.2, 3.4)),
        Box((-9, 29.9, 0), (-5, 30.3, 2.6), plain((0.04, 0.05, 0.055), 0.01, 0.02)),
        Box((-40, 24.7, 0), (30, 24.95, 0.14), plain((0.4, 0.39, 0.37))),
        Box((19.2, 8, 0), (19.5, 24, 0.14), plain((0.4, 0.39, 0.37))),
    ]
    for x in (-13.0, 5.2, 17.6):
        solids += [Post(x, 25.6, 0.09, 6.5, plain((0.22, 0.23, 0.24))), Box((x - 0.15, 24.4, 6.4), (x + 0.15, 26.0, 6.55), plain((0.3, 0.3, 0.3)))]
    solids += tree(24, 16, 7.0, 2.3, bark, crown, 3) + tree(27, 25, 8.5, 2.8, bark, crown, 4) + tree(22.5, 8, 5.5, 1.8, bark, crown, 5)
    return Place(solids, (-0.52, -0.38, 0.76), (2.3, 2.1, 1.75), (0.50, 0.60, 0.74))


def _parking(seed: int) -> Iterator[Trip]:
    """Give cars that come, park in a free bay, and leave; people get out and come back."""
    rng = np.random.default_rng([seed, 1])
    free_from = {(row, k): -1.0 for row in (0, 1) for k in range(len(BAYS))}
    coming: list[Trip] = []
    for bay in free_from:
        if rng.random() < 0.62:
            until = float(rng.exponential(700)) + 20
            coming += _stay(rng, bay, -30.0, until)
            free_from[bay] = until + 15
    yield from sorted(coming, key=lambda t: t.start_s)
    pending: list[Trip] = []
    for start_s in arrivals(rng, 48.0):
        free = [bay for bay, since in free_from.items() if since < start_s - 10]
        if free:
            bay = free[int(rng.integers(len(free)))]
            until = start_s + 60 + float(rng.exponential(600))
            free_from[bay] = until + 15
            pending += _stay(rng, bay, start_s, until)
        pending.sort(key=lambda t: t.start_s)
        while pending and pending[0].start_s < start_s:
            yield pending.pop(0)


def _stay(rng: np.random.Generator, bay: tuple[int, int], start_s: float, until_s: float) -> list[Trip]:
    """Make one car's stay: it arrives before time zero already parked, and leaves backwards."""
    row, x = bay[0], BAYS[bay[1]]
    y, out = (NEAR_ROW_Y, -1) if row == 0 else (FAR_ROW_Y, 1)
    look = Look(str(rng.choice(["hatchback", "hatchback", "saloon", "estate", "van"])), int(rng.integers(10**6)))
    inward = as_floats([[-34, AISLE_Y - 1.4], [x - 6.0, AISLE_Y - 1.4 * -out * -1], [x, AISLE_Y - 1.2 * -out], [x, y + 0.2 * out]])
    came = drive(start_s, inward, float(rng.uniform(3.6, 5.2)))
    heading = 0.0 if row == 1 else math.pi
    parked_s = float(came[-1, 0]) if start_s >= 0 else start_s
    away = drive(until_s, as_floats([[x, y], [x, AISLE_Y - 0.6 * out], [x - 4.5, AISLE_Y + 0.3]]), 1.5)
    away[:, 4] = np.interp(away[:, 5], [0, 3.0, away[-1, 5]], [heading, heading, math.pi / 2])
    leave = drive(float(away[-1, 0]) + 1.4, as_floats([[x - 4.5, AISLE_Y + 0.3], [x + 4, AISLE_Y + 1.2], [36, AISLE_Y + 1.2]]), 5.0)
    rest = as_floats([[parked_s + 0.2, x, y + 0.2 * out, 0, heading, 0], [until_s - 0.2, x, y + 0.2 * out, 0, heading, 0]])
    parts = [rest, away, leave] if start_s < 0 else [came, rest, away, leave]
    trips = [Trip(look, np.concatenate(parts).astype(np.float64))]
    side = 1.15 if rng.random() < 0.5 else -1.15
    door = (-7.0 + float(rng.uniform(-1, 1)), 29.0)
    path = [(x + side, y), (x + side, AISLE_Y - 3.4 * -out), (x + side * 2, AISLE_Y + 3.0 * out), (x + side * 2, 26.5), door]
    path = [path[0], (x + side, AISLE_Y + 2.2 * out), (-18.2, 24.0) if row == 0 else (x + side, 26.6), (-17.0, 27.0) if row == 0 else (x, 27.2), door]
    if row == 1:
        path = [(x + side, y), (x + side, 25.2), (x + side * 0.5, 27.0), door]
    if start_s >= 0:
        trips.append(trip(rng, walk(parked_s + float(rng.uniform(3, 9)), path, float(rng.uniform(1.2, 1.55)))))
    length = sum(math.dist(a, b) for a, b in zip(path, path[1:], strict=False))
    pace = float(rng.uniform(1.15, 1.5))
    back = until_s - length / pace - float(rng.uniform(5, 12))
    if back > 0:
        trips.append(trip(rng, walk(back, path[::-1], pace)))
    return trips


def ordinary(seed: int) -> Iterator[Trip]:
    """Give the car park's ordinary traffic."""
    walkers = passers(seed + 1, [[(-38, 27.2), (36, 27.6)], [(36, 26.6), (-38, 26.2)]], 26.0)
    strollers = passers(seed + 2, [[(-30, 3.2), (30, 3.4)], [(30, 4.0), (-30, 4.4)]], 95.0)
    return merge(_parking(seed), walkers, strollers)


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    path = [(float(rng.uniform(-16, -8)), 26.0), (-4, 18), (5, AISLE_Y), (17, 12.5), (30, 11)]
    track = walk(start_s, path, float(rng.uniform(4.4, 5.2)))
    return Staging(start_s, float(track[-1, 0]) - 1.5, (trip(rng, track),))


def _wrong_way(start_s: float, rng: np.random.Generator) -> Staging:
    road = as_floats([[34, AISLE_Y - 1.3], [-34, AISLE_Y - 1.5]])
    track = drive(start_s - 1.5, road, float(rng.uniform(6.5, 8.5)))
    return Staging(start_s, float(track[-1, 0]) - 1.5, (Trip(Look("saloon", int(rng.integers(99))), track),))


def _lie(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-8, 6))
    path = [(-20.0, 24.0), (x - 4, AISLE_Y + 0.6), (x, AISLE_Y)]
    track = walk(start_s - 16, path, 1.2, {2: 40.0})
    fell = float(track[np.argmax(track[:, 5] >= track[-1, 5] - 0.02), 0])
    return Staging(fell, float(track[-1, 0]), (trip(rng, track, actions=((fell, "fall"), (fell + 1, "lie"))),))


def _cover(start_s: float, rng: np.random.Generator) -> Staging:
    return Staging(start_s, start_s + float(rng.uniform(14, 24)), (), (), covers=True)


SCENE = Scene(
    name="car-park", title="CAM 1  CAR PARK", lens=Lens((-1.0, -4.0, 6.8), 2.0, 17.0, 66.0), build=build,
    weather=Weather(11, clouds=0.9, drift=0.12), ordinary=ordinary, sensor=Sensor(noise=1.5, exposure=0.95),
    stagers={"running": _run, "wrong_way": _wrong_way, "lying_down": _lie, "camera_covered": _cover},
)  # fmt: skip
_ = Stop
