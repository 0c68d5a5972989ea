"""A shopping street late in the day: two lanes, a zebra crossing where cars stop, shoppers."""

from collections.abc import Callable, Iterator

import numpy as np

from scripts.demo.renderer.geometry import Floats, Lens, as_floats
from scripts.demo.renderer.happenings import people_staging, staging
from scripts.demo.renderer.happenings.crowd import (
    CARS,
    Path,
    arrivals,
    in_order,
    lane,
    merge,
    passers,
    trip,
)
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.scene import Scene, Sensor, Staging
from scripts.demo.renderer.solids import Box, Ground, Post, Solid, tree
from scripts.demo.renderer.textures import (
    Mark,
    Material,
    asphalt,
    brick,
    leaves,
    marked,
    paving,
    plain,
    windows,
    zones,
)
from scripts.demo.renderer.trace import Lamp, Place
from scripts.demo.renderer.trips import Stop, Trip, walk

HALF_M = 3.6
ZEBRA_Y = 13.0
KINDS = (*CARS, *CARS, "truck")
AWAY = as_floats([[1.8, -20], [1.8, 90]])
TOWARD = as_floats([[-1.8, 90], [-1.8, -20]])
STOP_AT = {"away": ZEBRA_Y + 20 - 4.2, "toward": 90 - ZEBRA_Y - 4.2}
SHOPS = (
    ((0.10, 0.16, 0.13), 9.0),
    ((0.34, 0.08, 0.06), 7.0),
    ((0.08, 0.11, 0.22), 8.0),
    ((0.32, 0.26, 0.12), 10.0),
    ((0.13, 0.13, 0.14), 12.0),
)


def _shops(side: int) -> list[Solid]:
    """Build a terrace of shops with upper floors."""
    walls: tuple[Material, ...] = (
        brick(),
        plain((0.42, 0.37, 0.30)),
        brick((0.20, 0.11, 0.08)),
        plain((0.50, 0.48, 0.45)),
        brick((0.30, 0.17, 0.10)),
    )
    solids: list[Solid] = []
    y = -2.0
    for number in range(8):
        colour, width = SHOPS[(number + 2 * (side > 0)) % 5]
        front, back = side * 7.4, side * 16.0
        low, high = min(front, back), max(front, back)
        wall = walls[(number + (side > 0)) % 5]
        height = 7.5 + 1.7 * ((number * 3 + side) % 3)
        solids.append(
            Box((low, y, 3.2), (high, y + width, height), windows(wall, 2.5, 3.0, (0.45, 0.6)))
        )
        solids.append(
            Box(
                (low, y, 0),
                (high, y + width, 3.2),
                windows(plain(colour), width / 2, 3.6, (0.86, 0.62)),
            )
        )
        sign = sorted((front, front - side * 0.25))
        solids.append(
            Box(
                (sign[0], y + 0.3, 2.75), (sign[1], y + width - 0.3, 3.3), plain(colour, 0.02, 0.03)
            )
        )
        y += width
    return solids


