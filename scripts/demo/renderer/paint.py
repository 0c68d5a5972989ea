"""Painting meshes onto a picture: shading per face, far faces first, shadows on the ground.

Every subject is drawn afresh into a small crop at twice the size and reduced, which is what smooths
its edges; a few hundred Pillow polygons cost less than keeping sprites for every view would. What
numpy does is done for all subjects of a frame at once, as its calls cost more than their work.
"""

import itertools
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.demo.renderer.geometry import NEAR, Floats, Lens, as_floats
from scripts.demo.renderer.mesh import Mesh, join

SUPER = 2  # crops are drawn this much larger and reduced
MARGIN_PX = 2
Bytes = NDArray[np.uint8]
Colour = tuple[float, float, float]


@attrs.frozen
class Light:
    """What falls on a subject: linear colours of the sky and of the strongest direct light."""

    sky: Colour
    direct: Colour
    toward: tuple[float, float, float]


@attrs.frozen(eq=False)
class Crop:
    """A small picture with its mask (0 to 255) and its place."""

    left: int
    top: int
    colour: Bytes
    mask: Bytes
    depth: float


def tone(light: Floats) -> Bytes:
    """Turn linear light into what a camera gives, 14 to 250: a gamma of two, soft highlights.

    The light is used up as working space.
    """
    np.maximum(light, 0, out=light)
    under = light / (light + np.float32(0.55))
    np.multiply(light, 0.12 * 0.98, out=light)
    np.add(light, 0.98, out=light)
    np.multiply(light, under, out=light)
    np.sqrt(light, out=light)
    np.multiply(light, 231, out=light)
    np.minimum(light, 236, out=light)
    np.add(light, 14, out=light)
    return light.astype(np.uint8)


def shade(mesh: Mesh, away: Floats, sky: Floats, direct: Floats, toward: Floats) -> Floats:
    """Return the linear colour of each face; away points from the eye, lights are per face."""
    normals = mesh.normals
    facing = np.maximum((normals * toward).sum(axis=1), 0)[:, None]
    lit = mesh.colours * ((0.62 + 0.38 * normals[:, 2:3]) * sky + facing * direct)
    shiny = np.flatnonzero(mesh.gloss > 0)
    if len(shiny):
        way, normal = away[shiny], normals[shiny]
        way = way / (np.linalg.norm(way, axis=1, keepdims=True) + 1e-6)
        along = (way * normal).sum(axis=1)[:, None]
        mirrored = way - 2 * along * normal
        edge = 0.06 + 0.5 * (1 + along) ** 3
        open_sky = np.clip(mirrored[:, 2:3] * 2.2 + 0.25, 0.05, 1)
        glint = np.clip((mirrored * toward[shiny]).sum(axis=1), 0, 1)[:, None] ** 40
        lit[shiny] += (open_sky * sky[shiny] * edge + 2 * glint * direct[shiny]) * mesh.gloss[
            shiny, None
        ]
    return as_floats(lit + mesh.glow[:, None] * mesh.colours)


def paint(
    meshes: Sequence[Mesh], lights: Sequence[Light], lens: Lens, *, is_grey: bool = False
) -> list[Crop | None]:
    """Paint meshes as the lens sees them; none for one that is not in the picture."""
    if not meshes:
        return []
    owners = np.repeat(np.arange(len(meshes)), [len(mesh.quads) for mesh in meshes])
    whole = join(meshes)
    away = whole.quads[:, 0] - as_floats(lens.eye)
    keep = np.flatnonzero((away * whole.normals).sum(axis=1) < 0)
    whole, away, owners = whole.taken(keep), away[keep], owners[keep]
    seen = lens.project(whole.quads)
    sky, direct, toward = (
        as_floats([getattr(light, part) for light in lights])[owners]
        for part in ("sky", "direct", "toward")
    )
    lit = shade(whole, away, sky, direct, toward)
    if is_grey:
        lit = np.repeat(lit.mean(axis=1, keepdims=True), 3, axis=1)
    colours = tone(lit)
    order = np.argsort(whole.bias - seen[..., 2].mean(axis=1), kind="stable")
    order = order[np.argsort(owners[order], kind="stable")]
    ends = np.searchsorted(owners[order], np.arange(len(meshes) + 1))
    return [
        _drawn(seen[order[a:b]], colours[order[a:b]], lens) for a, b in itertools.pairwise(ends)
    ]


