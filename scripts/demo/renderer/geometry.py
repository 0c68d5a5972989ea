"""Where things are: the pinhole lens of a camera and small plane geometry.

Pure. World coordinates are metres: x to the right, y ahead, z up; headings are radians clockwise
from +y. Nothing here knows what is drawn.
"""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NEAR = 0.3  # what comes closer than this to the lens is not projected


def as_floats(values: object) -> Floats:
    """Return the values as an array of 32-bit floats."""
    return np.asarray(values, dtype=np.float32)


@attrs.frozen
class Lens:
    """A camera's place and view; yaw 0 looks along +y, a positive pitch looks down."""

    eye: tuple[float, float, float]
    yaw_deg: float
    pitch_deg: float
    fov_deg: float
    width_px: int = 960
    height_px: int = 540

    @property
    def focal_px(self) -> float:
        """Say how many pixels a metre at a distance of one metre covers."""
        return self.width_px / 2 / math.tan(math.radians(self.fov_deg) / 2)

    @property
    def axes(self) -> Floats:
        """Return right, up and forward as the rows of a matrix."""
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        sy, cy, sp, cp = math.sin(yaw), math.cos(yaw), math.sin(pitch), math.cos(pitch)
        return as_floats([[cy, -sy, 0], [sy * sp, cy * sp, cp], [sy * cp, cy * cp, -sp]])

    def project(self, points: Floats) -> Floats:
        """Turn points (..., 3) into columns, rows and depths (..., 3)."""
        seen = (points - as_floats(self.eye)) @ self.axes.T
        depth = np.maximum(seen[..., 2], NEAR)
        column = self.width_px / 2 + self.focal_px * seen[..., 0] / depth
        row = self.height_px / 2 - self.focal_px * seen[..., 1] / depth
        return np.stack([column, row, seen[..., 2]], axis=-1)

    def rays(self, shift: tuple[float, float] = (0.5, 0.5)) -> Floats:
        """Return a direction for every pixel, scaled so that its length along the axis is one."""
        columns = np.arange(self.width_px, dtype=np.float32) + shift[0] - self.width_px / 2
        rows = self.height_px / 2 - shift[1] - np.arange(self.height_px, dtype=np.float32)
        right, up, forward = self.axes
        across = columns[None, :, None] / self.focal_px * right
        return as_floats(across + rows[:, None, None] / self.focal_px * up + forward)


def turn(points: Floats, heading: float) -> Floats:
    """Rotate points (..., 3) made looking along +y so that they look along the heading."""
    sine, cosine = math.sin(heading), math.cos(heading)
    matrix = as_floats([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    return as_floats(points @ matrix)


def round_corners(points: Floats, times: int = 3) -> Floats:
    """Cut the corners of a polyline a few times (Chaikin), keeping its ends."""
    for _ in range(times):
        ahead, behind = points[1:], points[:-1]
        cut = np.stack([0.75 * behind + 0.25 * ahead, 0.25 * behind + 0.75 * ahead], axis=1)
        points = np.concatenate([points[:1], cut.reshape(-1, points.shape[1]), points[-1:]])
    return points


def lengths_along(points: Floats) -> Floats:
    """Return the way walked along a polyline at each of its points."""
    steps = np.hypot(*np.diff(points[:, :2], axis=0).T)
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.float32)


def hull(points: Floats) -> Floats:
    """Return the convex hull of points, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted({(float(x), float(y)) for x, y in points})
    if len(ordered) < 3:
        return as_floats(ordered)
    return as_floats(_chain(ordered)[:-1] + _chain(ordered[::-1])[:-1])


def _chain(ordered: list[tuple[float, float]]) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    for point in ordered:
        while len(kept) > 1 and _bend(kept[-2], kept[-1], point) <= 0:
            kept.pop()
        kept.append(point)
    return kept


def _bend(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
