"""Lighting an empty place once: rays from the lens meet solids, each light gets a layer of its own.

A picture of the place under any light is then a weighted sum of layers (see compose.py), which is
what makes slowly changing daylight and switching lamps cheap. One pass sends one ray a pixel; the
mean of several passes, each with the rays and the sun shifted a little, smooths edges and shadows.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from scripts.demo.renderer.geometry import NEAR, Floats, Lens, as_floats
from scripts.demo.renderer.mesh import Colour, Point
from scripts.demo.renderer.solids import FAR, Ball, Bools, Box, Solid
from scripts.demo.renderer.textures import noise

SHIFTS = ((0.38, 0.13), (0.88, 0.38), (0.13, 0.63), (0.63, 0.88))  # a rotated grid
THIN_M = 0.3  # rails and frames keep no noticeable part of the sky away
SUN_SPREAD = 0.012  # how far a pass shifts the sun: soft edges of shadows


@attrs.frozen
class Lamp:
    """A lamp that shines downward (or all round), in a group that is switched together."""

    place: Point
    colour: Colour
    group: int = 0
    down: float = 1.0  # 1: a hemisphere below it, 0: all round
    reach: float = 1.0


@attrs.frozen(eq=False)
class Place:
    """The empty scene as it is built."""

    solids: Sequence[Solid]
    toward_sun: Point
    sun: Colour
    sky: Colour
    horizon: Colour = (0.8, 0.85, 0.9)
    zenith: Colour = (0.35, 0.5, 0.75)
    cloudy: float = 0.4
    lamps: tuple[Lamp, ...] = ()
    has_sky: bool = True


@attrs.frozen(eq=False)
class Layers:
    """One place as seen: light of the sky, of the sun, of each group of lamps, and depth."""

    sky: Floats
    sun: Floats
    lamps: tuple[Floats, ...]
    depth: Floats
    is_sunlit: Bools


def trace(place: Place, lens: Lens, number: int) -> Layers:
    """Trace one pass."""
    rays = lens.rays(SHIFTS[number % len(SHIFTS)])
    depth, which = _meet_all(place, lens, rays)
    height, width = depth.shape
    sky = np.zeros((height * width, 3), np.float32)
    groups = 1 + max((lamp.group for lamp in place.lamps), default=-1)
    sun, lamps = np.zeros_like(sky), [np.zeros_like(sky) for _ in range(groups)]
    lit = np.zeros(height * width, dtype=bool)
    flat_rays, flat_depth, flat_which = rays.reshape(-1, 3), depth.ravel(), which.ravel()
    jitter = as_floats(
        [SHIFTS[number % len(SHIFTS)][0] - 0.5, SHIFTS[number % len(SHIFTS)][1] - 0.5, 0]
    )
    toward_sun = as_floats(place.toward_sun) + jitter * SUN_SPREAD * 2
    toward_sun /= np.linalg.norm(toward_sun)
    for index, solid in enumerate(place.solids):
        mine = np.flatnonzero(flat_which == index)
        if not len(mine):
            continue
        points = as_floats(as_floats(lens.eye) + flat_rays[mine] * flat_depth[mine, None])
        normals = solid.normals_at(points)
        colours = solid.material(points, normals)
        sky[mine] = (
            colours
            * (_openness(place.solids, points, normals, solid) * (0.6 + 0.4 * normals[:, 2]))[
                :, None
            ]
            * as_floats(place.sky)
        )
        facing = np.clip(normals @ toward_sun, 0, 1)
        if max(place.sun) > 0:
            bright = np.flatnonzero(facing > 0)
            clear = ~_is_hidden(
                place.solids, points[bright] + normals[bright] * 0.02, toward_sun, solid
            )
            bright = bright[clear]
            lit[mine[bright]] = True
            sun[mine[bright]] = colours[bright] * facing[bright, None] * as_floats(place.sun)
        for lamp in place.lamps:
            lamps[lamp.group][mine] += colours * lamp_light(lamp, points, normals)
    if place.has_sky:
        empty = np.flatnonzero(flat_which < 0)
        sky[empty] = _sky_colour(place, flat_rays[empty])
    shape = (height, width, 3)
    return Layers(
        sky.reshape(shape), sun.reshape(shape), tuple(layer.reshape(shape) for layer in lamps),
        depth, lit.reshape(height, width),
    )  # fmt: skip


def _meet_all(place: Place, lens: Lens, rays: Floats) -> tuple[Floats, NDArray[np.int32]]:
    depth = np.full(rays.shape[:2], FAR, np.float32)
    which = np.full(rays.shape[:2], -1, np.int32)
    for index, solid in enumerate(place.solids):
        rows, columns = _window_of(solid, lens)
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        way = solid.meet(as_floats(lens.eye), rays[rows, columns])
        closer = way < depth[rows, columns]
        depth[rows, columns][closer] = way[closer]
        which[rows, columns][closer] = index
    return depth, which


def _window_of(solid: Solid, lens: Lens) -> tuple[slice, slice]:
    """Return the part of the picture that a solid can be in."""
    seen = lens.project(solid.corners())
    if (seen[:, 2] < NEAR).all():
        return slice(0, 0), slice(0, 0)
    if (seen[:, 2] < NEAR).any():
        return slice(0, lens.height_px), slice(0, lens.width_px)
    low, high = np.floor(seen[:, :2].min(axis=0)) - 1, np.ceil(seen[:, :2].max(axis=0)) + 1
    left, top = np.clip(low, 0, [lens.width_px, lens.height_px]).astype(int).tolist()
    right, bottom = np.clip(high, 0, [lens.width_px, lens.height_px]).astype(int).tolist()
    return slice(top, bottom), slice(left, right)


def _is_hidden(solids: Sequence[Solid], points: Floats, toward: Floats, itself: Solid) -> Bools:
    """Say which points something stands before, seen from the sun.

    Looking along the light every solid is a small window; points sorted across it make the search
    for those in the window cheap, and only they are asked for.
    """
    hidden = np.zeros(len(points), dtype=bool)
    if not len(points):
        return hidden
    plane = _across(toward)
    flat = points @ plane
    order = np.argsort(flat[:, 0])
    first, second = flat[order, 0], flat[order, 1]
    for solid in solids:
        if not solid.casts or (solid is itself and not isinstance(solid, Ball)):
            continue
        window = solid.corners() @ plane
        (left, bottom), (right, top) = window.min(axis=0), window.max(axis=0)
        part = slice(*np.searchsorted(first, [left, right]).tolist())
        near = order[part][(second[part] > bottom) & (second[part] < top)]
        near = near[~hidden[near]]
        if len(near):
            hidden[near] = solid.meet(points[near], np.broadcast_to(toward, (len(near), 3))) < FAR
    return hidden


def _across(toward: Floats) -> Floats:
    """Return two directions across the light, as columns."""
    side = np.cross(toward, as_floats([0.1, 0.2, 1.0]))
    side /= np.linalg.norm(side)
    return as_floats(np.column_stack([side, np.cross(side, toward)]))


def _openness(solids: Sequence[Solid], points: Floats, normals: Floats, itself: Solid) -> Floats:
    """Dim what lies close to a box's foot, as corners get less of the sky."""
    openness = np.ones(len(points), np.float32)
    upright = np.abs(normals[:, 2]) < 0.5
    openness[upright] *= 1 - 0.35 * np.exp(-np.maximum(points[upright, 2], 0) / 0.5)
    for solid in solids:
        if not isinstance(solid, Box) or solid is itself or solid.high[2] < 0.15:
            continue
        low, high = as_floats(solid.low), as_floats(solid.high)
        if float(np.sort(high - low)[1]) < THIN_M:
            continue
        size = float(min((high - low).max(), high[2]))
        reach = max(min(size * 0.45, 1.6), 0.1)
        close = _within(points, low - 4 * reach, high + 4 * reach)
        gap = np.maximum(np.maximum(low - points[close], points[close] - high), 0)
        openness[close] *= 1 - 0.5 * np.exp(-np.sqrt((gap**2).sum(axis=1)) / reach)
    return openness


