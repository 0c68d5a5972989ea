"""Actors put onto a ground, with their shadows, as a lens sees them from somewhere above."""

import math
from collections.abc import Sequence

import attrs
import numpy as np

from scripts.appearance.ground import SIDE_PX
from scripts.appearance.staging import Actor
from scripts.demo.renderer.bodies.actors import footprint_of, mesh_of
from scripts.demo.renderer.geometry import Floats, Lens, as_floats
from scripts.demo.renderer.paint import Crop, Light, contact, paint, shadow

CONTACT_SHADE = 0.38
SMALLEST_PX_PER_M, LARGEST_PX_PER_M = 4.5, 46.0
"""People of 8 to 80 pixels."""
_HALF_WIDTH_PX = 240.0  # of the larger picture that a camera's is reduced to


@attrs.frozen
class View:
    """A lens, the light, and how many pixels a metre has at the origin."""

    lens: Lens
    light: Light
    px_per_m: float


@attrs.frozen(eq=False)
class Painted:
    """A picture, and how much of every pixel bodies and shadows cover."""

    levels: Floats
    bodies: Floats
    shadows: Floats


def draw_view(span_m: float, rng: np.random.Generator, near_share: float) -> View:
    """Draw a view in which what takes up so many metres fits, but for some that are too near."""
    low, high = math.log(SMALLEST_PX_PER_M), math.log(LARGEST_PX_PER_M)
    px_per_m = math.exp(float(rng.uniform(low, high)))
    is_near = bool(rng.random() < near_share)
    most_px = 130.0 if is_near else 85.0
    if span_m * px_per_m > most_px:
        px_per_m = float(rng.uniform(0.6 if is_near else 0.3, 1)) * most_px / span_m
    view_deg = float(rng.uniform(40, 95))
    focal_px = _HALF_WIDTH_PX / math.tan(math.radians(view_deg) / 2)
    distance, pitch = focal_px / px_per_m, math.radians(float(rng.uniform(3, 55)))
    height = distance * math.sin(pitch)
    if not 0.6 < height < 20:
        height = min(max(height, 0.9), 20.0)
        pitch = math.asin(min(height / distance, 0.95))
    eye = (0.0, -distance * math.cos(pitch), height + 0.9)
    opening = 2 * math.degrees(math.atan(SIDE_PX / 2 / focal_px))
    lens = Lens(eye, 0.0, math.degrees(pitch), opening, SIDE_PX, SIDE_PX)
    return View(lens, _draw_light(rng), px_per_m)


def _draw_light(rng: np.random.Generator) -> Light:
    turn, up = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.15, 1.4))
    sun, sky = float(rng.uniform(0.5, 3)) * (rng.random() < 0.5), float(rng.uniform(0.15, 1.3))
    toward = (math.cos(turn) * math.cos(up), math.sin(turn) * math.cos(up), math.sin(up))
    return Light((sky,) * 3, (sun,) * 3, toward)


def paint_actors(
    ground: Floats, actors: Sequence[Actor], view: View, *, with_bodies: bool = True
) -> Painted:
    """Paint shadows first, then bodies from far to near."""
    meshes = [mesh_of(one.look, one.pose, view.px_per_m) for one in actors]
    light, lens = view.light, view.lens
    shadows, bodies = np.zeros_like(ground), np.zeros_like(ground)
    share = 1 - math.sqrt(light.sky[0] / (light.sky[0] + light.direct[0] * light.toward[2]))
    for actor, mesh in zip(actors, meshes, strict=True):
        _add(shadows, contact(footprint_of(actor.look, actor.pose), lens), CONTACT_SHADE)
        if light.direct[0] > 0.3:
            _add(shadows, shadow(mesh, lens, as_floats(light.toward)), share)
    levels = ground * (1 - shadows)
    crops = paint(meshes, [light] * len(meshes), lens, is_grey=True) if with_bodies else []
    for crop in sorted((one for one in crops if one is not None), key=lambda one: -one.depth):
        window = _window(crop)
        part = crop.mask.astype(np.float32) / 255
        levels[window] += (crop.colour.mean(2) - levels[window]) * part
        bodies[window] = np.maximum(bodies[window], part)
    return Painted(as_floats(levels), bodies, shadows)


def _window(crop: Crop) -> tuple[slice, slice]:
    height, width = crop.mask.shape
    return slice(crop.top, crop.top + height), slice(crop.left, crop.left + width)


def _add(total: Floats, crop: Crop | None, strength: float) -> None:
    if crop is not None:
        window = _window(crop)
        shade = crop.mask.astype(np.float32) * np.float32(strength / 255)
        total[window] = np.maximum(total[window], shade)
