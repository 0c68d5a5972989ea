"""A loading yard under an overcast sky: lorries back onto the dock, forklifts and men in hi-vis."""

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
)
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging
from scripts.demo.renderer.solids import Box, Ground, Post, Solid
from scripts.demo.renderer.textures import Mark, marked, panels, paving, plain, shutter
from scripts.demo.renderer.trace import Lamp, Place
from scripts.demo.renderer.trips import Look, Trip, drive

DOCK_Y = 22.0
BAYS_X = (-9.0, -3.5, 2.0, 7.5)
STAFF = ("hi-vis", "helmet")
YELLOW = (0.55, 0.36, 0.02)


def build() -> Place:
    """Build the empty yard."""
    concrete = paving((0.25, 0.245, 0.235), 4.0, 4.0, 0.02, 0.05)
    lines = [Mark(x + s * 1.9, DOCK_Y - 5.5, 0.12, 10, YELLOW) for x in BAYS_X for s in (-1, 1)]
    walkway = [Mark(12.2, 12, 0.12, 30, YELLOW), Mark(14.2, 12, 0.12, 30, YELLOW)]
    hatch = [Mark(x, 3.6, 0.16, 1.6, YELLOW, 0.7) for x in np.arange(-12, 11, 0.8).tolist()]
    wall, ramp, dark = (
        panels((0.36, 0.39, 0.41), 0.9, 0.04, 0.7),
        plain((0.30, 0.29, 0.28)),
        plain((0.03, 0.03, 0.03)),
    )
    solids: list[Solid] = [
        Ground(marked(concrete, lines + walkway + hatch, 0.25)), Box((-40, DOCK_Y, 0), (12, 44,
        8.5), wall),
        Box((-40, DOCK_Y - 0.9, 4.6), (11.5, DOCK_Y, 4.85), plain((0.12, 0.14, 0.16))),
        Box((15.5, 0, 0), (17, 60, 3.4), paving((0.33, 0.31, 0.29), 0.4, 0.2)), Box((12, 34, 0),
        (40, 44, 6.5), plain((0.40, 0.37, 0.33))),
        Box((10.2, DOCK_Y - 0.06, 0), (11.3, DOCK_Y, 2.1), plain((0.1, 0.2, 0.26))),
    ]  # fmt: skip
    for number, x in enumerate(BAYS_X):
        solids += [
            Box(
                (x - 1.5, DOCK_Y - 0.12, 1.1),
                (x + 1.5, DOCK_Y, 4.0),
                shutter((0.48, 0.48, 0.46)) if number != 2 else plain((0.02, 0.02, 0.022)),
            ),
            Box((x - 1.75, DOCK_Y - 0.35, 1.0), (x - 1.45, DOCK_Y, 4.3), dark),
            Box((x + 1.45, DOCK_Y - 0.35, 1.0), (x + 1.75, DOCK_Y, 4.3), dark),
            Box((x - 1.75, DOCK_Y - 0.35, 4.0), (x + 1.75, DOCK_Y, 4.4), dark),
            Box((x - 1.6, DOCK_Y - 0.3, 0), (x + 1.6, DOCK_Y, 1.05), ramp),
            Box((x - 0.35, DOCK_Y - 0.08, 5.2), (x + 0.35, DOCK_Y, 5.9), plain((0.04, 0.12, 0.34))),
        ]
    for x, y, high in ((-13.5, 19, 1), (-13.5, 17.3, 2), (-15, 18, 3), (13.2, 26, 2)):
        solids += [
            Box(
                (x - 0.6, y - 0.5, k * 0.15),
                (x + 0.6, y + 0.5, k * 0.15 + 0.13),
                plain((0.34, 0.24, 0.13)),
            )
            for k in range(high * 4)
        ]
    solids += [
        Box((-20, 11, 0), (-15.5, 13, 1.9), panels((0.06, 0.16, 0.10), 0.5, 0.06)),
        Box((-20, 14, 0), (-15.5, 16, 1.9), panels((0.28, 0.13, 0.04), 0.5, 0.06)),
    ]
    solids += [
        Post(x, DOCK_Y - 1.2, 0.09, 1.1, plain(YELLOW)) for b in BAYS_X for x in (b - 2.2, b + 2.2)
    ]
    lamps = tuple(Lamp((x, DOCK_Y - 0.8, 4.5), (1.0, 0.9, 0.7), down=0.9) for x in (*BAYS_X, 10.7))
    return Place(
        solids,
        (-0.35, -0.6, 0.72),
        (1.35, 1.25, 1.1),
        (0.50, 0.55, 0.62),
        (0.72, 0.74, 0.77),
        (0.55, 0.6, 0.66),
        0.9,
        lamps,
    )


def _lorries(seed: int) -> Iterator[tuple[float, list[Trip]]]:
    """Let lorries drive in, back onto a free bay, stay, and leave."""
    rng = np.random.default_rng([seed, 1])
    until = dict.fromkeys(range(len(BAYS_X)), -1e9)
    for bay in (0, 3):
        until[bay] = float(rng.uniform(60, 900))
        yield -WARM_UP_S, [_lorry(rng, BAYS_X[bay], None, until[bay])]
    for start_s in arrivals(rng, 110.0):
        free = [bay for bay, end_s in until.items() if end_s + 40 < start_s]
        if free and start_s > 0:
            bay = free[int(rng.integers(len(free)))]
            until[bay] = start_s + 120 + float(rng.exponential(400))
            yield start_s, [_lorry(rng, BAYS_X[bay], start_s, until[bay])]


