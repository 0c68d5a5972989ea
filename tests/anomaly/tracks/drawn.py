"""Drawn people with known places: what the network's maps of them would be, or their blobs."""

from collections.abc import Sequence

import attrs
import numpy as np

from anomaly.appearance import LOOKS
from anomaly.tracks import THING_NAMES, Blobs, Cells, Named
from anomaly.types import Floats

ROWS, COLUMNS = 30, 45
CELL_PX = 4
THINGS = len(THING_NAMES)


@attrs.frozen
class Person:
    """Walks straight on from where it is at the start."""

    x: float
    foot: float
    vx: float = 0.0  # pixels a second
    vy: float = 0.0
    height: float = 20.0
    width: float = 8.0

    def box(self, at_s: float) -> tuple[float, float, float, float]:
        """Give centre, foot, head and width at a time."""
        return (self.x + self.vx * at_s, self.foot + self.vy * at_s,
                self.foot + self.vy * at_s - self.height, self.width)  # fmt: skip


def blobs_of(boxes: Sequence[Sequence[float]], velocities: Sequence[Sequence[float]] = ()) -> Blobs:
    """Make blobs of boxes (centre, foot, head, width), as found without fault."""
    box = np.array(boxes, np.float32).reshape(-1, 4)
    count = len(box)
    motion = np.array(velocities).reshape(-1, 2) if velocities else np.zeros((count, 2))
    doubt = np.full(count, 0 if velocities else 1e6, np.float32)
    cells = np.maximum(1, (box[:, 1] - box[:, 2]) * box[:, 3] / CELL_PX**2)
    return Blobs(
        box, motion.astype(np.float32), doubt, np.ones(count, np.float32),
        np.full((count, THINGS), 1 / THINGS, np.float32), cells.astype(np.float32),
        np.zeros((count, LOOKS), np.float32),
    )  # fmt: skip


def picture_of(people: Sequence[Person], at_s: float) -> Blobs:
    """Make blobs of people at a time, with the velocities that the network would tell."""
    return blobs_of([one.box(at_s) for one in people], [(one.vx, one.vy) for one in people])


def named_of(people: Sequence[Person], at_s: float) -> Named:
    """Make people of known identities at a time, numbered from 1."""
    boxes = np.array([one.box(at_s) for one in people], np.float32).reshape(-1, 4)
    return Named(np.arange(1, len(boxes) + 1), boxes)


def maps_of(people: Sequence[Person], at_s: float) -> tuple[Cells, Floats]:
    """Draw people into the maps of a picture, and into its difference from the background."""
    occupied, u, v = (np.zeros((ROWS, COLUMNS), np.float32) for _ in range(3))
    difference = np.zeros((ROWS * CELL_PX, COLUMNS * CELL_PX), np.float32)
    for one in people:
        x, foot, head, width = one.box(at_s)
        rows = slice(round(head), round(foot))
        difference[rows, round(x - width / 2) : round(x + width / 2)] = 40
        touched = np.zeros_like(difference)
        touched[rows, round(x - width / 2) : round(x + width / 2)] = 1
        cells = touched.reshape(ROWS, CELL_PX, COLUMNS, CELL_PX).mean((1, 3)) >= 0.5
        occupied[cells], u[cells], v[cells] = 1, one.vx, one.vy
    kinds = np.full((THINGS, ROWS, COLUMNS), 1 / THINGS, np.float32)
    return Cells(occupied, u, v, np.zeros_like(u), kinds), difference
