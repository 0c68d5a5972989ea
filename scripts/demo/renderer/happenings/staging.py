"""How staged incidents play out, whatever the place: somebody runs, collapses, leaves a thing.

Pure: each function makes one staging from a start, a generator and the place's own paths.
"""

import itertools
import math

import numpy as np

from scripts.demo.renderer.geometry import Floats
from scripts.demo.renderer.happenings.crowd import Path, trip
from scripts.demo.renderer.scene import Staging
from scripts.demo.renderer.trips import Doubles, Look, Trip, drive, walk

BEND_S = 2.4  # to put something down or to take it up


def runs(start_s: float, rng: np.random.Generator, path: Path) -> Staging:
    """Let somebody run along a path."""
    track = walk(start_s, path, float(rng.uniform(4.2, 5.2)))
    return Staging(start_s, float(track[-1, 0]), (trip(rng, track),))


def covers(start_s: float, rng: np.random.Generator) -> Staging:
    """Let a cloth hang over the lens for a while."""
    return Staging(start_s, start_s + float(rng.uniform(14, 26)), (), (), covers=True)


def collapses(
    start_s: float, rng: np.random.Generator, path: Path, wears: tuple[str, ...] = ()
) -> Staging:
    """Let somebody walk to the end of a path, fall down and lie there."""
    pace = float(rng.uniform(0.9, 1.2))
    way = sum(math.dist(a, b) for a, b in itertools.pairwise(path))
    track = walk(start_s - way / pace, path, pace)
    fell = float(track[-1, 0])
    stays = fell + float(rng.uniform(25, 45))
    track = np.vstack([track, [stays, *track[-1, 1:]]])
    actor = trip(rng, track, wears, ((fell - 0.2, "fall"), (fell + 0.8, "lie")))
    return Staging(fell, stays, (actor,))


def leaves(
    start_s: float, rng: np.random.Generator, there: Path, away: Path, thing: str
) -> Staging:
    """Let somebody put a thing down at the end of a path and go; much later somebody fetches it."""
    pace = float(rng.uniform(1.15, 1.4))
    way = sum(math.dist(a, b) for a, b in itertools.pairwise(there))
    comes = walk(start_s - way / pace - BEND_S, there, pace)
    put_down = float(comes[-1, 0]) + BEND_S / 2
    goes = walk(put_down + BEND_S / 2, [there[-1], *away], pace * 1.1)
    carried = {"suitcase": ("suitcase",), "parcel": ("box",)}.get(thing, ("backpack",))
    carrier = trip(rng, comes, carried, ((put_down - BEND_S / 2, "bend"),))
    lookalike = Look("person", carrier.look.seed, ("none",))
    bends = np.vstack([comes, [put_down, *comes[-1, 1:]]])
    gone = np.vstack(
        [
            [put_down, *goes[0, 1:4], comes[-1, 4], 0],
            [goes[0, 0] - 0.05, *goes[0, 1:4], comes[-1, 4], 0],
            goes,
        ]
    )
    fetched = put_down + float(rng.uniform(45, 80))
    fetch = walk(fetched - way / 1.4 - BEND_S / 2, there, 1.4)
    fetch = np.vstack([fetch, [fetched, *fetch[-1, 1:]]])
    take = walk(fetched + BEND_S / 2, [there[-1], *away], 1.3)
    heading = float(comes[-1, 4])
    at = np.asarray(
        [there[-1][0] + 0.45 * math.sin(heading), there[-1][1] + 0.45 * math.cos(heading)]
    )
    rests = np.asarray([[put_down, *at, 0, heading, 0], [fetched, *at, 0, heading, 0]])
    fetcher = Look("person", int(rng.integers(10**6)), ("hi-vis",))
    trips = (
        Trip(Look(thing, int(rng.integers(99))), rests),
        Trip(carrier.look, bends, ((put_down - BEND_S / 2, "bend"),)),
        Trip(lookalike, gone, ((put_down - BEND_S / 2, "bend"), (float(goes[0, 0]), "go"))),
        Trip(fetcher, fetch, ((fetched - BEND_S / 2, "bend"),)),
        Trip(fetcher, take),
    )
    return Staging(put_down, fetched, trips)


def strays(
    start_s: float, rng: np.random.Generator, road: Floats, kinds: tuple[str, ...], speed: float
) -> Staging:
    """Let a vehicle drive where, or in which direction, none does."""
    track = drive(start_s, road, speed * float(rng.uniform(0.85, 1.15)))
    look = Look(str(rng.choice(kinds)), int(rng.integers(10**6)))
    return Staging(start_s, float(track[-1, 0]), (Trip(look, track),))


def climbs(
    start_s: float, rng: np.random.Generator, there: Path, away: Path, height: float
) -> Staging:
    """Let somebody walk to a fence, climb over to where away begins, and run off."""
    over = away[0]
    way = sum(math.dist(a, b) for a, b in itertools.pairwise(there))
    comes = walk(start_s - way / 1.6, there, 1.6)
    foot = there[-1]
    facing = math.atan2(over[0] - foot[0], over[1] - foot[1])
    begins = float(comes[-1, 0])
    middle = ((foot[0] + over[0]) / 2, (foot[1] + over[1]) / 2)
    steps = [
        (0.4, foot, 0.0),
        (3.6, foot, height - 0.9),
        (4.6, middle, height - 0.1),
        (5.2, over, height - 0.8),
        (6.4, over, 0.0),
    ]
    climbing = np.asarray(
        [[begins + t, *place, lift, facing, 0.0] for t, place, lift in steps], dtype=np.float64
    )
    runs_off = walk(begins + 7.0, away, 4.3)
    track: Doubles = np.vstack([comes, climbing, runs_off])
    actor = trip(rng, track, (), ((begins, "climb"), (begins + 6.4, "go")))
    return Staging(begins, float(track[-1, 0]), (actor,))
