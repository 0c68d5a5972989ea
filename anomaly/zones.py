"""Masks and zones of a camera as geometry: polygons to ignore, or to weigh by hour.  Pure.

Corners are fractions of the picture (0..1), so that a camera that changes its size keeps its zones.
Zones become one weight a cell; where several zones meet, the lowest weight below one wins (to
ignore is stronger than to stress), otherwise the highest.
"""

import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats
from conf.schema import Point, Zone

_SAMPLES = 4  # a cell's weight is the mean over this many points a side


def is_active(zone: Zone, hour: float) -> bool:
    """Say whether a zone counts at this hour; hours may run over midnight."""
    start, end = zone.hours
    return start <= hour < end if start <= end else hour >= start or hour < end


def weigh_cells(zones: tuple[Zone, ...], hour: float, shape: tuple[int, int]) -> Floats:
    """Return the weight of every cell at an hour of the day."""
    raised, lowered = np.ones(shape, np.float32), np.ones(shape, np.float32)
    for zone in zones:
        if is_active(zone, hour):
            cover = cover_cells(zone.corners, shape)
            weights = 1 + (zone.weight - 1) * cover
            target = lowered if zone.weight < 1 else raised
            (np.minimum if zone.weight < 1 else np.maximum)(target, weights, out=target)
    return np.where(lowered < 1, lowered, raised)


def hold_cells(zones: tuple[Zone, ...], hour: float, shape: tuple[int, int]) -> Floats:
    """Return how long, in seconds, something must last in every cell before it counts."""
    hold = np.zeros(shape, np.float32)
    for zone in zones:
        if is_active(zone, hour) and zone.minimum_s > 0:
            inside = cover_cells(zone.corners, shape) >= 0.5
            hold[inside] = np.maximum(hold[inside], zone.minimum_s)
    return hold


def cover_cells(corners: tuple[Point, ...], shape: tuple[int, int]) -> Floats:
    """Return the share of every cell that lies inside a polygon (even-odd rule)."""
    rows, columns = shape
    y = (np.arange(rows * _SAMPLES) + 0.5)[:, None] / (rows * _SAMPLES)
    x = (np.arange(columns * _SAMPLES) + 0.5)[None, :] / (columns * _SAMPLES)
    inside = np.broadcast_to(_is_inside(corners, x, y), (y.size, x.size))
    cells = inside.reshape(rows, _SAMPLES, columns, _SAMPLES)
    return np.asarray(cells.mean((1, 3)), np.float32)


def _is_inside(
    corners: tuple[Point, ...], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.zeros(np.broadcast_shapes(x.shape, y.shape), bool)
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if y0 != y1:
            crosses = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
            inside = inside ^ crosses
    return inside