def build() -> Place:
    """Build the empty street."""
    stripes = [Mark(x, ZEBRA_Y, 0.5, 3.2) for x in np.arange(-3.1, 3.2, 1.03).tolist()]
    dashes = [Mark(0, y, 0.12, 2.0) for y in range(-6, 90, 4) if abs(y - ZEBRA_Y) > 4]
    yellow = [Mark(s * 3.3, 40, 0.1, 120, (0.5, 0.36, 0.05)) for s in (-1, 1)]
    slabs = paving((0.34, 0.32, 0.29), 0.6, 0.6)
    ground = zones(
        slabs,
        [
            (
                Mark(0, 40, 2 * HALF_M, 140),
                marked(asphalt((0.075, 0.075, 0.077)), stripes + dashes + yellow),
            )
        ],
    )
    kerb, metal = plain((0.42, 0.40, 0.38)), plain((0.07, 0.075, 0.08))
    solids: list[Solid] = [
        Ground(ground),
        *_shops(-1),
        *_shops(1),
        Box((-30, 92, 0), (30, 96, 14), windows(plain((0.40, 0.37, 0.34)), 3, 3.3)),
    ]
    for side in (-1, 1):
        x = sorted((side * HALF_M, side * (HALF_M + 0.25)))
        solids.append(Box((x[0], -20, 0), (x[1], ZEBRA_Y - 2.2, 0.12), kerb))
        solids.append(Box((x[0], ZEBRA_Y + 2.2, 0), (x[1], 90, 0.12), kerb))
        for y in (9.0, 27.0, 45.0):
            solids += [
                Post(side * 4.4, y, 0.06, 5.2, metal),
                Box((side * 4.4 - 0.5, y - 0.12, 5.2), (side * 4.4 + 0.5, y + 0.12, 5.32), metal),
            ]
        solids += [
            Post(side * 4.2, ZEBRA_Y + k, 0.05, 2.6, plain((0.4, 0.4, 0.4))) for k in (-2.0, 2.0)
        ]
        solids += [
            Box(
                (side * 4.2 - 0.17, ZEBRA_Y + k - 0.17, 2.6),
                (side * 4.2 + 0.17, ZEBRA_Y + k + 0.17, 2.94),
                plain((1.3, 0.62, 0.04)),
            )
            for k in (-2.0, 2.0)
        ]
    solids += [
        Box((-5.2, 7.2, 0), (-4.5, 7.8, 0.95), plain((0.05, 0.14, 0.08))),
        Box((4.5, 19, 0.35), (5.0, 21, 0.45), plain((0.25, 0.16, 0.08))),
    ]
    bark, crown = plain((0.09, 0.07, 0.05)), leaves((0.09, 0.10, 0.025))
    for at, y, seed in ((-4.7, 20, 1), (4.7, 34, 2), (-4.7, 36, 3)):
        solids += tree((at, y), (5.2, 1.5), bark, crown, seed)
    lamps = tuple(
        Lamp((s * 4.2, y, 5.0), (3.0, 2.2, 1.2), down=0.9)
        for s in (-1, 1)
        for y in (9.0, 27.0, 45.0)
    )
    shop_light = tuple(
        Lamp((s * 6.4, y, 2.4), (0.9, 0.75, 0.5), 1, down=0.2)
        for s in (-1, 1)
        for y in (4.0, 12.0, 20.0, 28.0)
    )
    return Place(
        solids,
        (0.22, 0.86, 0.46),
        (1.9, 1.35, 0.85),
        (0.40, 0.45, 0.56),
        (0.85, 0.62, 0.48),
        (0.30, 0.36, 0.52),
        0.3,
        lamps + shop_light,
    )


def _crossings(seed: int) -> Iterator[tuple[float, float, list[Trip]]]:
    """Return people who cross at the zebra, with the time that the crossing is theirs."""
    rng = np.random.default_rng([seed, 4])
    for start_s in arrivals(rng, 22.0):
        side = float(rng.choice([-1, 1]))
        far, away = float(rng.uniform(-16, 40)), float(rng.uniform(-16, 40))
        aside = float(rng.uniform(-1.1, 1.1))
        path: Path = [
            (side * 5.6, far),
            (side * 5.4, ZEBRA_Y + aside + 1),
            (side * 4.1, ZEBRA_Y + aside),
            (-side * 4.2, ZEBRA_Y + aside),
            (-side * 5.6, ZEBRA_Y + 2),
            (-side * 5.8, away),
        ]
        pace = float(rng.uniform(1.2, 1.55))
        people = [trip(rng, walk(start_s, path, pace, {2: 2.5}))]
        at_kerb_s = start_s + (abs(far - ZEBRA_Y - aside - 1) + 1.6) / pace
        yield at_kerb_s, at_kerb_s + 2.0 + 7.4 / pace, people


def _gives_way(seed: int, line: float) -> Callable[[Trip], tuple[Stop, ...]]:
    """Tell drivers when to wait at the zebra; windows are drawn as far ahead as asked."""
    stream, windows = _crossings(seed), list[tuple[float, float]]()
    latest_start_s = [-1e9]

    def stops_for(vehicle: Trip) -> tuple[Stop, ...]:
        while latest_start_s[0] < vehicle.end_s + 60:
            begin_s, end_s, people = next(stream)
            latest_start_s[0] = people[0].start_s
            windows.append((begin_s, end_s))
        windows[:] = [w for w in windows if w[1] > vehicle.start_s - 120]
        track = vehicle.track
        near_s = float(np.interp(line - 6.0, track[:, 5], track[:, 0]))
        past_s = float(np.interp(line + 7.0, track[:, 5], track[:, 0]))
        until = [end_s for begin_s, end_s in windows if begin_s - 0.5 < past_s and end_s > near_s]
        return (Stop(line, max(until)),) if until else ()

    return stops_for


