"""What a demo place is made of: its lens, its solids, its light, its people and its incidents."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import attrs
import numpy as np

from scripts.demo.renderer.geometry import Floats, Lens
from scripts.demo.renderer.light import Weather
from scripts.demo.renderer.mesh import Colour
from scripts.demo.renderer.trace import Place
from scripts.demo.renderer.trips import Trip

Kind = Literal[
    "running", "wrong_way", "object_left", "fence_climbed", "camera_covered",
    "vehicle_where_none_goes", "fight", "crawling", "loitering", "intruder", "thing_taken",
    "lying_down",
]  # fmt: skip


@attrs.frozen
class Veil:
    """A fence that is seen through: a wall of wire between two points on the ground."""

    start: tuple[float, float]
    end: tuple[float, float]
    height: float
    mesh: float = 0.06
    wire: float = 0.006
    colour: Colour = (0.16, 0.17, 0.17)


@attrs.frozen
class Sensor:
    """What the camera makes of the light: noise in levels of 255, exposure, monochrome at night."""

    noise: float = 1.6
    exposure: float = 1.0
    grey: bool = False


@attrs.frozen(eq=False)
class Staging:
    """One staged incident: who plays it, and from when to when it is to be seen."""

    start_s: float
    end_s: float
    trips: tuple[Trip, ...]
    subjects: tuple[int, ...] = (0,)  # which of the trips a box goes around
    covers: bool = False


PREPARED: frozenset[Kind] = frozenset({"thing_taken"})
"""Kinds that need a thing to have stood there since the film began (`Scene.thing`)."""

Stager = Callable[[float, np.random.Generator], Staging]


@attrs.frozen(eq=False)
class Scene:
    """A place with everything that happens there; ordinary(seed) never ends."""

    name: str
    title: str
    lens: Lens
    build: Callable[[], Place]
    weather: Weather
    ordinary: Callable[[int], Iterator[Trip]]
    stagers: Mapping[Kind, Stager]
    sensor: Sensor = Sensor()
    veils: tuple[Veil, ...] = ()
    has_headlights: bool = False
    thing: Trip | None = None
    """What `thing_taken` takes; it stands there only where a film is made for that."""


def veil_cover(veil: Veil, lens: Lens, shift: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return a fence's opacity (0 or 1 a ray) and its depth for every pixel."""
    rays, eye = lens.rays(shift), np.asarray(lens.eye, np.float32)
    along = np.asarray([veil.end[0] - veil.start[0], veil.end[1] - veil.start[1]], np.float32)
    length = float(np.hypot(*along))
    along /= length
    normal = np.asarray([along[1], -along[0]], np.float32)
    gap = float((np.asarray(veil.start) - eye[:2]) @ normal)
    toward = rays[..., :2] @ normal
    depth = gap / np.where(np.abs(toward) < 1e-6, 1e-6, toward)
    hit = eye + rays * depth[..., None]
    a = (hit[..., :2] - np.asarray(veil.start, np.float32)) @ along
    z = hit[..., 2]
    inside = (depth > 0) & (a > 0) & (a < length) & (z > 0) & (z < veil.height)
    first, second = (a + z) / veil.mesh % 1.0, (a - z) / veil.mesh % 1.0
    share = veil.wire / veil.mesh
    post = np.abs(a % 3.0 - 1.5) < 0.035
    rail = np.abs(z - veil.height + 0.03) < 0.03
    wire = (first < share) | (second < share) | post | rail
    cover = np.where(inside & wire, 1.0, 0.0).astype(np.float32)
    return cover, np.where(inside, depth, 1e6).astype(np.float32)
