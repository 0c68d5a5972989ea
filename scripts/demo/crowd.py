"""Ordinary comings and goings that many places share: arrivals, passers-by, groups.

Pure: endless streams of trips, each from a seed of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from scripts.demo.trips import Action, Doubles, Look, Trip, walk

WARM_UP_S = 90.0  # streams begin before time zero, so that a scene does not start empty
Path = list[tuple[float, float]]


def arrivals(rng: np.random.Generator, every_s: float) -> Iterator[float]:
    """Give moments, on average every so often, busier and quieter over the minutes."""
    now_s, phase = -WARM_UP_S, float(rng.uniform(0, 6.28))
    while True:
        busy = 1 + 0.6 * math.sin(now_s / 173 + phase) * math.sin(now_s / 611 + 2 * phase)
        now_s += max(float(rng.exponential(every_s / busy)), 0.4)
        yield now_s


def trip(
    rng: np.random.Generator,
    track: Doubles,
    wears: tuple[str, ...] = (),
    actions: tuple[tuple[float, Action], ...] = (),
) -> Trip:
    """Give a track to a person of random looks."""
    return Trip(Look("person", int(rng.integers(10**6)), wears), track, actions)


def passers(
    seed: int, paths: list[Path], every_s: float, speed: float = 1.32, wears: tuple[str, ...] = ()
) -> Iterator[Trip]:
    """Give people alone and in small groups on one of the paths, some of whom pause."""
    rng = np.random.default_rng([seed, 7])
    for start_s in arrivals(rng, every_s):
        path = paths[int(rng.integers(len(paths)))]
        pace = float(np.clip(rng.normal(speed, 0.14), 0.85, 1.75))
        rests = _rests(rng, path)
        for member in range(_group_size(rng)):
            side = float(rng.normal(0, 0.25)) + 0.75 * member
            track = walk(start_s + 0.3 * member, _beside(path, side), pace, rests, sway=0.12)
            yield trip(rng, track, wears)
        if rng.random() < 0.05:
            track = walk(start_s + 0.2, _beside(path, -0.7), pace, rests, sway=0.25)
            yield Trip(Look("dog", int(rng.integers(99))), track)


def _group_size(rng: np.random.Generator) -> int:
    return int(rng.choice([1, 1, 1, 1, 1, 2, 2, 3]))


def _rests(rng: np.random.Generator, path: Path) -> dict[int, float] | None:
    """Let some stop on the way, to look at a telephone or to talk."""
    if len(path) < 3 or rng.random() > 0.18:
        return None
    return {int(rng.integers(1, len(path) - 1)): float(rng.uniform(4, 16))}


def _beside(path: Path, side: float) -> Path:
    """Move a path sideways, to the left of where it goes."""
    moved = []
    for place, here in enumerate(path):
        before, after = path[max(place - 1, 0)], path[min(place + 1, len(path) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1.0
        moved.append((here[0] - side * dy / length, here[1] + side * dx / length))
    return moved
