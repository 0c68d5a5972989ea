"""The gate of a works: cars queue at a barrier and are let in one by one, walkers pass beside."""

import math
from collections.abc import Iterator

import numpy as np

from scripts.demo.renderer.geometry import Lens, as_floats, lengths_along, round_corners
from scripts.demo.renderer.happenings import people_staging, staging
from scripts.demo.renderer.happenings.crowd import CARS, Path, arrivals, in_order, merge, passers
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging, Veil
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
from scripts.demo.renderer.trips import Look, Stop, Trip, drive

GATE_Y = 14.0
IN_X, OUT_X = 2.2, -2.6  # the middles of the lanes; in goes away from the camera
KINDS = (*CARS, "van", "truck")
OPEN_S = 1.3  # a barrier's way up or down
ROADS = {
    "in": as_floats([[IN_X + 1.5, -24], [IN_X, -6], [IN_X, 16], [IN_X, 30], [12, 48], [40, 56]]),
    "out": as_floats(
        [[40, 60], [8, 52], [OUT_X, 36], [OUT_X, 12], [OUT_X - 1, -8], [OUT_X - 2, -24]]
    ),
}
STOP_Y = {"in": GATE_Y - 5.0, "out": GATE_Y + 6.0}  # where a driver's middle comes to rest


def _line_of(name: str) -> float:
    """Return the metres along a road where its drivers stop."""
    road = round_corners(ROADS[name])
    return float(lengths_along(road)[np.abs(road[:, 1] - STOP_Y[name]).argmin()])


def build() -> Place:
    """Build the empty gate."""
    road = asphalt((0.095, 0.094, 0.092))
    white = [Mark(-0.2, y, 0.12, 2.0) for y in range(-6, 10, 4)] + [
        Mark(IN_X, GATE_Y - 2.4, 3.6, 0.3),
        Mark(OUT_X, GATE_Y + 2.6, 3.6, 0.3),
    ]
    kerb, metal, dark = (
        plain((0.40, 0.39, 0.37)),
        plain((0.30, 0.31, 0.31)),
        plain((0.06, 0.065, 0.07)),
    )
    ground = zones(grass(), [
        (Mark(-0.2, 10, 9.6, 90), marked(road, white)), (Mark(6.6, 10, 2.6, 90), paving((0.31,
        0.30, 0.28), 0.4, 0.4)),
        (Mark(14, 52, 60, 22), road), (Mark(-0.2, GATE_Y + 0.5, 1.5, 6), paving((0.33, 0.32,
        0.30), 0.2, 0.2)),
    ])  # fmt: skip
    hall = panels((0.34, 0.38, 0.42), 0.5, 0.05, 0.75)
    solids: list[Solid] = [
        Ground(ground), Box((-34, 44, 0), (-8, 64, 9.0), hall), Box((-34, 43.9, 8.2), (-8, 44.1,
        9.3), dark),
        Box((16, 64, 0), (60, 80, 7.0), windows(plain((0.45, 0.44, 0.42)), 4.5, 3.5)),
        Box((-20, 43.8, 0), (-15, 44.0, 4.5), panels((0.15, 0.17, 0.18), 0.6)),
        Box((8.6, GATE_Y - 1.6, 0), (11.4, GATE_Y + 1.8, 2.6), windows(plain((0.52, 0.50, 0.46)),
        1.4, 2.6, (0.8, 0.4))),
        Box((8.3, GATE_Y - 1.9, 2.6), (11.7, GATE_Y + 2.1, 2.78), dark),
        Box((5.1, -20, 0), (5.3, GATE_Y + 30, 0.13), kerb), Box((-5.2, -20, 0), (-5.0,
        GATE_Y + 30, 0.13), kerb),
        Box((-0.9, GATE_Y - 2.5, 0), (0.5, GATE_Y + 3.4, 0.16), kerb),
        Box((-0.45, GATE_Y - 1.0, 0.16), (-0.05, GATE_Y - 0.7, 1.45), plain((0.6, 0.45, 0.03))),
        Box((8.62, GATE_Y - 1.63, 2.0), (9.9, GATE_Y - 1.6, 2.35), plain((0.06, 0.16, 0.42))),
        Post(-5.6, GATE_Y, 0.07, 6.0, metal), Box((-5.8, GATE_Y - 0.9, 5.9), (-5.4, GATE_Y + 0.3,
        6.05), metal),
    ]  # fmt: skip
    bark, crown = plain((0.09, 0.065, 0.045)), leaves((0.05, 0.10, 0.03))
    for x, y, height, seed in (
        (-13, 24, 8, 1),
        (-17, 33, 9.5, 2),
        (15, 27, 7, 6),
        (-9.5, 17, 5.5, 7),
    ):
        solids += tree((x, y), (height, height * 0.32), bark, crown, seed)
    return Place(solids, (0.55, -0.30, 0.55), (2.1, 1.85, 1.45), (0.46, 0.56, 0.70))


