"""What surfaces look like: materials that give the colour (linear light) of points in the scene.

Pure. A material is called with world points and normals and gives colours. Structure comes from
three tables of noise, fine, middling and coarse, that repeat far beyond what one picture shows.
"""

from collections.abc import Callable
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from scripts.demo.renderer.geometry import Floats, as_floats
from scripts.demo.renderer.mesh import Colour

Material = Callable[[Floats, Floats], Floats]
SIDE = 512  # of the noise tables, a power of two


@cache
def _noise_table(feature: int) -> Floats:
    """Make noise around zero, of spread one, whose features are about this many cells wide."""
    rng = np.random.default_rng(feature)
    spectrum = np.fft.rfft2(rng.normal(size=(SIDE, SIDE)))
    ups, acrosses = np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None]
    spectrum *= np.exp(-((ups**2 + acrosses**2) * (feature * 2.2) ** 2))
    values = np.fft.irfft2(spectrum, s=(SIDE, SIDE))
    return as_floats(values / values.std())


def noise(a: Floats, b: Floats, size: float, feature: int = 6) -> Floats:
    """Return noise at plane coordinates; size is the width of its features in metres."""
    cell = feature / size
    rows = (a * cell).astype(np.int64) & (SIDE - 1)
    columns = (b * cell).astype(np.int64) & (SIDE - 1)
    return as_floats(_noise_table(feature)[rows, columns])


def plane_of(points: Floats, normals: Floats) -> tuple[Floats, Floats]:
    """Return coordinates within each point's surface: along it and up (or ahead) it."""
    flat = np.abs(normals[:, 2]) > 0.7
    sideways = np.abs(normals[:, 0]) > 0.7
    along = np.where(sideways, points[:, 1], points[:, 0])
    return along, np.where(flat, points[:, 1], points[:, 2])


def _tint(base: Colour, gain: Floats) -> Floats:
    return as_floats(base) * np.clip(gain, 0.05, 3)[:, None]


def plain(colour: Colour, grain: float = 0.04, stains: float = 0.08) -> Material:
    """Make an even surface with a little grain and large soft stains."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        return _tint(colour, 1 + grain * noise(a, b, 0.03, 2) + stains * noise(a, b, 1.8, 40))

    return material


def asphalt(colour: Colour = (0.085, 0.085, 0.088)) -> Material:
    """Make asphalt with stones, worn tracks, patches and cracks."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        gain = (
            1
            + 0.10 * noise(a, b, 0.05, 2)
            + 0.07 * noise(a, b, 0.5, 12)
            + 0.13 * noise(a, b, 3.2, 60)
        )
        gain *= np.where(noise(a + 91, b, 6.0, 60) > 1.35, 0.72, 1.0)
        crack = np.abs(noise(a, b + 37, 2.6, 40) + 0.25 * noise(a, b, 0.3, 12)) < 0.012
        return _tint(colour, np.where(crack, gain * 0.55, gain))

    return material


def paving(
    colour: Colour, width: float, depth: float, joint: float = 0.012, vary: float = 0.1
) -> Material:
    """Make slabs in half bond, each a little different."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        row = np.floor(b / depth)
        shifted = a / width + 0.5 * (row % 2)
        column = np.floor(shifted)
        each = _noise_table(1)[
            row.astype(np.int64) & (SIDE - 1), column.astype(np.int64) & (SIDE - 1)
        ]
        gain = 1 + vary * each + 0.05 * noise(a, b, 0.04, 2) + 0.1 * noise(a, b, 2.2, 40)
        edge = np.minimum((shifted - column) * width, b - row * depth)
        return _tint(colour, np.where(edge < joint, gain * 0.6, gain))

    return material


def brick(colour: Colour = (0.26, 0.10, 0.065)) -> Material:
    """Make brickwork."""
    return paving(colour, 0.24, 0.083, 0.012, 0.16)


def grass(colour: Colour = (0.075, 0.13, 0.035)) -> Material:
    """Make a lawn with worn and dry parts."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        gain = 1 + 0.28 * noise(a, b, 0.06, 2) + 0.2 * noise(a, b, 0.4, 12)
        dry = np.clip(0.35 + 0.35 * noise(a, b, 2.5, 40), 0, 1)[:, None]
        return as_floats(_tint(colour, gain) * (1 - dry) + _tint((0.17, 0.16, 0.06), gain) * dry)

    return material