def _drawn(faces: Floats, colours: Bytes, lens: Lens) -> Crop | None:
    """Draw one subject's faces, in order, into a crop."""
    if not len(faces) or (faces[..., 2] < NEAR).any():
        return None
    frame = _frame_of(faces, lens)
    if frame is None:
        return None
    left, top, width, height = frame
    corners = ((faces[..., :2] - as_floats([left, top])) * SUPER).reshape(len(faces), 8).tolist()
    picture = Image.new("RGBA", (width * SUPER, height * SUPER))
    draw = ImageDraw.Draw(picture)
    for corner, (red, green, blue) in zip(corners, colours.tolist(), strict=True):
        draw.polygon(corner, fill=(red, green, blue, 255))
    small = np.asarray(picture.reduce(SUPER))
    return Crop(left, top, small[..., :3], small[..., 3], float(faces[..., 2].mean()))


def _frame_of(points: Floats, lens: Lens) -> tuple[int, int, int, int] | None:
    low, high = points[..., :2].min(axis=(0, 1)).tolist(), points[..., :2].max(axis=(0, 1)).tolist()
    left, top = max(int(low[0]) - MARGIN_PX, 0), max(int(low[1]) - MARGIN_PX, 0)
    right = min(int(high[0]) + MARGIN_PX + 1, lens.width_px)
    bottom = min(int(high[1]) + MARGIN_PX + 1, lens.height_px)
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def shadow(mesh: Mesh, lens: Lens, toward: Floats) -> Crop | None:
    """Return the mask of a mesh's shadow on level ground, its edge a little soft."""
    quads = mesh.quads[mesh.normals @ toward > 0]
    flat = quads - toward * (np.maximum(quads[..., 2:3], 0) / max(float(toward[2]), 0.15))
    return _mask_of(lens.project(as_floats(flat)), lens, 1)


def contact(outline: Floats, lens: Lens) -> Crop | None:
    """Return the mask of the dim patch that a subject makes on the ground under any light."""
    seen = lens.project(outline)[None]
    width = float(seen[..., 0].max() - seen[..., 0].min())
    return _mask_of(seen, lens, max(width / 14, 1))


def beam(front: Floats, ahead: Floats, lens: Lens) -> Crop | None:
    """Return the mask of the light that headlamps throw on the ground before a vehicle."""
    side = as_floats([ahead[1], -ahead[0], 0])
    corners = [front - side * 0.7, front + side * 0.7, front + ahead * 14 + side * 3.2]
    rim = as_floats([*corners, front + ahead * 14 - side * 3.2])
    seen = lens.project(rim)[None]
    reach = float(np.ptp(seen[..., 1])) + float(np.ptp(seen[..., 0]))
    return _mask_of(seen, lens, max(min(reach / 12, 12.0), 1.0))


def _mask_of(polygons: Floats, lens: Lens, blur_px: float) -> Crop | None:
    """Draw polygons of any number of corners as one soft mask."""
    if not len(polygons) or (polygons[..., 2] < NEAR).any():
        return None
    frame = _frame_of(polygons, lens)
    if frame is None:
        return None
    left, top, width, height = frame
    picture = Image.new("L", (width, height))
    draw = ImageDraw.Draw(picture)
    corners = polygons[..., :2] - as_floats([left, top])
    for corner in corners.reshape(len(polygons), -1).tolist():
        draw.polygon(corner, fill=255)
    mask = np.asarray(picture.filter(ImageFilter.BoxBlur(blur_px)))
    return Crop(left, top, np.empty((0, 0, 3), np.uint8), mask, float(polygons[..., 2].mean()))
