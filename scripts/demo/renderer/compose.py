"""One camera's pictures: the lit empty place, the actors in it, and what the sensor adds.

The place is mixed from its traced layers only when the light or a resting vehicle changes; a frame
is a copy of that, small crops for the actors,
noise and the caption. Noise is added modulo 256 after
clipping the frame away from both ends, which costs a tenth of a saturating addition.
"""

import math

import numpy as np

from scripts.demo.renderer.backdrop import Backdrop
from scripts.demo.renderer.bodies.actors import footprint_of, mesh_of
from scripts.demo.renderer.bodies.vehicles import PROFILES
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.geometry import as_floats
from scripts.demo.renderer.happenings.world import Actor, World
from scripts.demo.renderer.light import Levels
from scripts.demo.renderer.paint import Bytes, Crop, Light, beam, contact, paint, shadow, tone
from scripts.demo.renderer.scene import Scene

REMIX_S = 2.5  # the light is mixed anew at most this often
RESTS_S = 4.0  # a vehicle that stands longer than this is painted into the place
NOISE_FRAMES_PX = 160  # how far the noise table is larger than a frame, each way
BAND_PX = 60  # rows mixed at once: what stays in the cache is mixed twice as fast
SHADOW_PX_PER_M = 11.0  # smaller figures have only a dim patch at their feet
COARSE_PX_PER_M = 1.0  # the coarsest body is good enough for a shadow
HEADLIGHT = 95.0  # what headlamps add to the ground, in levels of 255
SIGHT_MARGIN_M = 5.0  # the largest subject reaches this far from its middle
VEHICLES = (*PROFILES, "truck", "forklift")
RESTING = (*VEHICLES, "parcel", "suitcase", "rucksack", "pallet")