def panels(colour: Colour, width: float, groove: float = 0.03, shade: float = 0.6) -> Material:
    """Make upright panels such as sheet metal or cladding."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        edge = (a / width - np.floor(a / width)) * width
        streak = 1 + 0.06 * noise(a, b * 0.05, 0.25, 12) + 0.06 * noise(a, b, 2.0, 40)
        return _tint(colour, np.where(edge < groove, streak * shade, streak))

    return material


def shutter(colour: Colour) -> Material:
    """Make a roller door of level slats."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        slat = b / 0.12 - np.floor(b / 0.12)
        return _tint(colour, 0.82 + 0.25 * slat + 0.05 * noise(a, b, 1.0, 40))

    return material


def windows(
    wall: Material, across: float, floor_height: float, share: tuple[float, float] = (0.5, 0.55)
) -> Material:
    """Set rows of windows into a wall: dark glass, a sill, blinds here and there."""

    def material(points: Floats, normals: Floats) -> Floats:
        a, b = plane_of(points, normals)
        column, row = np.floor(a / across), np.floor(b / floor_height)
        u, v = np.abs(a / across - column - 0.5) * 2, np.abs(b / floor_height - row - 0.55) * 2
        each = _noise_table(1)[
            row.astype(np.int64) & (SIDE - 1), column.astype(np.int64) & (SIDE - 1)
        ]
        upright = np.abs(normals[:, 2]) < 0.5
        frame = upright & (u < share[0] + 0.07) & (v < share[1] + 0.06)
        glass = upright & (u < share[0]) & (v < share[1]) & (u > 0.04)
        colours = np.where(frame[:, None], as_floats([0.5, 0.5, 0.48]), wall(points, normals))
        dark = as_floats([0.03, 0.04, 0.05]) * (1.2 + 0.5 * each)[:, None]
        blind = (each > 0.7) & (v * 2 > each)
        inner = np.where(blind[:, None], as_floats([0.32, 0.30, 0.26]), np.clip(dark, 0.01, 1))
        return as_floats(np.where(glass[:, None], inner, colours))

    return material


def leaves(colour: Colour) -> Material:
    """Make foliage: strong mottling at two sizes."""

    def material(points: Floats, _normals: Floats) -> Floats:
        a, b = points[:, 0] + 0.7 * points[:, 1], points[:, 2] + 0.3 * points[:, 1]
        return _tint(colour, 1 + 0.35 * noise(a, b, 0.16, 4) + 0.25 * noise(a, b, 0.6, 12))

    return material


@attrs.frozen
class Mark:
    """Paint on the ground: an upright or turned rectangle around a middle."""

    x: float
    y: float
    width: float
    depth: float
    colour: Colour = (0.55, 0.55, 0.52)
    heading: float = 0.0


def marked(ground: Material, marks: list[Mark], wear: float = 0.35) -> Material:
    """Paint worn marks over a ground."""

    def material(points: Floats, normals: Floats) -> Floats:
        colours = ground(points, normals)
        worn = np.clip(1 - wear + wear * noise(points[:, 0], points[:, 1], 0.12, 4), 0.1, 1)
        for mark in marks:
            inside = within(points, mark)
            part = worn[inside][:, None] * 0.92
            colours[inside] = colours[inside] * (1 - part) + as_floats(mark.colour) * part
        return colours

    return material


def within(points: Floats, mark: Mark) -> NDArray[np.bool_]:
    """Say which points lie on a mark."""
    x, y = points[:, 0] - mark.x, points[:, 1] - mark.y
    if mark.heading:
        sine, cosine = np.sin(mark.heading), np.cos(mark.heading)
        x, y = cosine * x - sine * y, sine * x + cosine * y
    return np.asarray((np.abs(x) < mark.width / 2) & (np.abs(y) < mark.depth / 2))


def zones(ground: Material, parts: list[tuple[Mark, Material]]) -> Material:
    """Lay other materials on parts of a ground."""

    def material(points: Floats, normals: Floats) -> Floats:
        colours = ground(points, normals)
        for mark, inner in parts:
            inside = within(points, mark)
            if inside.any():
                colours[inside] = inner(points[inside], normals[inside])
        return colours

    return material
