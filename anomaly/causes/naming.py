"""What a moving thing is called, and what it does: a kind only where everything agrees.  Pure.

The network was trained on things of a certain size, told apart by how their cells look and go. A
person who lies, crawls or falls near the camera is as wide as a car and looks like one to it, and
what is far away, or cut off by an edge of the picture, has no shape at all. So a kind needs the
cells, the shape and the size, and a vehicle a steady motion besides; everything else stays open,
"somebody" where the cells agree on a person, "something" where not. An object detector that saw the
thing names it.
"""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats
from anomaly.wording import KINDS, SOMEBODY, SOMETHING, VEHICLE, WALKS
from seda.messages import Box

_SURE, _SURE_HOW = 0.7, 0.85  # share of what the cells say; of how a person goes
_LEAST_CELLS = 4  # in fewer, a dog is like somebody far away
# Of what the network has learned, by its outline and as the network says it (log of its unit); what
# is nearer is like anything. Who falls before the camera of a small room has 0.7 to 1.3, who rides
# by on a square at most 0.66.
_TALLEST_CELLS, _TALLEST = 9, 0.72
_PERSON_RATIO = 1.5  # of width to height at most; wider, it may be several, or no walker at all
_VEHICLE_RATIO, _VEHICLE_CELLS = 1.4, 10  # of width to height at least: two people are as wide
_VEHICLE_SPEED, _STEADY = 0.3, 0.7  # pixels in the base interval; share that goes one way
_PEOPLE = slice(WALKS, VEHICLE)
_NO_SPEED = 0.1
_DEEDS = (
    "a person walks",
    "a person rides",
    "a person skates",
    "a vehicle drives",
    "something moves",
    "somebody moves",
)
_DRIVEN = frozenset({"car", "truck", "bus", "motorcycle", "vehicle", "van", "train", "lorry"})
_WAYS = ("to the right", "to the lower right", "downwards", "to the lower left", "to the left",
         "to the upper left", "upwards", "to the upper right")  # fmt: skip


@attrs.frozen
class Cells:
    """What the cells of one thing show."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    kinds: Floats  # weight of each kind, by cell
    u: Floats
    v: Floats
    log_height: Floats
    shape: tuple[int, int]  # of the picture, in cells

    @property
    def is_whole(self) -> bool:
        """Say whether no edge of the picture cuts it off, and it is no nearer than was learned."""
        (high, wide), rows, columns = self.shape, self.rows, self.columns
        is_inside = rows.max() < high - 1 and columns.min() > 0 and columns.max() < wide - 1
        return bool(is_inside) and self.is_low and float(self.log_height.mean()) <= _TALLEST

    @property
    def is_low(self) -> bool:
        """Say whether it is no taller than what the network has learned."""
        return self.tall <= _TALLEST_CELLS

    @property
    def tall(self) -> int:
        """Return its height in cells."""
        return int(np.ptp(self.rows)) + 1

    @property
    def wide(self) -> int:
        """Return its width in cells."""
        return int(np.ptp(self.columns)) + 1

    @property
    def speed(self) -> float:
        """Return how fast it goes as a whole."""
        return math.hypot(float(self.u.mean()), float(self.v.mean()))

    @property
    def steadiness(self) -> float:
        """Say how far its cells go one way, 0 to 1."""
        mean = float(np.hypot(self.u, self.v).mean())
        return self.speed / mean if mean > 0 else 0.0


def find_kind(thing: Cells) -> int:
    """Say what a thing is; what its cells, its shape or its size speak against stays open."""
    weights = thing.kinds.sum(1)
    shares = weights / max(float(weights.sum()), 1e-9)
    best = int(shares.argmax())
    if len(thing.rows) < _LEAST_CELLS:
        return SOMETHING
    if best == VEHICLE:
        return VEHICLE if shares[best] >= _SURE and _is_like_vehicle(thing) else SOMETHING
    if shares[_PEOPLE].sum() < _SURE:
        return SOMETHING
    is_told = shares[best] >= _SURE_HOW and thing.wide <= _PERSON_RATIO * thing.tall
    return best if is_told and thing.is_whole else SOMEBODY


def find_kind_at(hot: Cells, group: Cells) -> int:
    """Say what is at the hottest place of a group of cells, which may be of several things."""
    kind = find_kind(hot)
    if kind == SOMETHING and find_kind(group) == VEHICLE:
        return VEHICLE
    return SOMETHING if kind == VEHICLE and len(hot.rows) < len(group.rows) else kind


def _is_like_vehicle(thing: Cells) -> bool:
    is_shaped = thing.wide >= _VEHICLE_RATIO * thing.tall and len(thing.rows) >= _VEHICLE_CELLS
    is_driving = thing.speed >= _VEHICLE_SPEED and thing.steadiness >= _STEADY
    return is_shaped and is_driving and thing.is_whole


def name_object(label: str) -> str:
    """Put an article before what a detector calls a thing."""
    return f"an {label}" if label[:1] in "aeiou" else f"a {label}"


def say_deed(kind: int, seen: Box | None, way: str | None) -> str:
    """Say what does what; `way` is None where it is not known, and empty where there is none."""
    if seen is None or (seen.label == "person" and WALKS <= kind < VEHICLE):
        name, deed = KINDS[kind], _DEEDS[kind]
    else:
        name = name_object(seen.label)
        deed = f"{name} {'drives' if seen.label in _DRIVEN else 'moves'}"
    if way:
        return f"{deed} {way}"
    return f"{name} moves" if way is None else f"{name} moves in place"


def name_way(u: float, v: float) -> str:
    """Say where something goes; what hardly goes has no way."""
    if math.hypot(u, v) < _NO_SPEED:
        return ""
    return _WAYS[round(math.atan2(v, u) * len(_WAYS) / (2 * math.pi)) % len(_WAYS)]