def ordinary(seed: int) -> Iterator[Trip]:
    """Return the street's ordinary traffic."""
    left: list[Path] = [
        [(-5.6, -8), (-5.8, 12), (-5.9, 30), (-5.6, 62)],
        [(-6.4, 62), (-6.3, 24), (-6.5, 10), (-6.4, -8)],
    ]
    right: list[Path] = [
        [(6.3, -8), (6.2, 9), (6.4, 30), (6.2, 62)],
        [(5.6, 62), (5.7, 26), (5.5, 9), (5.5, -8)],
    ]
    crossing = in_order((people[0].start_s - 1, people) for _, _, people in _crossings(seed))
    return merge(
        lane(seed + 1, AWAY, 11.0, 8.5, KINDS, _gives_way(seed, STOP_AT["away"])),
        lane(seed + 2, TOWARD, 12.0, 8.5, KINDS, _gives_way(seed, STOP_AT["toward"])),
        _cyclists(seed), crossing, passers(seed + 3, left, 16.0), passers(seed + 4, right, 18.0),
    )  # fmt: skip


def _cyclists(seed: int) -> Iterator[Trip]:
    road: Floats = as_floats([[3.0, -20], [3.0, 90]])
    return lane(seed + 9, road, 75.0, 4.6, ("cyclist",), _gives_way(seed, STOP_AT["away"]))


def _run(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.runs(start_s, rng, [(6.0, 32), (4.6, 24), (0, 18), (-4.4, 9.5), (-5.4, -8)])


def _wrong_way(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.strays(start_s, rng, as_floats([[1.9, 70], [2.2, 30], [2.0, -16]]), CARS, 10.0)


def _stray(start_s: float, rng: np.random.Generator) -> Staging:
    return staging.strays(
        start_s, rng, as_floats([[1.8, 60], [5.4, 42], [5.7, 26], [5.6, 8], [5.2, -16]]), CARS, 7.0
    )


def _lie(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9.5, 14))
    return staging.collapses(start_s, rng, [(-5.8, 36), (-6.3, y + 6), (-6.3, y)])


def _leave(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(8, 12))
    return staging.leaves(
        start_s, rng, [(6.0, 44), (5.8, y + 4), (5.2, y)], [(5.6, y - 4), (5.6, -8)], "rucksack"
    )


def _fight(start_s: float, rng: np.random.Generator) -> Staging:
    side, y = float(rng.choice([-5.9, 5.9])), float(rng.uniform(9, 16))
    return people_staging.fights(
        start_s, rng, [(side, 44), (side, y + 4), (side, y)], [(side, -8), (side, y - 3), (side, y)]
    )


def _crawl(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 14))
    return people_staging.crawls(
        start_s, rng, [(5.8, 36), (5.7, y + 4), (5.0, y)], [(2.4, y), (-1.5, y + 1)]
    )


def _loiter(start_s: float, rng: np.random.Generator) -> Staging:
    y = float(rng.uniform(9, 15))
    return people_staging.loiters(start_s, rng, [(5.8, 44), (6.2, y + 3), (6.3, y)], [(5.8, -8)])


SCENE = Scene(
    name="street", title="CAM 4  MARKET STREET", lens=Lens((-2.6, -8.0, 6.0), 5.0, 14.0, 62.0),
    build=build,
    weather=Weather(14, clouds=0.4, drift=0.16, lamps=("steady", "shift")), ordinary=ordinary,
    sensor=Sensor(noise=2.2, exposure=1.25),
    stagers={"running": _run, "wrong_way": _wrong_way, "vehicle_where_none_goes": _stray,
    "lying_down": _lie, "object_left": _leave, "fight": _fight, "crawling": _crawl,
    "loitering": _loiter},
)  # fmt: skip
