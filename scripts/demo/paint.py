"""Painting meshes onto a picture: shading per face, far faces first, shadows on the ground.

Every subject is drawn afresh into a small crop at twice the size and reduced, which is what smooths
its edges; a few hundred Pillow polygons cost less than keeping sprites for every view would. The
crop is premultiplied: its colours are black where its mask is empty.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.demo.geometry import NEAR, Floats, Lens, as_floats, hull
from scripts.demo.mesh import Mesh

SUPER = 2  # crops are drawn this much larger and reduced
MARGIN_PX = 2
Bytes = NDArray[np.uint8]


@attrs.frozen
class Light:
    """What falls on a subject: linear colours of the sky, of the sun and of the strongest lamp."""

    sky: tuple[float, float, float]
    sun: tuple[float, float, float]
    toward_sun: tuple[float, float, float]
    gloss: float = 1.0
    grey: bool = False


@attrs.frozen(eq=False)
class Crop:
    """A small premultiplied picture with its mask (0 to 255) and its place."""

    left: int
    top: int
    colour: Bytes
    mask: Bytes
    depth: float


def tone(light: Floats) -> Floats:
    """Turn linear light into what a camera gives, 16 to 245: a gamma of two, soft highlights."""
    bounded = np.maximum(light, 0)
    curve = np.sqrt(bounded * (1 + 0.12 * bounded) / (0.55 + bounded) * 0.98)
    return as_floats(np.minimum(14 + 231 * curve, 250))


def shade(mesh: Mesh, eye: Floats, light: Light) -> Floats:
    """Give every face its linear colour."""
    normals = mesh.normals
    sky = (0.62 + 0.38 * normals[:, 2:3]) * as_floats(light.sky)
    facing = np.clip(normals @ as_floats(light.toward_sun), 0, 1)[:, None]
    lit = mesh.colours * (sky + facing * as_floats(light.sun))
    if mesh.gloss.any():
        away = mesh.quads.mean(axis=1) - eye
        away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-6
        along = np.einsum("ij,ij->i", away, normals)[:, None]
        mirrored = away - 2 * along * normals
        edge = 0.06 + 0.5 * (1 + along) ** 3
        open_sky = np.clip(mirrored[:, 2:3] * 2.2 + 0.25, 0.05, 1)
        glint = np.clip(mirrored @ as_floats(light.toward_sun), 0, 1)[:, None] ** 40
        shine = open_sky * as_floats(light.sky) * edge + 2 * glint * as_floats(light.sun)
        lit = lit + shine * mesh.gloss[:, None] * light.gloss
    lit = lit + mesh.glow[:, None] * mesh.colours
    return as_floats(lit.mean(axis=1, keepdims=True) * as_floats([1, 1, 1])) if light.grey else lit


def paint(mesh: Mesh, lens: Lens, light: Light) -> Crop | None:
    """Paint a mesh as the lens sees it; none where nothing of it is in the picture."""
    seen = lens.project(mesh.quads)
    eye = as_floats(lens.eye)
    toward = np.einsum("ij,ij->i", mesh.quads[:, 0] - eye, mesh.normals) < 0
    keep = toward & (seen[..., 2] > NEAR).all(axis=1)
    if not keep.any():
        return None
    faces = seen[keep]
    frame = _frame_of(faces, lens)
    if frame is None:
        return None
    left, top, width, height = frame
    colours = tone(shade(_subset(mesh, keep), eye, light)).astype(np.uint8)
    order = np.argsort(-(faces[..., 2].mean(axis=1) - mesh.bias[keep]))
    corners = ((faces[..., :2] - as_floats([left, top])) * SUPER)[order].reshape(len(order), 8).tolist()
    picture = Image.new("RGBA", (width * SUPER, height * SUPER))
    draw = ImageDraw.Draw(picture)
    for corner, colour in zip(corners, colours[order].tolist(), strict=True):
        draw.polygon(corner, fill=(*colour, 255))
    small = np.asarray(picture.reduce(SUPER))
    return Crop(left, top, small[..., :3], small[..., 3], float(np.median(faces[..., 2])))


def _subset(mesh: Mesh, keep: NDArray[np.bool_]) -> Mesh:
    return Mesh(*(getattr(mesh, field.name)[keep] for field in attrs.fields(Mesh)))


def _frame_of(points: Floats, lens: Lens) -> tuple[int, int, int, int] | None:
    left, top = (np.floor(points[..., :2].min(axis=(0, 1))) - MARGIN_PX).astype(int)
    right, bottom = (np.ceil(points[..., :2].max(axis=(0, 1))) + MARGIN_PX).astype(int)
    left, top = max(int(left), 0), max(int(top), 0)
    right, bottom = min(int(right), lens.width_px), min(int(bottom), lens.height_px)
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def shadow(mesh: Mesh, lens: Lens, toward_light: Floats, ground: float = 0.0) -> Crop | None:
    """Give the mask of a mesh's shadow on the ground, softened with its distance."""
    quads = mesh.quads[mesh.normals @ toward_light > 0]
    height = np.maximum(quads[..., 2:3] - ground, 0)
    flat = quads - toward_light * (height / max(float(toward_light[2]), 0.15))
    seen = lens.project(as_floats(flat))
    seen = seen[(seen[..., 2] > NEAR).all(axis=1)]
    frame = _frame_of(seen, lens) if len(seen) else None
    if frame is None:
        return None
    left, top, width, height_px = frame
    picture = Image.new("L", (width, height_px))
    draw = ImageDraw.Draw(picture)
    for corner in (seen[..., :2] - as_floats([left, top])).reshape(len(seen), 8).tolist():
        draw.polygon(corner, fill=255)
    mask = np.asarray(picture.filter(ImageFilter.BoxBlur(1)))
    return Crop(left, top, np.empty((0, 0, 3), np.uint8), mask, float(seen[..., 2].mean()))


def contact(mesh: Mesh, lens: Lens) -> Crop | None:
    """Give the mask of the dim patch that a subject makes on the ground under any light."""
    low = mesh.quads[..., 2].min()
    near = mesh.quads[mesh.quads[:, 0, 2] < low + 0.35, 0]
    outline = hull(near[:, :2])
    if len(outline) < 3:
        return None
    middle = outline.mean(axis=0)
    rim = np.column_stack([middle + (outline - middle) * 1.25, np.full(len(outline), max(low, 0.0))])
    seen = lens.project(as_floats(rim))
    frame = _frame_of(seen[None], lens) if (seen[:, 2] > NEAR).all() else None
    if frame is None:
        return None
    left, top, width, height = frame
    picture = Image.new("L", (width, height))
    points: Any = [tuple(p) for p in (seen[:, :2] - as_floats([left, top])).tolist()]
    ImageDraw.Draw(picture).polygon(points, fill=255)
    blur = ImageFilter.BoxBlur(max(width / 16, 1))
    return Crop(left, top, np.empty((0, 0, 3), np.uint8), np.asarray(picture.filter(blur)), float(seen[:, 2].mean()))
