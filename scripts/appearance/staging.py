"""Who and what is to be seen in one example, around the origin.  Pure."""

import math
from collections.abc import Callable

import attrs
import numpy as np

from anomaly.appearance import Look as Kind
from scripts.demo.renderer.bodies import vehicles
from scripts.demo.renderer.trips import Action, Look, Pose

SHARES = {
    Kind.UPRIGHT: 0.23, Kind.LOW: 0.22, Kind.RIDER: 0.07, Kind.VEHICLE: 0.13,
    Kind.ANIMAL: 0.05, Kind.THING: 0.06, Kind.SEVERAL: 0.14, Kind.NOTHING: 0.10,
}  # fmt: skip
THINGS = ("parcel", "suitcase", "rucksack", "pallet")
CARS = tuple(vehicles.PROFILES)
BESIDE_M, BEHIND_M = 2.6, 6.5
"""From the middle of one car to the next one's, parked side by side or in a queue."""
_LENGTHS_M = {"truck": 8.5, "forklift": 3.2}
_SEEDS = 10**6


@attrs.frozen
class Actor:
    """Somebody or something, and what it does where."""

    look: Look
    pose: Pose


@attrs.frozen
class Cast:
    """The actors of an example, and how many metres they take up."""

    actors: tuple[Actor, ...]
    span_m: float


def draw_cast(kind: Kind, rng: np.random.Generator) -> Cast:
    """Draw who plays an example of a kind."""
    return _CASTS[kind](rng)


def draw_bystanders(rng: np.random.Generator) -> tuple[Actor, ...]:
    """Draw who else is near by."""
    others = []
    for _ in range(int(rng.integers(1, 4))):
        kinds = (Kind.UPRIGHT, Kind.VEHICLE, Kind.THING)
        kind = kinds[int(rng.choice(len(kinds), p=[0.6, 0.3, 0.1]))]
        (actor, *_) = draw_cast(kind, rng).actors
        apart = float(rng.uniform(1.5, 4.5)) + 3.0 * (kind is Kind.VEHICLE)
        turn = float(rng.uniform(0, 2 * math.pi))
        x, y = apart * math.cos(turn), apart * math.sin(turn)
        others.append(attrs.evolve(actor, pose=attrs.evolve(actor.pose, x=x, y=y)))
    return tuple(others)


def pose_of(rng: np.random.Generator, action: Action = "go", speed: float | None = None) -> Pose:
    """Draw how somebody at the origin is held and turned."""
    if speed is None:
        speeds = [0.0, float(rng.uniform(0.5, 1.8)), float(rng.uniform(2, 4.5))]
        speed = speeds[int(rng.choice(3, p=[0.25, 0.55, 0.2]))]
    heading, gone, since_s = (float(rng.uniform(0, most)) for most in (2 * math.pi, 50, 20))
    return Pose(0.0, 0.0, 0.0, heading, speed, gone, action, since_s)


def _look(rng: np.random.Generator, kind: str, wears: tuple[str, ...] = ()) -> Look:
    return Look(kind, int(rng.integers(_SEEDS)), wears)


def _dressed(rng: np.random.Generator) -> Look:
    """Draw a person; one in five wears or carries something that changes its outline."""
    carried = (("hi-vis",), ("hi-vis",), ("suitcase",), ("box",))
    wears = carried[int(rng.integers(len(carried)))] if rng.random() < 0.2 else ()
    return _look(rng, "person", wears)


def _upright(rng: np.random.Generator) -> Pose:
    actions: tuple[Action, ...] = ("go", "wave", "bend", "climb")
    return pose_of(rng, actions[int(rng.choice(len(actions), p=[0.86, 0.04, 0.05, 0.05]))])


def _low(rng: np.random.Generator) -> Pose:
    actions: tuple[Action, ...] = ("crawl", "lie", "fall")
    pose = pose_of(rng, actions[int(rng.choice(len(actions), p=[0.5, 0.4, 0.1]))], speed=0.6)
    if pose.action == "fall":  # nearly down already
        pose = attrs.evolve(pose, since_s=float(rng.uniform(0.75, 2)))
    return pose


def _vehicles(rng: np.random.Generator) -> Cast:
    shares = [0.72 / len(CARS)] * len(CARS)
    kind = str(rng.choice([*CARS, "truck", "forklift"], p=[*shares, 0.16, 0.12]))
    if kind not in CARS or rng.random() >= 0.22:
        return Cast((Actor(_look(rng, kind), pose_of(rng)),), _LENGTHS_M.get(kind, 5.0))
    count, is_beside = int(rng.integers(2, 4)), bool(rng.random() < 0.5)
    step = BESIDE_M if is_beside else BEHIND_M
    heading = float(rng.uniform(0, 2 * math.pi))
    way = heading + math.pi / 2 * is_beside
    parked = []
    for number in range(count):
        along = (number - (count - 1) / 2) * step
        x, y = along * math.sin(way), along * math.cos(way)
        look = _look(rng, str(rng.choice(CARS)))
        parked.append(Actor(look, attrs.evolve(pose_of(rng), x=x, y=y, heading=heading)))
    return Cast(tuple(parked), count * step + 3.0 * is_beside)


def _several(rng: np.random.Generator) -> Cast:
    """Draw people who go together, closely or loosely, or two and more who fight."""
    count = int(rng.choice([2, 3, 4, 5, 6], p=[0.5, 0.2, 0.15, 0.1, 0.05]))
    is_close = bool(rng.random() < 0.5)
    gap = float(rng.uniform(0.5, 1.0) if is_close else rng.uniform(0.9, 3.2))
    fights = is_close and bool(rng.random() < 0.2)
    turn, heading = (float(rng.uniform(0, 2 * math.pi)) for _ in range(2))
    people = []
    for number in range(count):
        along = (number - (count - 1) / 2) * gap * float(rng.uniform(0.7, 1.3))
        aside = float(rng.uniform(-0.6, 0.6)) * gap
        faces = math.pi * (number % 2) + math.pi / 2 if fights else heading + rng.normal(0, 0.3)
        pose = attrs.evolve(
            pose_of(rng, "fight" if fights else "go"),
            x=along * math.cos(turn) - aside * math.sin(turn),
            y=along * math.sin(turn) + aside * math.cos(turn),
            heading=float(faces) - turn,
        )
        people.append(Actor(_dressed(rng), pose))
    return Cast(tuple(people), 1.6 + (count - 1) * gap * 0.8)


def _person(how: Callable[[np.random.Generator], Pose]) -> Callable[[np.random.Generator], Cast]:
    return lambda rng: Cast((Actor(_dressed(rng), how(rng)),), 2.0)


_CASTS: dict[Kind, Callable[[np.random.Generator], Cast]] = {
    Kind.UPRIGHT: _person(_upright),
    Kind.LOW: _person(_low),
    Kind.RIDER: lambda rng: Cast((Actor(_look(rng, "cyclist"), pose_of(rng, speed=4.0)),), 2.2),
    Kind.VEHICLE: _vehicles,
    Kind.ANIMAL: lambda rng: Cast((Actor(_look(rng, "dog"), pose_of(rng)),), 1.1),
    Kind.THING: lambda rng: Cast((Actor(_look(rng, str(rng.choice(THINGS))), pose_of(rng)),), 1.1),
    Kind.SEVERAL: _several,
    Kind.NOTHING: lambda _: Cast((), 2.0),
}