def _lane(seed: int, name: str, every_s: float) -> Iterator[tuple[float, list[Trip]]]:
    """Let vehicles queue at a barrier; each is looked at for a while before it opens."""
    rng = np.random.default_rng([seed, *name.encode()])
    before: Trip | None = None
    line = _line_of(name)
    shut_s = free_s = -200.0
    for start_s in arrivals(rng, every_s, 60.0):
        at = start_s if before is None else max(start_s, before.start_s + 5.0)
        look, pace = (
            Look(str(rng.choice(KINDS)), int(rng.integers(10**6))),
            float(rng.uniform(6.0, 8.0)),
        )
        reaches_s = _reaches(drive(at, ROADS[name], pace, (Stop(line, math.inf),), before), line)
        opens_s = max(reaches_s + float(rng.uniform(2.0, 6.5)), free_s)
        stop = Stop(line, opens_s + OPEN_S)
        vehicle = Trip(look, drive(at, ROADS[name], pace, (stop,), before))
        passed_s = _reaches(vehicle.track, line + 9.0)
        closed_s = passed_s + OPEN_S
        yield start_s - 120.0, [vehicle, _barrier(name, (shut_s, opens_s, passed_s, closed_s))]
        before, shut_s, free_s = vehicle, closed_s, closed_s + 0.5


def _reaches(track: object, way: float) -> float:
    rows = np.asarray(track)
    return float(rows[min(int(np.searchsorted(rows[:, 5], way - 0.4)), len(rows) - 1), 0])


def _barrier(name: str, moments: tuple[float, float, float, float]) -> Trip:
    """Make a barrier that is shut, opens, stays open and closes."""
    shut_s, opens_s, passed_s, closed_s = moments
    x, y, heading = (0.3, GATE_Y, np.pi / 2) if name == "in" else (-0.7, GATE_Y + 1.0, -np.pi / 2)
    steps = (
        (shut_s, 0.0),
        (opens_s, 0.0),
        (opens_s + OPEN_S, 1.0),
        (passed_s, 1.0),
        (closed_s, 0.0),
    )
    return Trip(
        Look("barrier", 0), np.asarray([[t, x, y, lift, heading, 0.0] for t, lift in steps])
    )


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the gate's ordinary traffic."""
    walks: list[Path] = [
        [(6.4, -14), (6.6, 4), (6.3, 20), (6.6, 50)],
        [(6.9, 50), (6.8, 22), (6.9, 8), (7.0, -14)],
    ]
    return merge(
        in_order(_lane(seed, "in", 24.0)), in_order(_lane(seed, "out", 34.0)), passers(seed + 1,
        walks, 32.0),
        passers(seed + 2, walks, 140.0, 1.3, ("hi-vis", "helmet")),
    )  # fmt: skip


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.runs(start_s, rng, [(4.6, -6), (0.5, 10), (-0.2, 18), (-6, 34), (-9, 44)])


def _wrong_way(start_s: float, rng: np.random.Generator) -> Staging:
    road = as_floats(
        [[OUT_X - 2, -20], [OUT_X - 0.4, 4], [OUT_X - 0.9, 14], [OUT_X, 34], [8, 52], [40, 60]]
    )
    return staging.strays(start_s, rng, road, CARS, 9.0)


def _stray(start_s: float, rng: np.random.Generator) -> Staging:
    road = as_floats([[4, -20], [7.2, -4], [7.2, 8], [6.9, 24], [3, 38], [14, 54], [40, 58]])
    return staging.strays(start_s, rng, road, CARS, 6.5)


def _climb(start_s: float, rng: np.random.Generator) -> Staging:
    x = -9.0 + float(rng.uniform(-2.0, 1.5))
    return staging.climbs(
        start_s,
        rng,
        [(-12, -4), (x - 1, 8), (x, GATE_Y - 0.35)],
        [(x, GATE_Y + 0.4), (x + 1, 24), (-7, 40), (-6, 50)],
        2.2,
    )


def _leave(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(6, 10))
    return staging.leaves(
        start_s, rng, [(6.6, -14), (6.4, y - 3), (5.8, y)], [(6.5, y + 4), (6.5, 50)], "parcel"
    )


def _fight(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(4, 11))
    return people_staging.fights(
        start_s, rng, [(6.6, 40), (6.5, y + 4), (6.2, y)], [(6.6, -14), (6.5, y - 3), (6.2, y)]
    )


def _loiter(start_s: float, rng: np.random.Generator) -> Staging:
    x, y = float(rng.uniform(-9, -6.5)), float(rng.uniform(8, 12))
    return people_staging.loiters(start_s, rng, [(-8, -8), (x, y - 4), (x, y)], [(-10, -8)])


def _intrude(start_s: float, rng: np.random.Generator) -> Staging:
    x = float(rng.uniform(-11, -8))
    return people_staging.intrudes(
        start_s, rng, [(-14, 22), (x, 19), (x + 2, 24), (-9, 34), (-11, 43)]
    )


SCENE = Scene(
    name="gate", title="CAM 3  GATE NORTH", lens=Lens((-3.6, -7.5, 5.6), 10.0, 13.5, 64.0),
    build=build,
    weather=Weather(13, clouds=0.55, drift=0.1), ordinary=ordinary, sensor=Sensor(noise=1.6,
    exposure=1.0),
    stagers={"running": _run, "wrong_way": _wrong_way, "vehicle_where_none_goes": _stray,
    "fence_climbed": _climb, "object_left": _leave, "fight": _fight, "loitering": _loiter,
    "intruder": _intrude},
    veils=(Veil((-30, GATE_Y), (-5.3, GATE_Y), 2.2), Veil((11.5, GATE_Y), (40, GATE_Y), 2.2)),
)  # fmt: skip
