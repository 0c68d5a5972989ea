"""Objects that a detector sees in the chosen picture, as evidence beside the judgement.  Pure.

They come from whoever looks at the one picture that speaks for its chunk; where nobody looked, or
the look failed, nothing changes. What they are worth is bounded either way and never a gate:

- Something of a kind that is hardly ever seen at such a place adds up to three nats. How often
  a kind is seen where is remembered in a coarse grid.
- Where the strongest motion has no object at all, it may be rain, a headlight or a shadow, and
  loses. By how much depends on how often the detector saw an object where this camera's motion was:
  of people too small for it, it knows nothing, and then nothing is lost. A frame never leaves
  the top band for it.
- What is seen at the strongest place names the thing.
"""

import math
from collections.abc import Sequence

import attrs
import numpy as np

from anomaly.types import Floats
from seda.messages import Box, Mark

ROWS, COLUMNS = 6, 8
GROUPS = 4  # people, vehicles, animals, other things
SURE, FAINT = 0.5, 0.25  # strength from which a box is believed; below, nothing is there
MOST_GAIN, MOST_LOSS = 3.0, 1.5  # nats
_OFTEN_LOOKS = 30.0  # what is seen once in so many looks is no surprise
_ELSEWHERE = 0.5  # what an object counts that is not where the evidence is
_PRIOR_MOVERS = 10.0
_HALF_LIFE_S = 86_400.0
_NEAR = 0.04  # of the picture: the evidence is at an object if it is so near
_VEHICLES = frozenset(
    {"vehicle", "car", "truck", "bus", "van", "motorcycle", "bicycle", "train", "boat", "lorry"}
)
_ANIMALS = frozenset(
    {"animal", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra",
     "giraffe", "fox"}
)  # fmt: skip


@attrs.define
class ObjectMemory:
    """Which groups of things were seen where, and how often motion was an object."""

    counts: Floats = attrs.field(factory=lambda: np.zeros((GROUPS, ROWS, COLUMNS), np.float32))
    looks: float = 0.0
    movers: float = 0.0  # pictures whose strongest evidence was motion
    named: float = 0.0  # ... where an object was seen
    seen_s: float = 0.0  # of footage that was looked at


@attrs.frozen
class ObjectEvidence:
    """What the objects of a picture are worth, and what they show."""

    boxes: tuple[Box, ...] = ()  # all of them, as they were given
    nats: float = 0.0
    at_mark: Box | None = None  # names what the evidence is about
    rare: Box | None = None  # what is hardly ever where it is
    mark: Mark | None = None  # what the evidence is about; None where nobody looked
    seen_s: float = 0.0  # for how long the camera's objects are known


NO_OBJECTS = ObjectEvidence()


def weigh_objects(
    memory: ObjectMemory, objects: Sequence[Box], mark: Mark, *, is_motion: bool
) -> ObjectEvidence:
    """Say what the objects of a picture add to its evidence, or take from it."""
    there = [box for box in objects if box.strength >= FAINT and _is_at(box, mark)]
    named = max(there, key=lambda box: box.strength, default=None)
    if named is not None and named.strength < SURE:
        named = None
    gains = {
        place: _surprise(memory, box) * (1.0 if _is_at(box, mark) else _ELSEWHERE)
        for place, box in enumerate(objects)
        if box.strength >= SURE
    }
    best = max(gains, key=lambda place: gains[place], default=None)
    nats, rare = (gains[best], objects[best]) if best is not None else (0.0, None)
    if nats <= 0 and is_motion and not there:
        nats = -_doubt(memory)
    rare = rare if nats > 0 else None
    return ObjectEvidence(tuple(objects), nats, named, rare, mark, memory.seen_s)


def note_objects(
    memory: ObjectMemory,
    objects: Sequence[Box],
    mark: Mark,
    duration_s: float,
    *,
    is_motion: bool,
) -> None:
    """Learn one look."""
    keep = 0.5 ** (duration_s / _HALF_LIFE_S)
    memory.counts *= np.float32(keep)
    seen = {(_group(box), *_region(box)) for box in objects if box.strength >= SURE}
    for place in seen:
        memory.counts[place] += 1
    memory.looks = memory.looks * keep + 1
    memory.seen_s += duration_s
    memory.movers, memory.named = memory.movers * keep, memory.named * keep
    if is_motion:
        memory.movers += 1
        memory.named += any(box.strength >= FAINT and _is_at(box, mark) for box in objects)


def join_boxes(movers: Sequence[Box], objects: Sequence[Box], most: int) -> tuple[Box, ...]:
    """Return few boxes of what moves and what was seen; what is seen gives its name and outline."""
    ranked = sorted(objects, key=lambda box: -box.strength)
    shown = [
        max((box for box in ranked if _is_same(box, mover)), key=_strength, default=mover)
        for mover in movers
    ]
    return tuple(dict.fromkeys([*shown, *ranked]))[:most]


def _strength(box: Box) -> float:
    return box.strength


def _is_same(one: Box, other: Box) -> bool:
    """Say whether two boxes are about the same: the middle of the smaller lies in the larger."""
    small, large = sorted((one, other), key=_area)
    x, y = (small.left + small.right) / 2, (small.top + small.bottom) / 2
    return large.left <= x <= large.right and large.top <= y <= large.bottom


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)


def _surprise(memory: ObjectMemory, box: Box) -> float:
    """Return how rarely things of its group are seen around its foot, in nats."""
    row, column = _region(box)
    around = (slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2))
    near = float(memory.counts[_group(box)][around].sum())
    nats = math.log((memory.looks + _OFTEN_LOOKS) / (_OFTEN_LOOKS * (1 + near)))
    return min(MOST_GAIN, max(0.0, nats))


def _doubt(memory: ObjectMemory) -> float:
    """Return what motion without an object loses: nothing where objects are hardly ever seen."""
    share = memory.named / (memory.movers + _PRIOR_MOVERS)
    return min(MOST_LOSS, -math.log(1 - share))


def _group(box: Box) -> int:
    if box.label == "person":
        return 0
    return 1 if box.label in _VEHICLES else 2 if box.label in _ANIMALS else GROUPS - 1


def _region(box: Box) -> tuple[int, int]:
    """Return where in the grid a thing stands."""
    row, column = int(box.bottom * ROWS), int((box.left + box.right) / 2 * COLUMNS)
    return min(ROWS - 1, row), min(COLUMNS - 1, column)


def _is_at(box: Box, mark: Mark) -> bool:
    across = box.left - _NEAR <= mark.x <= box.right + _NEAR
    return across and box.top - _NEAR <= mark.y <= box.bottom + _NEAR
