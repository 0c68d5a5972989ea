"""Faces to draw, and how capsules, boxes and discs become faces.

Pure. A mesh is a bag of quads with a colour each (linear light), made in metres around the
subject's own feet, looking along +y. Painting is done in paint.py, bodies are built elsewhere.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from scripts.demo.renderer.geometry import Floats, as_floats, turn

Colour = tuple[float, float, float]
Point = tuple[float, float, float]


@attrs.frozen(eq=False)
class Mesh:
    """Quads (n, 4, 3), their outward normals, colours, gloss, glow and depth bias."""

    quads: Floats
    normals: Floats
    colours: Floats
    gloss: Floats
    glow: Floats
    bias: Floats

    def placed(self, x: float, y: float, lift: float, heading: float) -> "Mesh":
        """Turn and move the mesh to its place in the scene."""
        moved = turn(self.quads, heading) + as_floats([x, y, lift])
        return attrs.evolve(self, quads=moved, normals=turn(self.normals, heading))

    def taken(self, places: NDArray[np.int64]) -> "Mesh":
        """Return the mesh of some of the faces."""
        return Mesh(*(getattr(self, name)[places] for name in NAMES))


NAMES = tuple(field.name for field in attrs.fields(Mesh))


def join(meshes: Sequence[Mesh]) -> Mesh:
    """Make one mesh of several."""
    return Mesh(*(np.concatenate([getattr(mesh, name) for mesh in meshes]) for name in NAMES))


def make_mesh(
    quads: Floats,
    inside: Floats,
    colours: Floats,
    gloss: float = 0.0,
    glow: float = 0.0,
    bias: float = 0.0,
) -> Mesh:
    """Make a mesh whose normals point away from the given inside points."""
    normals = np.cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    outward = np.einsum("ij,ij->i", normals, quads.mean(axis=1) - inside)
    normals *= np.where(outward < 0, -1, 1)[:, None]
    count = len(quads)
    flat = (np.full(count, value, dtype=np.float32) for value in (gloss, glow, bias))
    colours = np.broadcast_to(as_floats(colours), (count, 3))
    return Mesh(as_floats(quads), as_floats(normals), colours, *flat)


@attrs.frozen
class Limb:
    """A tapered capsule from one point to another; wide stretches it sideways."""

    start: Point
    end: Point
    radius: float
    end_radius: float
    colour: Colour
    wide: float = 1.0


# Along a capsule: how far past the end it belongs to, in radii, and the ring's share of the radius.
BANDS = (
    (0, -0.98, 0.15),
    (0, -0.6, 0.8),
    (0, 0.0, 1.0),
    (1, 0.0, 1.0),
    (1, 0.6, 0.8),
    (1, 0.98, 0.15),
)


COARSE_BANDS = ((0, -0.75, 0.45), (0, 0.0, 1.0), (1, 0.0, 1.0), (1, 0.75, 0.45))


def capsules(limbs: Sequence[Limb], sides: int = 8, *, is_coarse: bool = False) -> Mesh:
    """Make the faces of many capsules at once."""
    start, end = as_floats([limb.start for limb in limbs]), as_floats([limb.end for limb in limbs])
    radii = as_floats([[limb.radius, limb.end_radius] for limb in limbs])
    axis = end - start
    axis /= np.linalg.norm(axis, axis=1, keepdims=True) + 1e-6
    side = as_floats([1, 0, 0]) - axis[:, :1] * axis
    lost = np.linalg.norm(side, axis=1, keepdims=True) < 0.2
    side = np.where(lost, np.cross(axis, as_floats([0, 0, 1])), side)
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-6
    front = np.cross(axis, side)
    wide = as_floats([limb.wide for limb in limbs])[:, None, None]
    angles = np.arange(sides, dtype=np.float32) * (2 * np.pi / sides)
    around = (
        np.cos(angles)[:, None] * side[:, None] * wide + np.sin(angles)[:, None] * front[:, None]
    )
    rings = []
    bands = COARSE_BANDS if is_coarse else BANDS
    for which, past, share in bands:
        radius = radii[:, which, None]
        centre = (end if which else start) + axis * past * radius
        rings.append(centre[:, None] + around * (share * radius)[:, None])
    stack = np.stack(rings, axis=1)
    nextward = np.roll(stack, -1, axis=2)
    quads = np.stack([stack[:, :-1], nextward[:, :-1], nextward[:, 1:], stack[:, 1:]], axis=3)
    per_limb = (len(bands) - 1) * sides
    inside = as_floats(np.repeat((start + end) / 2, per_limb, axis=0))
    colours = np.repeat(as_floats([limb.colour for limb in limbs]), per_limb, axis=0)
    return make_mesh(quads.reshape(-1, 4, 3), inside, colours)


CORNERS = as_floats([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (0, 1)])
SIDES = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (1, 3, 7, 5), (0, 2, 6, 4))


def box(
    centre: Point,
    size: Point,
    colour: Colour,
    gloss: float = 0.0,
    glow: float = 0.0,
    bias: float = 0.0,
) -> Mesh:
    """Make an upright box that stands on its centre's height."""
    corners = CORNERS * as_floats([size[0] / 2, size[1] / 2, size[2]]) + as_floats(centre)
    middle = as_floats(centre) + as_floats([0, 0, size[2] / 2])
    return make_mesh(corners[np.array(SIDES)], middle, as_floats(colour), gloss, glow, bias)


def disc(
    centre: Point,
    radius: float,
    outward: Point,
    colour: Colour,
    bias: float = 0.0,
    glow: float = 0.0,
) -> Mesh:
    """Make a flat disc of six kites, such as a wheel's side or a lamp."""
    normal = as_floats(outward)
    across = np.cross(normal, as_floats([0.01, 0.02, 1.0]))
    across /= np.linalg.norm(across)
    upward = np.cross(across, normal)
    angles = np.arange(12) * (np.pi / 6)
    rim = as_floats(centre) + radius * as_floats(
        np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * upward
    )
    middle = np.broadcast_to(as_floats(centre), (6, 3))
    even = np.arange(0, 12, 2)
    quads = np.stack([middle, rim[even], rim[even + 1], rim[(even + 2) % 12]], axis=1)
    return make_mesh(quads, middle - normal, as_floats(colour), 0.0, glow, bias)
