"""Ordinary comings and goings that many places share: arrivals, passers-by, lanes of vehicles.

Pure: endless streams of trips, each from a seed of its own.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from scripts.demo.renderer.geometry import Floats
from scripts.demo.renderer.trips import Action, Doubles, Look, Stop, Trip, drive, walk

WARM_UP_S = 90.0  # streams begin before time zero, so that a scene does not start empty
Path = list[tuple[float, float]]
DOGS = 0.05  # the share of groups that have one
CARS = ("hatchback", "hatchback", "saloon", "saloon", "estate", "estate", "van")


def arrivals(
    rng: np.random.Generator, every_s: float, at_most_s: float = math.inf
) -> Iterator[float]:
    """Return moments, on average every so often, busier and quieter over the minutes."""
    now_s, phase = -WARM_UP_S, float(rng.uniform(0, 6.28))
    while True:
        busy = 1 + 0.6 * math.sin(now_s / 173 + phase) * math.sin(now_s / 611 + 2 * phase)
        now_s += min(max(float(rng.exponential(every_s / busy)), 0.4), at_most_s)
        yield now_s


def merge(*streams: Iterable[Trip]) -> Iterator[Trip]:
    """Merge endless streams of trips by their start."""
    return heapq.merge(*streams, key=lambda one: one.start_s)


def in_order(batches: Iterable[tuple[float, list[Trip]]]) -> Iterator[Trip]:
    """Put trips in the order of their start; each batch says before when no later one starts."""
    waiting: list[tuple[float, int, Trip]] = []
    count = 0
    for settled_s, batch in batches:
        for one in batch:
            heapq.heappush(waiting, (one.start_s, count, one))
            count += 1
        while waiting and waiting[0][0] < settled_s:
            yield heapq.heappop(waiting)[2]


def trip(
    rng: np.random.Generator,
    track: Doubles,
    wears: tuple[str, ...] = (),
    actions: tuple[tuple[float, Action], ...] = (),
) -> Trip:
    """Return a track of a person of random looks."""
    return Trip(Look("person", int(rng.integers(10**6)), wears), track, actions)


def passers(
    seed: int,
    paths: list[Path],
    every_s: float,
    speed: float = 1.32,
    wears: tuple[str, ...] = (),
    *,
    has_dogs: bool = True,
) -> Iterator[Trip]:
    """Return people alone and in small groups on one of the paths, some of whom pause."""
    rng = np.random.default_rng([seed, 7])
    dogs = DOGS if has_dogs and not wears else 0.0
    return in_order(
        (start_s, _group(rng, start_s, paths, speed, wears, dogs))
        for start_s in arrivals(rng, every_s)
    )


def _group(
    rng: np.random.Generator,
    start_s: float,
    paths: list[Path],
    speed: float,
    wears: tuple[str, ...],
    dogs: float,
) -> list[Trip]:
    path = paths[int(rng.integers(len(paths)))]
    pace = float(np.clip(rng.normal(speed, 0.14), 0.85, 1.75))
    rests, size = _rests(rng, path), int(rng.choice([1, 1, 1, 1, 1, 2, 2, 3]))
    members = []
    for member in range(size):
        side = float(rng.normal(0, 0.22)) + 0.75 * (member - (size - 1) / 2)
        track = walk(start_s + 0.3 * member, beside(path, side), pace, rests, sway=0.12)
        members.append(trip(rng, track, wears))
    if rng.random() < dogs:
        track = walk(start_s + 0.2, beside(path, -0.9), pace, rests, sway=0.2)
        members.append(Trip(Look("dog", int(rng.integers(99))), track))
    return members


def _rests(rng: np.random.Generator, path: Path) -> dict[int, float] | None:
    """Let some stop on the way, to look at a telephone or to talk."""
    if len(path) < 3 or rng.random() > 0.18:
        return None
    return {int(rng.integers(1, len(path) - 1)): float(rng.uniform(4, 16))}


def beside(path: Path, side: float) -> Path:
    """Move a path sideways, to the left of where it goes."""
    moved = []
    for place, here in enumerate(path):
        before, after = path[max(place - 1, 0)], path[min(place + 1, len(path) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1.0
        moved.append((here[0] - side * dy / length, here[1] + side * dx / length))
    return moved


def lane(
    seed: int,
    road: Floats,
    every_s: float,
    speed: float,
    kinds: tuple[str, ...] = CARS,
    stops_for: Callable[[Trip], tuple[Stop, ...]] = lambda _: (),
) -> Iterator[Trip]:
    """Return vehicles one behind the other on a road, slowing down for each other and for stops.

    stops_for looks at a trip as it would go and names the places where it must wait; a trip that
    waits meets the world at other times, so it is asked again a few times.
    """
    rng = np.random.default_rng([seed, 8])
    before: Trip | None = None
    for start_s in arrivals(rng, every_s):
        at = start_s if before is None else max(start_s, before.start_s + 3.0)
        look = Look(str(rng.choice(kinds)), int(rng.integers(10**6)))
        pace = speed * float(rng.uniform(0.85, 1.12))
        stops: tuple[Stop, ...] = ()
        for _ in range(4):
            candidate = Trip(look, drive(at, road, pace, stops, before))
            more = stops_for(candidate)
            if more == stops:
                break
            stops = more
        before = candidate
        yield candidate