def _within(points: Floats, low: Floats, high: Floats) -> NDArray[np.int64]:
    """Return which points lie in a box, looking at one axis after the other."""
    close = np.flatnonzero((points[:, 1] > low[1]) & (points[:, 1] < high[1]))
    for axis in (0, 2):
        values = points[close, axis]
        close = close[(values > low[axis]) & (values < high[axis])]
    return close


def lamp_light(lamp: Lamp, points: Floats, normals: Floats) -> Floats:
    """Return the light of a lamp on surfaces."""
    away = as_floats(lamp.place) - points
    square = (away**2).sum(axis=1) + 0.3
    way = away / np.sqrt(square)[:, None]
    facing = np.clip(np.einsum("ij,ij->i", way, normals) * 0.9 + 0.1, 0, 1)
    beam = (1 - lamp.down) + lamp.down * np.clip(way[:, 2], 0, 1) ** 0.7
    strength = facing * beam * lamp.reach**2 / square
    return as_floats(strength[:, None] * as_floats(lamp.colour))


def _sky_colour(place: Place, rays: Floats) -> Floats:
    up = np.clip(rays[:, 2] / np.linalg.norm(rays, axis=1), 0, 1)
    blend = (up**0.5)[:, None]
    clear = as_floats(place.horizon) * (1 - blend) + as_floats(place.zenith) * blend
    a, b = rays[:, 0] / (up + 0.12), rays[:, 1] / (up + 0.12)
    cloud = np.clip(0.5 * noise(a, b, 1.6, 60) + 0.3 * noise(a, b, 0.5, 40) + place.cloudy, 0, 1)
    return as_floats(
        clear * (1 - 0.6 * cloud[:, None])
        + as_floats([0.9, 0.9, 0.92]) * max(place.horizon) * 0.6 * cloud[:, None]
    )
