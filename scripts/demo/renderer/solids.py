"""The solids that places are built of, and where rays meet them.

Pure. Every solid says where rays from one origin meet it first, its normal there, whether
something on it is hidden from a light, and what it looks like.
"""

import math
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from scripts.demo.renderer.geometry import Floats, as_floats
from scripts.demo.renderer.textures import Material

FAR = 1e6  # a ray that meets nothing
Bools = NDArray[np.bool_]


class Solid(Protocol):
    """What the tracer asks of a solid."""

    @property
    def material(self) -> Material: ...  # noqa: D102 - the name says it

    @property
    def casts(self) -> bool: ...  # noqa: D102

    def meet(self, origin: Floats, rays: Floats) -> Floats:
        """Return how far along each ray the solid is first met, FAR where it is not."""

    def normals_at(self, points: Floats) -> Floats:
        """Return the outward normals at points on the solid."""

    def corners(self) -> Floats:
        """Return points whose hull holds the solid."""


@attrs.frozen(eq=False)
class Ground:
    """The plane z = 0."""

    material: Material
    casts: bool = False

    def meet(self, origin: Floats, rays: Floats) -> Floats:
        """Meet the plane from above."""
        falling = np.minimum(rays[..., 2], -1e-6)
        return as_floats(np.where(rays[..., 2] < -1e-4, -origin[..., 2] / falling, FAR))

    def normals_at(self, points: Floats) -> Floats:
        """Return straight up."""
        return np.broadcast_to(as_floats([0, 0, 1]), points.shape)

    def corners(self) -> Floats:
        """Return a square far larger than any view."""
        return as_floats([[x, y, 0] for x in (-FAR, FAR) for y in (-FAR, FAR)])


@attrs.frozen(eq=False)
class Box:
    """A box between two corners, turned about its middle."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    material: Material
    heading: float = 0.0
    casts: bool = True

    def _local(self, vectors: Floats) -> Floats:
        if not self.heading:
            return vectors
        sine, cosine = math.sin(-self.heading), math.cos(-self.heading)
        return as_floats(vectors @ as_floats([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]))

    @property
    def middle(self) -> Floats:
        """Return the point that the box is turned about."""
        return as_floats([(a + b) / 2 for a, b in zip(self.low, self.high, strict=True)])

    def meet(self, origin: Floats, rays: Floats) -> Floats:
        """Meet the box's nearest side by slabs."""
        start, rays = self._local(origin - self.middle), self._local(rays)
        half = as_floats(self.high) - self.middle
        steep = np.where(np.abs(rays) < 1e-7, 1e-7, rays)
        near, far = (-half - start) / steep, (half - start) / steep
        first, last = np.minimum(near, far).max(axis=-1), np.maximum(near, far).min(axis=-1)
        return as_floats(np.where((first <= last) & (first > 1e-3), first, FAR))

    def normals_at(self, points: Floats) -> Floats:
        """Return the normal of the side that each point is closest to."""
        half = as_floats(self.high) - self.middle
        local = self._local(points - self.middle) / half
        side = np.abs(local).argmax(axis=1)
        normals = np.zeros_like(points)
        normals[np.arange(len(points)), side] = np.sign(local[np.arange(len(points)), side])
        if self.heading:
            sine, cosine = math.sin(self.heading), math.cos(self.heading)
            normals = as_floats(
                normals @ as_floats([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
            )
        return normals

    def corners(self) -> Floats:
        """Return the eight corners."""
        half = as_floats(self.high) - self.middle
        signs = as_floats([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        sine, cosine = math.sin(self.heading), math.cos(self.heading)
        turned = (signs * half) @ as_floats([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
        return as_floats(turned + self.middle)


@attrs.frozen(eq=False)
class Post:
    """An upright cylinder."""

    x: float
    y: float
    radius: float
    top: float
    material: Material
    base: float = 0.0
    casts: bool = True

    def meet(self, origin: Floats, rays: Floats) -> Floats:
        """Meet the mantle (its ends are never seen)."""
        dx, dy = origin[..., 0] - self.x, origin[..., 1] - self.y
        a = rays[..., 0] ** 2 + rays[..., 1] ** 2 + 1e-9
        b = dx * rays[..., 0] + dy * rays[..., 1]
        root = b * b - a * (dx * dx + dy * dy - self.radius**2)
        way = (-b - np.sqrt(np.maximum(root, 0))) / a
        height = origin[..., 2] + way * rays[..., 2]
        met = (root > 0) & (way > 1e-3) & (height > self.base) & (height < self.top)
        return as_floats(np.where(met, way, FAR))

    def normals_at(self, points: Floats) -> Floats:
        """Point away from the axis."""
        out = (points - as_floats([self.x, self.y, 0])) / self.radius
        out[:, 2] = 0
        return as_floats(out)

    def corners(self) -> Floats:
        """Return the corners of the box around the post."""
        r = self.radius
        return as_floats([
            [self.x + i * r, self.y + j * r, z] for i in (-1, 1) for j in (-1,
            1) for z in (self.base, self.top)
        ])  # fmt: skip


@attrs.frozen(eq=False)
class Ball:
    """A sphere with a rough skin when its normals are roughened; crowns are made of them."""

    centre: tuple[float, float, float]
    radius: float
    material: Material
    rough: float = 0.5
    casts: bool = True

    def meet(self, origin: Floats, rays: Floats) -> Floats:
        """Meet the sphere."""
        away = origin - as_floats(self.centre)
        a = np.einsum("...i,...i->...", rays, rays)
        b = np.einsum("...i,...i->...", away, rays) if away.ndim > 1 else rays @ away
        c = np.einsum("...i,...i->...", away, away) - self.radius**2
        root = b * b - a * c
        way = (-b - np.sqrt(np.maximum(root, 0))) / a
        return as_floats(np.where((root > 0) & (way > 1e-3), way, FAR))

    def normals_at(self, points: Floats) -> Floats:
        """Point away from the centre, shaken where the skin is rough."""
        out = (points - as_floats(self.centre)) / self.radius
        shaken = np.sin(points[:, ::-1] * 23.0) + np.sin(points[:, [1, 2, 0]] * 41.0)
        out = out + self.rough * 0.4 * shaken
        return as_floats(out / np.linalg.norm(out, axis=1, keepdims=True))

    def corners(self) -> Floats:
        """Return the corners of the cube around the sphere."""
        signs = as_floats([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        return as_floats(self.centre) + signs * self.radius


def tree(
    foot: tuple[float, float], size: tuple[float, float], bark: Material, crown: Material, seed: int
) -> list[Solid]:
    """Make a broad-leaved tree of some height and spread: a trunk and a heap of rough balls."""
    (x, y), (height, spread) = foot, size
    rng = np.random.default_rng(seed)
    solids: list[Solid] = [Post(x, y, 0.05 + height * 0.018, height * 0.6, bark)]
    for _ in range(26):
        way = rng.normal(size=3)
        way *= spread * rng.random() ** 0.4 / np.linalg.norm(way)
        centre = (x + way[0], y + way[1], height * 0.68 + way[2] * 0.75)
        solids.append(Ball(centre, spread * float(rng.uniform(0.24, 0.42)), crown))
    return solids
