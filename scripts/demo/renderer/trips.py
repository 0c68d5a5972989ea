"""How somebody or something moves: a trip is a sampled track through the scene and a look.

Pure: a trip says where its subject is at any stream time, so a picture of any moment can be drawn,
and the truth about an incident can be written down before it happens.
"""

import itertools
import math
from typing import Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from scripts.demo.renderer.geometry import Floats, as_floats, lengths_along, round_corners

Doubles = NDArray[np.float64]  # stream times outgrow 32-bit floats within hours
Action = Literal["go", "bend", "climb", "crawl", "fall", "fight", "lie", "wave"]

STEP_S = 0.2  # tracks are sampled this often; people do not turn faster


@attrs.frozen
class Look:
    """What the subject is and the number that its colours and build are drawn from."""

    kind: str
    seed: int
    wears: tuple[str, ...] = ()


@attrs.frozen
class Pose:
    """Where the subject is at one moment and what it is doing."""

    x: float
    y: float
    lift: float  # metres above the ground; for a barrier the raised part, 0 to 1
    heading: float
    speed: float
    gone: float  # metres gone since the trip began: the gait's phase
    action: Action
    since_s: float  # how long the action has lasted


@attrs.frozen(eq=False)
class Trip:
    """A look and its track; columns of the track are stream time, x, y, lift, heading and way."""

    look: Look
    track: Doubles = attrs.field(repr=False)
    actions: tuple[tuple[float, Action], ...] = ()

    @property
    def start_s(self) -> float:
        """Say when the subject appears."""
        return float(self.track[0, 0])

    @property
    def end_s(self) -> float:
        """Say when the subject is gone."""
        return float(self.track[-1, 0])

    def pose_at(self, now_s: float) -> Pose:
        """Say where the subject is and what it does."""
        times = self.track[:, 0]
        place = min(max(int(np.searchsorted(times, now_s)), 1), len(times) - 1)
        before, after = self.track[place - 1].tolist(), self.track[place].tolist()
        span = max(after[0] - before[0], 1e-6)
        part = min(max((now_s - before[0]) / span, 0.0), 1.0)
        _, x, y, lift, heading, gone = (
            a + (b - a) * part for a, b in zip(before, after, strict=True)
        )
        since, action = self._action_at(now_s)
        speed = (after[5] - before[5]) / span
        return Pose(x, y, lift, heading, speed, gone, action, now_s - since)

    def _action_at(self, now_s: float) -> tuple[float, Action]:
        current: tuple[float, Action] = (self.start_s, "go")
        for start_s, action in self.actions:
            if start_s <= now_s:
                current = (start_s, action)
        return current


def make_track(times: Doubles, places: Doubles, facing: float | None = None) -> Doubles:
    """Make a track of times and places (x, y and perhaps lift), looking where it goes."""
    way = lengths_along(as_floats(places))
    moving = np.flatnonzero(np.diff(way) > 0.02)
    delta = np.diff(places[:, :2], axis=0)[moving]
    if len(moving) and facing is None:
        bearings = np.unwrap(np.arctan2(delta[:, 0], delta[:, 1]))
        heading = np.interp(np.arange(len(places)), moving + 0.5, bearings)
    else:
        heading = np.full(len(places), facing or 0.0)
    lift = places[:, 2] if places.shape[1] > 2 else np.zeros(len(places))
    return np.column_stack([times, places[:, :2], lift, heading, way]).astype(np.float64)


def thin(track: Doubles) -> Doubles:
    """Leave out the samples within a rest, so that hours of parking take two rows."""
    places = track[:, 1:4]
    same = np.all(places[1:] == places[:-1], axis=1)
    keep = np.ones(len(track), dtype=bool)
    keep[1:-1] = ~(same[:-1] & same[1:])
    return track[keep]


def walk(
    start_s: float,
    points: list[tuple[float, float]],
    speed: float,
    rests: dict[int, float] | None = None,
    sway: float = 0.0,
) -> Doubles:
    """Make a person's track along points, resting at some of them; corners are rounded."""
    times, places = [0.0], [points[0]]
    for number, (here, there) in enumerate(itertools.pairwise(points), 1):
        distance = float(np.hypot(there[0] - here[0], there[1] - here[1]))
        times.append(times[-1] + max(distance / speed, 1e-3))
        places.append(there)
        if rests and number in rests:
            times.append(times[-1] + rests[number])
            places.append(there)
    clock = np.arange(0, times[-1] + STEP_S, STEP_S)
    x = _smooth(np.interp(clock, times, [p[0] for p in places]))
    y = _smooth(np.interp(clock, times, [p[1] for p in places]))
    wander = sway * np.sin(clock * 0.7 + start_s) * (np.hypot(np.gradient(x), np.gradient(y)) > 0.1)
    return thin(make_track(clock + start_s, np.column_stack([x + wander, y])))


def _smooth(values: Doubles) -> Doubles:
    kernel = np.hanning(9)[1:-1]
    padded = np.pad(values, 3, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid").round(4)


@attrs.frozen
class Stop:
    """A place along a road, in metres from its start, where a vehicle waits until a moment."""

    at: float
    until_s: float


def drive(
    start_s: float,
    road: Floats,
    speed: float,
    stops: tuple[Stop, ...] = (),
    leader: Trip | None = None,
) -> Doubles:
    """Make a vehicle's track along a road: it brakes for stops and for the one before it.

    A leader must be on the same road. Speeds are bounded by what brakes comfortably within the
    way that is left (v squared = 2 b s), which is all that a queue needs to look right. At a stop
    that never ends the track does.
    """
    rounded = round_corners(road)
    along = lengths_along(rounded)
    now, gone, pace = start_s, 0.0, speed if not stops or stops[0].at > 15 else speed * 0.5
    times, ways = [now], [gone]
    while gone < along[-1] - 0.05 and now - start_s < MAX_DRIVE_S:
        room = min([s.at - gone for s in stops if s.until_s > now and s.at > gone - 0.5] + [1e3])
        if leader is not None and now < leader.end_s:
            room = min(room, leader.pose_at(now).gone - gone - GAP)
        wanted = min(speed, float(np.sqrt(2 * BRAKE_PER_S2 * max(room, 0.0))))
        pace = 0.0 if room < 0.05 else min(wanted, pace + PULL_PER_S2 * STEP_S)
        if pace == 0.0 and any(s.until_s == math.inf and s.at - gone < 0.1 for s in stops):
            break
        now, gone = now + STEP_S, gone + pace * STEP_S
        times.append(now)
        ways.append(gone)
    x, y = (np.interp(ways, along, rounded[:, axis]) for axis in (0, 1))
    track = make_track(np.asarray(times), np.column_stack([x, y]))
    track[:, 5] = ways
    return thin(track)


BRAKE_PER_S2, PULL_PER_S2 = 2.2, 1.8  # an unhurried driver
GAP = 7.0  # from one vehicle's middle to the next one's in a queue
MAX_DRIVE_S = 3600.0
