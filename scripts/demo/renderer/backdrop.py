"""The empty place of a scene as its lens sees it, and the light that falls on people in it."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from scripts.demo.renderer.geometry import Floats, as_floats
from scripts.demo.renderer.happenings.world import Actor
from scripts.demo.renderer.light import Levels
from scripts.demo.renderer.mesh import Colour
from scripts.demo.renderer.paint import Light
from scripts.demo.renderer.scene import Scene, veil_cover
from scripts.demo.renderer.trace import SHIFTS, Layers, lamp_light, trace

SKETCH = 3  # the first pictures come from a place traced so much smaller each way


class Backdrop:
    """The empty place, traced pass by pass; more passes make it smoother."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._place = scene, scene.build()
        self.passes = 0
        self.layers: Layers | None = None
        self._lamps: dict[tuple[int, int], tuple[Floats, Floats]] = {}
        self.veil = np.zeros((scene.lens.height_px, scene.lens.width_px), np.float32)
        self.veil_depth = np.full_like(self.veil, 1e6)

    @property
    def is_finished(self) -> bool:
        """Say whether another pass would change nothing."""
        return self.passes == len(SHIFTS)

    def sketch(self) -> None:
        """Trace coarsely, for the first pictures."""
        lens = self._scene.lens
        small = attrs.evolve(
            lens, width_px=lens.width_px // SKETCH, height_px=lens.height_px // SKETCH
        )
        rough = trace(self._place, small, 0)
        lamps = tuple(_enlarged(layer) for layer in rough.lamps)
        parts = (_enlarged(part) for part in (rough.depth, rough.is_sunlit))
        self.layers = Layers(_enlarged(rough.sky), _enlarged(rough.sun), lamps, *parts)

    def trace_once(self) -> None:
        """Trace one more pass and average it in."""
        fresh = trace(self._place, self._scene.lens, self.passes)
        covers = np.zeros_like(self.veil)
        for veil in self._scene.veils:
            cover, depth = veil_cover(veil, self._scene.lens, SHIFTS[self.passes])
            covers, self.veil_depth = np.maximum(covers, cover), np.minimum(self.veil_depth, depth)
            for layer in _all(fresh):
                _put_wire_before(layer, cover, veil.colour)
        part = 1 / (self.passes + 1)
        self.veil += (covers - self.veil) * part
        if self.passes == 0 or self.layers is None:
            self.layers = fresh
        else:
            for old, new in zip(_all(self.layers), _all(fresh), strict=True):
                np.add(old, (new - old) * part, out=old)
        self.passes += 1

    def light_at(self, actor: Actor, levels: Levels) -> tuple[Light, bool]:
        """Say what light falls on an actor and whether the sun reaches it."""
        scene, place = self._scene, self._place
        assert self.layers is not None  # noqa: S101 - frames are made only after a pass
        pose, gain = actor.pose, scene.sensor.exposure * levels.exposure
        foot = as_floats([pose.x, pose.y, pose.lift])
        column, row, _ = scene.lens.project(foot).tolist()
        x = min(max(int(column), 0), scene.lens.width_px - 1)
        y = min(max(int(row), 0), scene.lens.height_px - 1)
        sunlit = bool(self.layers.is_sunlit[y, x]) and levels.sun > 0.02
        sky = as_floats(place.sky) * (levels.sky * gain)
        direct = as_floats(place.sun) * (levels.sun * gain * sunlit)
        toward = as_floats(place.toward_sun)
        if place.lamps:
            beams, ways = self._lamps_at(round(pose.x), round(pose.y))
            beams = (
                beams
                * as_floats([levels.lamps[lamp.group] * gain for lamp in place.lamps])[:, None]
            )
            sky = sky + 0.45 * beams.sum(axis=0)
            best = int(beams.sum(axis=1).argmax())
            if not sunlit:
                direct, toward = 0.8 * beams[best], ways[best]
        parts = [tuple(values.tolist()) for values in (sky, direct, toward)]
        return Light(parts[0], parts[1], parts[2]), sunlit

    def _lamps_at(self, x: int, y: int) -> tuple[Floats, Floats]:
        """Return each lamp's light at a chest, and its direction, to a metre."""
        key = (x, y)
        if key not in self._lamps:
            chest = as_floats([[x, y, 1.2]])
            ways = [as_floats(lamp.place) - chest for lamp in self._place.lamps]
            ways = [way / np.linalg.norm(way) for way in ways]
            beams = [
                lamp_light(lamp, chest, way)[0]
                for lamp, way in zip(self._place.lamps, ways, strict=True)
            ]
            self._lamps[key] = (np.stack(beams), np.concatenate(ways))
        return self._lamps[key]


def _enlarged(values: NDArray[Any]) -> NDArray[Any]:
    return values.repeat(SKETCH, axis=0).repeat(SKETCH, axis=1)


def _put_wire_before(layer: Floats, cover: Floats, colour: Colour) -> None:
    """Paint a fence's wire over one light's layer, about as bright as what is around it."""
    bright = 0.35 * layer.mean() + 0.25 * layer.mean(axis=2, keepdims=True)
    layer += cover[..., None] * (as_floats(colour) * 4 * bright - layer)


def _all(layers: Layers) -> tuple[Floats, ...]:
    return (layers.sky, layers.sun, *layers.lamps)
