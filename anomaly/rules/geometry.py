"""Points, boxes and lines, one at a time.  Pure.

Plain numbers and no arrays: a picture has a handful of things, and what an array costs by itself
is more than what there is to be computed.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from conf.schema import Point

Corners = tuple[float, float, float, float]  # left, top, right, bottom


def contains(corners: Sequence[Point], point: Point) -> bool:
    """Say whether a point lies in a polygon (even-odd rule)."""
    x, y = point
    inside = False
    x1, y1 = corners[-1]
    for x0, y0 in corners:
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
        x1, y1 = x0, y0
    return inside


def overlap(one: Corners, other: Corners) -> float:
    """Return the share of the smaller of two boxes that the other one covers."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / max(1e-9, min(area(one), area(other)))


def area(box: Corners) -> float:
    """Return what a box covers."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def distance(point: Point, line: Sequence[Point]) -> float:
    """Return how far a point is from a line of several points."""
    return min(_to_segment(point, start, end) for start, end in pairwise(line))


def _to_segment(point: Point, start: Point, end: Point) -> float:
    along = end[0] - start[0], end[1] - start[1]
    squared = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]) / squared
    share = min(1.0, max(0.0, share))
    return math.dist(point, (start[0] + share * along[0], start[1] + share * along[1]))


def crossings(before: Point, now: Point, line: Sequence[Point]) -> int:
    """Say how often a straight path crosses a line from its left to its right, less the other way.

    Left and right are those of somebody who looks from the line's first point to its last, on a
    picture whose lower edge is down.
    """
    return sum(_crosses(before, now, start, end) for start, end in pairwise(line))


def _crosses(before: Point, now: Point, start: Point, end: Point) -> int:
    """Return 1 from left to right, -1 the other way, 0 where the path misses the segment."""
    was, side = _side(before, start, end), _side(now, start, end)
    if (was > 0) == (side > 0):
        return 0
    if (_side(start, before, now) > 0) == (_side(end, before, now) > 0):
        return 0
    return 1 if side > 0 else -1


def _side(point: Point, start: Point, end: Point) -> float:
    """Return where a point is: to the right of a line (positive) or to its left (negative)."""
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