class Camera:
    """Renders the frames of one scene; times do not go back."""

    def __init__(self, scene: Scene, world: World, caption: Caption, seed: int) -> None:
        self._scene, self._world, self._caption = scene, world, caption
        self.backdrop = Backdrop(scene)
        self._rng = np.random.default_rng(seed)
        self._noise = _make_noise(scene, self._rng)
        self._mixed_for: tuple[Levels, tuple[object, ...], int] | None = None
        self._mixed_at_s = -math.inf
        self.last_frame: Bytes = np.empty((0, 0, 3), np.uint8)

    def frame_at(self, now_s: float) -> Bytes:
        """Render the picture of a stream time."""
        if self.backdrop.layers is None:
            self.backdrop.sketch()
        actors = self._world.actors_at(now_s)
        resting = [a for a in actors if a.trip.look.kind in RESTING and _rests(a, now_s)]
        self._remix(now_s, resting)
        frame = self._base.copy()
        moving = [a for a in actors if a not in resting]
        self._paint(frame, moving, self._levels)
        self._cover(frame, self._world.cover_at(now_s), now_s)
        self._add_noise(frame)
        self._caption.draw(frame, now_s)
        self.last_frame = frame
        return frame

    @property
    def has_frame(self) -> bool:
        """Say whether a picture was rendered already."""
        return self.last_frame.size > 0

    def _remix(self, now_s: float, resting: list[Actor]) -> None:
        levels = self._scene.weather.levels_at(now_s)
        who = tuple(sorted(id(a.trip) for a in resting))
        if self._mixed_for is not None:
            old, before, passes = self._mixed_for
            same_light = levels.is_close_to(old) or now_s - self._mixed_at_s < REMIX_S
            if same_light and who == before and passes == self.backdrop.passes:
                return
        self._levels = levels
        self._base = self._mix(levels)
        layers = self.backdrop.layers
        assert layers is not None  # noqa: S101 - traced before the first frame
        self._depth = layers.depth.copy()
        self._sunlit = layers.is_sunlit.copy()
        self._paint(self._base, resting, levels, is_resting=True)
        self._mixed_for, self._mixed_at_s = (levels, who, self.backdrop.passes), now_s

    def _mix(self, levels: Levels) -> Bytes:
        layers = self.backdrop.layers
        assert layers is not None  # noqa: S101 - traced before the first frame
        gain = levels.exposure * self._scene.sensor.exposure
        parts = [(layers.sky, levels.sky), (layers.sun, levels.sun)]
        parts += zip(layers.lamps, levels.lamps, strict=True)
        mixed = np.empty(layers.sky.shape, np.uint8)
        for top in range(0, len(mixed), BAND_PX):
            band = slice(top, top + BAND_PX)
            light = sum(layer[band] * np.float32(level * gain) for layer, level in parts if level)
            light = as_floats(light)
            if self._scene.sensor.grey:
                light[:] = light.mean(axis=2, keepdims=True)
            mixed[band] = tone(light)
        return mixed

    def _paint(
        self, frame: Bytes, actors: list[Actor], levels: Levels, *, is_resting: bool = False
    ) -> None:
        """Paint shadows first, then bodies from far to near."""
        scene = self._scene
        near = [(actor, size) for actor in actors if (size := self._size_of(actor)) > 0]
        meshes = [mesh_of(actor.trip.look, actor.pose, size) for actor, size in near]
        lights = [self.backdrop.light_at(actor, levels) for actor, _ in near]
        crops = paint(meshes, [light for light, _ in lights], scene.lens, is_grey=scene.sensor.grey)
        bodies = []
        for (actor, size), (light, sunlit), crop in zip(near, lights, crops, strict=True):
            if crop is not None:
                bodies.append(crop)
                self._ground_shade(frame, actor, light)
                if size > SHADOW_PX_PER_M:
                    self._cast(frame, actor, light, sunlit=sunlit)
        if scene.has_headlights:
            self._light_up(frame, [actor for actor, _ in near if actor.trip.look.kind in VEHICLES])
        for crop in sorted(bodies, key=lambda body: -body.depth):
            self._blend(frame, crop, is_resting=is_resting)

    def _light_up(self, frame: Bytes, vehicles: list[Actor]) -> None:
        """Brighten the ground before vehicles where it is dark."""
        for actor in vehicles:
            pose = actor.pose
            ahead = as_floats([math.sin(pose.heading), math.cos(pose.heading), 0])
            crop = beam(as_floats([pose.x, pose.y, 0]) + ahead * 2.2, ahead, self._scene.lens)
            if crop is not None:
                rows, columns = _window(crop)
                is_open = self._depth[rows, columns] > crop.depth * 0.8
                added = crop.mask * is_open * np.float32(HEADLIGHT / 255)
                area = frame[rows, columns]
                area[:] = np.minimum(area + added[..., None], 250).astype(np.uint8)

    def _size_of(self, actor: Actor) -> float:
        """Say how many pixels a metre has where the actor is; none out of sight."""
        lens, pose = self._scene.lens, actor.pose
        column, row, depth = lens.project(as_floats([pose.x, pose.y, pose.lift + 1.0])).tolist()
        if depth < 0.5:
            return 0.0
        size = lens.focal_px / depth
        margin = size * SIGHT_MARGIN_M
        is_near = (
            -margin < column < lens.width_px + margin and -margin < row < lens.height_px + margin
        )
        return size if is_near else 0.0

    def _ground_shade(self, frame: Bytes, actor: Actor, light: Light) -> None:
        patch = contact(footprint_of(actor.trip.look, actor.pose), self._scene.lens)
        if patch is not None and max(light.sky) > 0:
            self._dim(frame, patch, 0.38)

    def _cast(self, frame: Bytes, actor: Actor, light: Light, *, sunlit: bool) -> None:
        if max(light.direct) < 0.05 * max(light.sky) or light.toward[2] < 0.1:
            return
        mesh = mesh_of(actor.trip.look, actor.pose, COARSE_PX_PER_M)
        cast = shadow(mesh, self._scene.lens, as_floats(light.toward))
        if cast is not None:
            sky = sum(light.sky)
            share = 1 - math.sqrt(sky / (sky + sum(light.direct) * light.toward[2]))
            self._dim(frame, cast, share * (1.0 if sunlit else 0.6), only_sunlit=sunlit)

    def _dim(self, frame: Bytes, crop: Crop, strength: float, *, only_sunlit: bool = False) -> None:
        rows, columns = _window(crop)
        part = crop.mask.astype(np.float32) * np.float32(strength / 255)
        hidden = self._depth[rows, columns] < crop.depth * 0.93 - 0.6
        part[hidden] = 0
        if only_sunlit:
            part *= self._sunlit[rows, columns]
        area = frame[rows, columns]
        area[:] = (area * (1 - part[..., None])).astype(np.uint8)

    def _blend(self, frame: Bytes, crop: Crop, *, is_resting: bool) -> None:
        rows, columns = _window(crop)
        behind = self._depth[rows, columns]
        seen = (behind > crop.depth - 0.25).astype(np.float32)
        if self._scene.veils:
            fenced = self.backdrop.veil_depth[rows, columns] < crop.depth
            seen *= 1 - fenced * self.backdrop.veil[rows, columns]
        part = (crop.mask * seen * np.float32(1 / 255))[..., None]
        area = frame[rows, columns]
        area[:] = (area * (1 - part) + crop.colour * part).astype(np.uint8)
        if is_resting:
            solid = (crop.mask > 128) & (seen > 0.5)
            behind[solid] = crop.depth
            self._sunlit[rows, columns][solid] = False

    def _cover(self, frame: Bytes, part: float, now_s: float) -> None:
        """Let a dark cloth hang over the lens, a little light coming through its weave."""
        if part <= 0:
            return
        height, width = frame.shape[:2]
        edge = int(part * height * 1.15)
        folds = (
            10 * np.sin(np.arange(width) / 60 + now_s * 0.3) + 5 * np.sin(np.arange(width) / 23)
        ).astype(int)
        cloth = (24 + 5 * np.sin(np.arange(width) / 37 + 0.05 * now_s)).astype(np.uint8)
        hidden = np.arange(height)[:, None] < (edge + folds)[None]
        frame[hidden] = np.broadcast_to(cloth[None, :, None], frame.shape)[hidden]

    def _add_noise(self, frame: Bytes) -> None:
        limit = _limit(self._scene.sensor.noise)
        np.clip(frame, limit, 255 - limit, out=frame)
        down, right = self._rng.integers(0, NOISE_FRAMES_PX, size=2)
        height, width = frame.shape[:2]
        frame += self._noise[down : down + height, right : right + width]


def _rests(actor: Actor, now_s: float) -> bool:
    end = actor.trip.pose_at(now_s + RESTS_S)
    here = actor.pose
    return (here.x, here.y, here.heading) == (end.x, end.y, end.heading)


def _window(crop: Crop) -> tuple[slice, slice]:
    height, width = crop.mask.shape
    return slice(crop.top, crop.top + height), slice(crop.left, crop.left + width)


def _limit(noise: float) -> int:
    return math.ceil(noise * 3.5)


def _make_noise(scene: Scene, rng: np.random.Generator) -> Bytes:
    """Make a table of sensor noise, mostly in brightness, as differences modulo 256."""
    sensor = scene.sensor
    shape = (scene.lens.height_px + NOISE_FRAMES_PX, scene.lens.width_px + NOISE_FRAMES_PX)
    bright = rng.normal(0, sensor.noise, (*shape, 1))
    colour = 0.0 if sensor.grey else rng.normal(0, sensor.noise * 0.45, (*shape, 3))
    limit = _limit(sensor.noise)
    noise = np.clip(np.rint(bright + colour + np.zeros((*shape, 3))), -limit, limit)
    return noise.astype(np.int8).view(np.uint8)