def _lorry(rng: np.random.Generator, x: float, start_s: float | None, until_s: float) -> Trip:
    look = Look(str(rng.choice(["truck", "truck", "van"])), int(rng.integers(10**6)))
    rest = DOCK_Y - (4.3 if look.kind == "truck" else 3.4)
    parts = []
    parked_s = -WARM_UP_S - 1
    if start_s is not None:
        swing = as_floats([[-34, 7.5], [x - 2, 7.5], [x + 4.5, 4.5]])
        parts.append(drive(start_s, swing, 4.5))
        back = drive(
            float(parts[0][-1, 0]) + 1.6, as_floats([[x + 4.5, 4.5], [x, 9], [x, rest]]), 1.6
        )
        back[:, 4] = np.interp(back[:, 5], [0, 4.5, 8.0], [parts[0][-1, 4], math.pi - 0.3, math.pi])
        parts.append(back)
        parked_s = float(back[-1, 0]) + 0.2
    parts.append(
        np.asarray(
            [[t, x, rest, 0, math.pi, 0] for t in (parked_s, until_s - 0.2)], dtype=np.float64
        )
    )
    off = drive(until_s, as_floats([[x, rest], [x, 9.5], [x - 6, 5.5], [-36, 5.0]]), 4.0)
    off[:, 4] = np.where(off[:, 5] < 1, math.pi, off[:, 4] + (2 * math.pi if off[0, 4] < 0 else 0))
    return Trip(look, np.concatenate([*parts, off]))


def _forklifts(seed: int) -> Iterator[tuple[float, list[Trip]]]:
    rng = np.random.default_rng([seed, 2])
    for start_s in arrivals(rng, 38.0):
        lane_y = float(rng.uniform(9.5, 12.5))
        there = [
            [18, 31],
            [13.6, 30],
            [13.0, lane_y + 2],
            [9.5, lane_y],
            [-11, lane_y],
            [-15, 19],
            [-22, 20],
        ]
        road = as_floats(there if rng.random() < 0.5 else there[::-1])
        yield (
            start_s,
            [Trip(Look("forklift", 0), drive(start_s, road, float(rng.uniform(2.2, 3.2))))],
        )


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the yard's ordinary traffic."""
    walks: list[Path] = [
        [(13.3, -6), (13.2, 12), (12.5, 20), (10.8, 21.4), (10.7, 22.8)],
        [(10.7, 22.8), (10.9, 21.2), (13, 18), (13.1, 5), (13.2, -6)],
    ]
    across: list[Path] = [
        [(10.7, 22.6), (9.6, 19.2), (5.0, 19.6), (-0.8, 19.8), (-6.2, 20)],
        [(-6.2, 20), (-0.6, 19.4), (5.0, 19.2), (10.7, 22.6)],
    ]
    return merge(
        in_order(_lorries(seed)), in_order(_forklifts(seed)), passers(seed + 3, walks, 36.0, 1.3,
        STAFF),
        passers(seed + 4, across, 60.0, 1.2, STAFF), passers(seed + 5, across, 80.0, 1.1,
        (*STAFF, "box")),
    )  # fmt: skip


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.runs(start_s, rng, [(-16, 10), (-6, 8), (4, 10), (12.5, 15), (14, 33)])


def _lie(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-1.5, 5.0))
    return staging.collapses(
        start_s, rng, [(13.3, -4), (12.6, 10), (x + 3, 13.4), (x, 14.0)], STAFF
    )


def _stray(start_s: float, rng: np.random.Generator) -> Staging:
    road = as_floats([[13.2, -12], [13.0, 8], [8, 14], [-4, 13.5], [-12, 9.5], [-34, 8]])
    return staging.strays(start_s, rng, road, tuple(kind for kind in CARS if kind != "van"), 7.0)


def _leave(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-2, 6))
    return staging.leaves(
        start_s,
        rng,
        [(13.3, -4), (11, 8), (x + 2, 8.4), (x, 8.2)],
        [(x + 3, 4), (13.4, -6)],
        "suitcase",
    )


def _crawl(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-2, 5))
    return people_staging.crawls(
        start_s, rng, [(13.3, -4), (11, 8), (x + 2, 9)], [(x - 4, 12), (x - 5, 15)]
    )


def _intrude(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(8, 14))
    return people_staging.intrudes(
        start_s, rng, [(-24, y), (-10, y + 1), (-1, y), (6, 17), (10.6, 21.2)]
    )


THING = people_staging.stands("suitcase", (10.6, 14.0), 0.4)


def _take(start_s: float, rng: np.random.Generator) -> Staging:
    there: Path = [(13.3, -4), (12, 10), (10.9, 13.4)]
    return people_staging.takes(start_s, rng, THING, there, [(13, 12), (13.4, -6)])


SCENE = Scene(
    name="loading-dock", title="CAM 6  LOADING DOCK", lens=Lens((2.5, -7.0, 7.2), -2.0, 18.5,
    66.0), build=build,
    weather=Weather(16, clouds=0.5, drift=0.14, lamps=("steady",)), ordinary=ordinary,
    sensor=Sensor(noise=1.8, exposure=0.95),
    stagers={"running": _run, "lying_down": _lie, "vehicle_where_none_goes": _stray,
    "object_left": _leave, "crawling": _crawl, "intruder": _intrude, "thing_taken": _take},
    thing=THING,
)  # fmt: skip
