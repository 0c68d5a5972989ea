"""Bodies of vehicles: a car is lofted over its side profile, the rest is boxes, discs and limbs.

Pure. Origin under the middle, looking along +y.
"""

import itertools
from functools import lru_cache

import attrs
import numpy as np

from scripts.demo.renderer.geometry import Floats, as_floats
from scripts.demo.renderer.mesh import (
    Colour,
    Limb,
    Mesh,
    box,
    capsules,
    disc,
    join,
    make_mesh,
)
from scripts.demo.renderer.trips import Look

PAINTS = (
    (0.55, 0.56, 0.57), (0.70, 0.70, 0.68), (0.03, 0.03, 0.035), (0.10, 0.11, 0.12), (0.25, 0.26,
    0.28),
    (0.35, 0.02, 0.02), (0.02, 0.06, 0.22), (0.05, 0.14, 0.09), (0.32, 0.26, 0.18), (0.62, 0.60,
    0.52),
)  # fmt: skip
GLASS: Colour = (0.015, 0.02, 0.022)
TYRE: Colour = (0.012, 0.012, 0.012)
RIM: Colour = (0.30, 0.30, 0.31)
TRIM: Colour = (0.02, 0.02, 0.02)


@attrs.frozen
class Profile:
    """A car's side view: stations from tail to nose with belt and roof heights, all in metres."""

    stations: tuple[tuple[float, float, float], ...]  # y, belt z, roof z (belt where there is none)
    width: float
    glass: tuple[float, float]  # from which y to which y the sides have windows
    wheels: tuple[float, float]
    radius: float = 0.31


PROFILES = {
    "hatchback": Profile(
        ((-2.0, 0.62, 0.62), (-1.95, 0.88, 0.92), (-1.75, 0.94, 1.25), (-1.35, 0.95, 1.44),
        (-0.5, 0.94, 1.50),
         (0.25, 0.93, 1.44), (0.95, 0.92, 0.98), (1.5, 0.85, 0.85), (1.9, 0.72, 0.72), (2.02,
         0.52, 0.52)),
        1.74, (-1.7, 0.8), (-1.25, 1.28)),
    "saloon": Profile(
        ((-2.3, 0.60, 0.60), (-2.25, 0.90, 0.90), (-1.6, 0.96, 0.98), (-1.0, 0.95, 1.32), (-0.4,
        0.94, 1.44),
         (0.3, 0.93, 1.40), (1.05, 0.92, 0.96), (1.7, 0.84, 0.84), (2.15, 0.70, 0.70), (2.3,
         0.50, 0.50)),
        1.80, (-1.45, 0.9), (-1.4, 1.42), 0.32),
    "estate": Profile(
        ((-2.35, 0.66, 0.66), (-2.3, 0.98, 1.02), (-2.1, 1.05, 1.52), (-1.4, 1.05, 1.68), (-0.4,
        1.04, 1.70),
         (0.35, 1.03, 1.62), (1.0, 1.02, 1.08), (1.7, 0.96, 0.96), (2.15, 0.84, 0.84), (2.3,
         0.55, 0.55)),
        1.86, (-2.05, 0.85), (-1.4, 1.42), 0.36),
    "van": Profile(
        ((-2.75, 0.60, 0.60), (-2.72, 1.10, 2.20), (-2.6, 1.15, 2.36), (-1.0, 1.15, 2.42), (0.9,
        1.15, 2.38),
         (1.35, 1.12, 2.15), (2.0, 1.10, 1.16), (2.45, 0.98, 0.98), (2.7, 0.70, 0.70), (2.75,
         0.5, 0.5)),
        2.0, (0.75, 1.8), (-1.7, 1.75), 0.36),
}  # fmt: skip


def _smooth_stations(profile: Profile, count: int) -> Floats:
    points = as_floats(profile.stations)
    fine = np.linspace(points[0, 0], points[-1, 0], count)
    belts, roofs = (np.interp(fine, points[:, 0], points[:, column]) for column in (1, 2))
    return as_floats(np.column_stack([fine, belts, roofs]))


