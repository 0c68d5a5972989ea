"""How staged incidents between and around people play out, whatever the place.

Pure: each function makes one staging from a start, a generator and the place's own paths.
"""

import math

import attrs
import numpy as np

from scripts.demo.renderer.happenings.crowd import WARM_UP_S, Path, trip
from scripts.demo.renderer.scene import Staging
from scripts.demo.renderer.trips import (
    STEP_S,
    Action,
    Doubles,
    Look,
    Trip,
    make_track,
    walk,
)

APART_M = 0.75  # two people who fight, from middle to middle
GRAB_S = 1.2  # to take a thing up
FOREVER_S = 1e7


def fights(start_s: float, rng: np.random.Generator, one: Path, other: Path) -> Staging:
    """Let two people come to one place from two sides and fight until one of them runs away."""
    place = one[-1]
    ends_s = start_s + float(rng.uniform(9, 18))
    turn = float(rng.uniform(0, 6.28))
    people = []
    for path, side in ((one, 0.0), (other, math.pi)):
        scuffle = _scuffle(start_s, ends_s, place, (turn, side))
        comes = _arrive(start_s, [*path[:-1], _point(scuffle[0])], float(rng.uniform(1.2, 1.5)))
        pace = 4.4 if side else 1.3
        leaves = walk(ends_s + STEP_S, [_point(scuffle[-1]), *path[-2::-1]], pace)
        actions: tuple[tuple[float, Action], ...] = ((start_s, "fight"), (ends_s, "go"))
        people.append(trip(rng, _joined(comes, scuffle, leaves), (), actions))
    return Staging(start_s, ends_s, tuple(people), (0, 1))


def _scuffle(
    start_s: float, ends_s: float, place: tuple[float, float], sides: tuple[float, float]
) -> Doubles:
    """Move one of two people who fight: they circle, step in and back, and face each other."""
    times = np.arange(start_s, ends_s, STEP_S)
    since = times - start_s
    turn, side = sides
    angle = turn + side + 0.5 * since + 0.4 * np.sin(2.1 * since)
    reach = APART_M / 2 * (1 + 0.35 * np.sin(3.3 * since + side))
    drift = 0.5 * np.sin(0.7 * since)
    x = place[0] + drift + reach * np.sin(angle)
    y = place[1] + drift / 2 + reach * np.cos(angle)
    track = make_track(times, np.column_stack([x, y]))
    track[:, 4] = angle + math.pi
    return track


def crawls(start_s: float, rng: np.random.Generator, there: Path, on: Path) -> Staging:
    """Let somebody walk to a place and go on from there on hands and knees."""
    comes = _arrive(start_s, there, float(rng.uniform(1.1, 1.4)))
    creeps = walk(start_s + 1.0, [there[-1], *on], float(rng.uniform(0.45, 0.7)))
    actor = trip(rng, _joined(comes, creeps), (), ((start_s, "crawl"),))
    return Staging(start_s, float(creeps[-1, 0]), (actor,))


def loiters(start_s: float, rng: np.random.Generator, there: Path, away: Path) -> Staging:
    """Let somebody come to a place, hang about there for minutes, and go."""
    x, y = there[-1]
    stays_until_s, points = start_s + float(rng.uniform(80, 120)), [there[-1]]
    rests: dict[int, float] = {}
    passed_s = 0.0
    while start_s + passed_s < stays_until_s:
        point = (x + float(rng.uniform(-1.6, 1.6)), y + float(rng.uniform(-1.2, 1.2)))
        rests[len(points)] = float(rng.uniform(2, 9))
        passed_s += math.dist(points[-1], point) / 0.8 + rests[len(points)]
        points.append(point)
    comes = _arrive(start_s, there, 1.2)
    about = walk(start_s + STEP_S, points, 0.8, rests)
    goes = walk(float(about[-1, 0]) + STEP_S, [points[-1], *away], 1.3)
    return Staging(start_s, float(about[-1, 0]), (trip(rng, _joined(comes, about, goes)),))


def intrudes(start_s: float, rng: np.random.Generator, path: Path) -> Staging:
    """Let somebody who does not belong there go along a path, stopping to look around."""
    rests = {int(rng.integers(1, len(path) - 1)): float(rng.uniform(2, 5))}
    track = walk(start_s, path, float(rng.uniform(0.9, 1.3)), rests)
    return Staging(start_s, float(track[-1, 0]), (trip(rng, track, ("hat",)),))


def stands(kind: str, at: tuple[float, float], heading: float) -> Trip:
    """Let a thing stand at a place from before the film begins, for ever."""
    rests = [[now_s, *at, 0.0, heading, 0.0] for now_s in (-WARM_UP_S - 1, FOREVER_S)]
    return Trip(Look(kind, 0), np.asarray(rests, dtype=np.float64))


def takes(
    start_s: float, rng: np.random.Generator, thing: Trip, there: Path, away: Path
) -> Staging:
    """Let somebody walk up to a thing that has always stood there, and take it along."""
    taken = thing.track.copy()
    taken[-1, 0] = start_s
    comes = _arrive(start_s - GRAB_S, there, float(rng.uniform(1.1, 1.4)))
    stoops = np.vstack([comes, [start_s, *comes[-1, 1:]]])
    goes = walk(start_s + GRAB_S, [there[-1], *away], float(rng.uniform(1.2, 1.6)))
    carries = {"suitcase": "suitcase", "parcel": "box"}.get(thing.look.kind, "backpack")
    look = Look("person", int(rng.integers(10**6)), ("none",))
    laden = attrs.evolve(look, wears=(carries,))
    up = np.vstack([[start_s, *goes[0, 1:4], comes[-1, 4], 0.0], goes])
    people = (
        Trip(look, stoops, ((start_s - GRAB_S, "bend"),)),
        Trip(laden, up, ((start_s - GRAB_S, "bend"), (start_s + GRAB_S, "go"))),
    )
    return Staging(
        start_s, start_s + float(rng.uniform(30, 45)), (Trip(thing.look, taken), *people), (0, 2)
    )


def _arrive(at_s: float, path: Path, pace: float) -> Doubles:
    """Walk a path so that its end is reached at a moment."""
    track = walk(0.0, path, pace)
    track[:, 0] += at_s - track[-1, 0]
    return track


def _joined(*parts: Doubles) -> Doubles:
    """Put tracks one behind the other; the way gone goes on."""
    joined = parts[0]
    for part in parts[1:]:
        later = part[part[:, 0] > joined[-1, 0]].copy()
        later[:, 5] += joined[-1, 5]
        joined = np.vstack([joined, later])
    return joined


def _point(row: Doubles) -> tuple[float, float]:
    return float(row[1]), float(row[2])