def _section(y: float, belt: float, roof: float, half: float, nose: float) -> Floats:
    """Return one cross section from the sill round over the roof, right side then left."""
    cabin = roof - belt
    tuck = 1 - 0.10 * nose**4
    shape = [
        (0.90, 0.22), (1.0, 0.36), (1.0, min(0.6, belt - 0.05)), (0.955, belt - 0.01),
        (0.90 - 0.02 * (cabin < 0.1), belt), (0.90 - 0.17 * min(cabin / 0.5, 1),
        roof - 0.14 * cabin),
        (0.55, roof), (0.0, roof + 0.015),
    ]  # fmt: skip
    right = [(part * half * tuck, y, max(z, 0.22)) for part, z in shape]
    return as_floats(right + [(-x, y, z) for x, _, z in right[-2::-1]])


@lru_cache(maxsize=64)
def car(kind: str, paint: Colour, *, is_far: bool = False) -> Mesh:
    """Make a car of one of the profiles."""
    profile = PROFILES[kind]
    half, reach = profile.width / 2, float(profile.stations[-1][0])
    rows = _smooth_stations(profile, 11 if is_far else 25).tolist()
    rings = np.stack([_section(y, belt, roof, half, abs(y) / reach) for y, belt, roof in rows])
    quads = np.stack([rings[:-1, :-1], rings[:-1, 1:], rings[1:, 1:], rings[1:, :-1]], axis=2)
    stations, around = quads.shape[:2]
    colours = np.broadcast_to(as_floats(paint), (stations, around, 3)).copy()
    _glaze(colours, rows, profile)
    colours[:, (0, around - 1)] = TRIM
    flat = quads.reshape(-1, 4, 3)
    inside = flat.mean(axis=1) * as_floats([0.2, 0.85, 0]) + as_floats([0, 0, 0.62])
    parts = [make_mesh(flat, inside, colours.reshape(-1, 3), gloss=0.55)]
    for end in (0, -1):
        ring = np.concatenate([rings[end], rings[end][:1]])
        middle = ring.mean(axis=0)
        fan = np.stack(
            [np.broadcast_to(middle, ring[:-1].shape), ring[:-1], ring[1:], ring[1:]], axis=1
        )
        parts.append(make_mesh(fan, middle * as_floats([1, 0.5, 1]), as_floats(paint), gloss=0.4))
    return join(parts + _fittings(profile))


def _glaze(colours: Floats, rows: list[list[float]], profile: Profile) -> None:
    """Colour the windows: sides between the belt and the roof, and every sloping screen."""
    around = colours.shape[1]
    for place, (here, there) in enumerate(itertools.pairwise(rows)):
        y = (here[0] + there[0]) / 2
        cabin = (here[2] - here[1] + there[2] - there[1]) / 2
        sloping = abs(there[2] - here[2]) / (there[0] - here[0]) > 0.4
        side = profile.glass[0] < y < profile.glass[1] and cabin > 0.2
        pillar = abs((y - profile.glass[0]) % 1.05 - 0.52) < 0.07
        if side and not pillar:
            colours[place, (4, around - 5)] = GLASS
        if sloping and cabin > 0.08 and (y > 0 or profile.width < 1.95):
            colours[place, 5 : around - 5] = GLASS


def _fittings(profile: Profile) -> list[Mesh]:
    """Make wheels, lamps, number plates and mirrors."""
    half, tail, nose = profile.width / 2, profile.stations[0][0], profile.stations[-1][0]
    parts = []
    for y in profile.wheels:
        for sign in (-1, 1):
            x, r = sign * (half + 0.01), profile.radius
            parts += [
                disc((x - sign * 0.02, y, r + 0.02), r + 0.07, (sign, 0, 0), TRIM, bias=0.3),
                disc((x, y, r), r, (sign, 0, 0), TYRE, bias=0.4),
                disc((x + sign * 0.01, y, r), r * 0.62, (sign, 0, 0), RIM, bias=0.5),
                box((x - sign * 0.13, y, 0), (0.2, r * 1.7, r * 1.1), TYRE, bias=-0.3),
            ]
    for sign in (-1, 1):
        parts += [
            box(
                (sign * half * 0.68, nose - 0.06, 0.56),
                (0.34, 0.14, 0.13),
                (0.75, 0.75, 0.72),
                0.6,
                bias=0.2,
            ),
            box(
                (sign * half * 0.76, tail + 0.03, 0.68),
                (0.22, 0.1, 0.2),
                (0.32, 0.01, 0.01),
                0.3,
                bias=0.2,
            ),
            box((sign * (half + 0.07), 0.72, 0.92), (0.16, 0.1, 0.12), TRIM, 0.3, bias=0.1),
        ]
    parts.append(box((0, nose - 0.04, 0.5), (half * 0.9, 0.1, 0.14), TRIM, 0.3, bias=0.2))
    for y in (nose + 0.01, tail - 0.01):
        parts.append(box((0, y, 0.42), (0.5, 0.03, 0.11), (0.6, 0.6, 0.55), bias=0.3))
    return parts


@lru_cache(maxsize=32)
def truck(paint: Colour) -> Mesh:
    """Make a box lorry."""
    body = [
        *(
            box((0, -1.0, z), (2.45, 5.6, high), colour, 0.15)
            for z, high, colour in (
                (1.0, 0.9, (0.62, 0.63, 0.62)),
                (1.9, 0.7, paint),
                (2.6, 0.95, (0.62, 0.63, 0.62)),
            )
        ),
        box((0, 2.75, 0.55), (2.3, 1.7, 1.95), paint, 0.5),
        box((0, 2.82, 1.55), (2.05, 1.6, 0.75), GLASS, 0.6, bias=0.4),
        box((0, -0.5, 0.55), (1.0, 6.4, 0.4), TRIM),
        box((0, 3.6, 0.45), (2.25, 0.1, 0.3), (0.2, 0.2, 0.2), bias=0.2),
    ]
    for y in (-2.9, -1.9, 2.5):
        for sign in (-1, 1):
            body += [
                disc((sign * 1.22, y, 0.48), 0.48, (sign, 0, 0), TYRE, bias=0.3),
                disc((sign * 1.23, y, 0.48), 0.27, (sign, 0, 0), RIM, bias=0.4),
            ]
    return join(body)


@lru_cache(maxsize=1)
def forklift() -> Mesh:
    """Make a forklift with its driver's cage."""
    yellow: Colour = (0.65, 0.36, 0.01)
    posts = [box((x, y, 0.9), (0.08, 0.08, 1.2), TRIM) for x in (-0.45, 0.45) for y in (-0.55, 0.5)]
    rider = capsules([
        Limb((0, -0.1, 0.95), (0, -0.1, 1.4), 0.16, 0.17, (0.75, 0.62, 0.02), 1.3),
        Limb((0, -0.08, 1.62), (0, -0.08, 1.7), 0.1, 0.1, (0.5, 0.3, 0.2)),
    ])  # fmt: skip
    wheels = [
        disc((s * 0.56, y, 0.28), 0.28, (s, 0, 0), TYRE, bias=0.3)
        for s in (-1, 1)
        for y in (-0.8, 0.6)
    ]
    return join([
        box((0, -0.2, 0.25), (1.1, 1.9, 0.65), yellow, 0.3), box((0, -0.95, 0.3), (1.1, 0.5,
        0.85), TRIM),
        box((0, -0.02, 2.1), (1.0, 1.2, 0.06), TRIM), box((-0.3, 1.0, 0.1), (0.12, 0.12, 2.1),
        TRIM),
        box((0.3, 1.0, 0.1), (0.12, 0.12, 2.1), TRIM), rider, *posts, *wheels,
        box((0, 1.7, 0.22), (1.0, 1.1, 0.12), (0.34, 0.24, 0.13)), box((0, 1.7, 0.34), (0.95,
        1.05, 0.8), (0.40, 0.30, 0.18)),
    ])  # fmt: skip


def paint_of(look: Look) -> Colour:
    """Pick the paint of a vehicle from its look's seed."""
    return PAINTS[look.seed % len(PAINTS)]
