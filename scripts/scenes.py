"""Rendered street scenes with exact truth, from which the motion network learns.

Everything here is drawn: people who walk, people who glide (on wheels or a board), vehicles and
shapeless things, over a made-up background. Kind, size, direction and speed are drawn
independently of one another, so that the network cannot guess one of them from another. No
training code here.

Coordinates are small-picture pixels (the size that the detector sees); pictures are drawn
`SCALE` times larger and reduced, so that motion of a tenth of a pixel is visible.
"""

import io
import math

import attrs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

HEIGHT_PX, WIDTH_PX = 96, 144
CELL_PX = 4
SCALE = 4
# The network's frames, as steps back from now; the long one makes slow motion measurable.
STEPS_BACK = (0, 1, 2, 4, 8)
WALKER, RIDER, SKATER, VEHICLE, SHAPE = range(5)
KIND_SHARES = (0.45, 0.2, 0.13, 0.12, 0.1)

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@attrs.frozen
class Mover:
    """One thing of a scene; speeds are pixels a frame, `height_px` is its own height."""

    kind: int
    x: float
    y: float
    u: float
    v: float
    height_px: float
    width: float  # relative to the height, of vehicles and shapes
    phase: float
    cadence: float
    facing: float  # -1..1: how much of its depth is seen from the side, and the direction
    tones: tuple[int, ...]
    outline: tuple[tuple[float, float], ...]


@attrs.frozen
class Scene:
    """Frames (newest first), the background as learned, and the truth by cell."""

    frames: Bytes
    background: Bytes
    truth: Floats  # occupied, u, v, log height, kind (-1: nothing there)


def render_scene(rng: np.random.Generator) -> Scene:
    """Draw one random scene."""
    background = _draw_background(rng)
    movers = _draw_movers(rng)
    gain = 1 + rng.normal(0, 0.01, len(STEPS_BACK)) * (rng.random() < 0.3)
    noise = rng.uniform(0, 3)
    quality = int(rng.integers(50, 92)) if rng.random() < 0.4 else 0
    nudge = rng.normal(0, 0.3, (len(STEPS_BACK), 2)) * (rng.random() < 0.2)
    frames = []
    for step, back in enumerate(STEPS_BACK):
        picture = _paint(_shift(background, *nudge[step]), movers, -back)
        picture = picture * gain[step] + rng.normal(0, noise, picture.shape)
        frames.append(_compress(np.clip(picture, 0, 255).astype(np.uint8), quality))
    return Scene(np.stack(frames), _learned(rng, background, movers), _truth(movers))


def _learned(rng: np.random.Generator, background: Floats, movers: list[Mover]) -> Bytes:
    """Return the background as a camera memory would hold it: with a drift and faint ghosts."""
    learned = background * rng.normal(1, 0.02) + rng.normal(0, 2)
    if rng.random() < 0.3:
        ghost = _paint(background, movers, float(rng.integers(-60, -15)))
        learned = learned + (ghost - background) * rng.uniform(0.05, 0.3)
    return np.asarray(np.clip(learned, 0, 255), np.uint8)


def _compress(picture: Bytes, quality: int) -> Bytes:
    if not quality:
        return picture
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.uint8)


def _shift(picture: Floats, dy: float, dx: float) -> Floats:
    """Move a picture by less than a pixel or so, as a nudged camera does."""
    for axis, by in ((0, dy), (1, dx)):
        whole = math.floor(by)
        near = np.roll(picture, whole, axis)
        picture = near + (np.roll(near, 1, axis) - near) * np.float32(by - whole)
    return picture


def _draw_background(rng: np.random.Generator) -> Floats:
    image = Image.new("L", (WIDTH_PX * 2, HEIGHT_PX * 2), int(rng.integers(50, 200)))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(0, 14))):
        corners = rng.uniform(-0.2, 1.2, (int(rng.integers(3, 6)), 2)) * image.size
        if rng.random() < 0.5:
            corners = corners[:1] + rng.uniform(-40, 40, corners.shape)
        draw.polygon([tuple(c) for c in corners.tolist()], fill=int(rng.integers(20, 230)))
    picture: Floats = np.array(image.reduce(2), np.float32)
    for size in (4, 12, 36, 144):
        cells = rng.normal(0, 1, (size, size)).astype(np.float32) * np.float32(rng.uniform(0, 12))
        wide = Image.fromarray(cells).resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.BILINEAR)
        picture += np.asarray(wide)
    return np.asarray(np.clip(picture, 5, 250), np.float32)


def _draw_movers(rng: np.random.Generator) -> list[Mover]:
    tall = math.exp(rng.uniform(math.log(8), math.log(34)))
    slope = rng.uniform(0, 0.8)
    count = int(rng.integers(1, max(3, int(28 * min(1.0, 14 / tall)))))
    flow = rng.uniform(0, 2 * math.pi)
    along = rng.random() < 0.6  # most streets have a main direction
    movers = [_draw_mover(rng, tall, slope, flow if along else None) for _ in range(count)]
    return sorted(movers, key=lambda mover: mover.y)


def _draw_mover(rng: np.random.Generator, tall: float, slope: float, flow: float | None) -> Mover:
    kind = int(rng.choice(5, p=KIND_SHARES))
    x, y = rng.uniform(-5, WIDTH_PX + 5), rng.uniform(0, HEIGHT_PX + 10)
    height = tall * (1 + slope * (y / HEIGHT_PX - 0.5)) * rng.uniform(0.88, 1.12)
    if kind == VEHICLE:
        height *= rng.uniform(0.8, 1.8)
    elif kind == SHAPE:
        height *= rng.uniform(0.3, 1.2)
    speed = height * math.exp(rng.uniform(math.log(0.008), math.log(0.3)))
    speed = 0.0 if rng.random() < 0.06 else min(speed, 5.5)
    angle = rng.uniform(0, 2 * math.pi) if flow is None else flow + rng.normal(0, 0.25)
    angle += math.pi * (rng.random() < 0.5)
    u, v = speed * math.cos(angle), speed * math.sin(angle) * rng.uniform(0.4, 1)
    facing = math.copysign(max(0.25, abs(math.cos(angle))), u)
    cadence = 2 * math.pi * math.hypot(u, v) / (0.8 * height) * rng.uniform(0.75, 1.3)
    dark = rng.random() < 0.6
    tones = tuple(int(t) for t in rng.integers(0, 110 if dark else 255, 6))
    corners = rng.uniform(-0.5, 0.5, (int(rng.integers(4, 8)), 2))
    corners = corners[np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))]
    return Mover(
        kind, x, y, u, v, height, rng.uniform(1.0, 2.6), rng.uniform(0, 2 * math.pi),
        min(cadence, 1.5), facing, tones, tuple((float(a), float(b)) for a, b in corners),
    )  # fmt: skip


def _paint(background: Floats, movers: list[Mover], time: float) -> Floats:
    """Draw all movers at one time over the background, with the shade below them."""
    size = (WIDTH_PX * SCALE, HEIGHT_PX * SCALE)
    body, cover = Image.new("L", size, 0), Image.new("L", size, 0)
    pens = (ImageDraw.Draw(body), ImageDraw.Draw(cover))
    shaded = background.copy()
    for mover in movers:
        _shade(shaded, mover, time)
        for draw, flat in zip(pens, (False, True), strict=True):
            _Pen(draw, mover, time, flat=flat).draw_mover()
    opaque = np.asarray(cover.reduce(SCALE), np.float32) / 255
    painted = np.asarray(body.reduce(SCALE), np.float32) + shaded * (1 - opaque)
    return np.asarray(painted, np.float32)


def _shade(picture: Floats, mover: Mover, time: float) -> None:
    x, y = mover.x + mover.u * time, mover.y + mover.v * time
    wide, low = mover.height_px * 0.25, max(1.0, mover.height_px * 0.06)
    top, left = max(0, int(y - low)), max(0, int(x - wide))
    picture[top : max(0, int(y + low)), left : max(0, int(x + wide))] *= 0.85


class _Pen:
    """Draws one mover; coordinates are body heights, x along its motion, y up from its feet."""

    def __init__(self, draw: ImageDraw.ImageDraw, mover: Mover, time: float, *, flat: bool) -> None:
        self._draw, self._mover, self._flat = draw, mover, flat
        self._unit = mover.height_px * SCALE
        self._x = (mover.x + mover.u * time) * SCALE
        self._y = (mover.y + mover.v * time) * SCALE
        self._phase = mover.phase + mover.cadence * time

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._x + x * self._mover.facing * self._unit, self._y - y * self._unit

    def _tone(self, which: int) -> int:
        return 255 if self._flat else self._mover.tones[which]

    def _line(self, tone: int, width: float, *points: tuple[float, float]) -> None:
        path = [self._at(*point) for point in points]
        self._draw.line(path, self._tone(tone), max(1, round(width * self._unit)), "curve")

    def _disc(self, tone: int, x: float, y: float, radius: float) -> None:
        cx, cy = self._at(x, y)
        r = radius * self._unit
        self._draw.ellipse((cx - r, cy - r, cx + r, cy + r), self._tone(tone))

    def _ring(self, tone: int, x: float, y: float, radius: float) -> None:
        cx, cy = self._at(x, y)
        r, wide = radius * self._unit, radius * self._unit * abs(self._mover.facing)
        self._draw.ellipse(
            (cx - wide, cy - r, cx + wide, cy + r), None, self._tone(tone), max(1, round(r * 0.22))
        )

    def _polygon(self, tone: int, *points: tuple[float, float]) -> None:
        self._draw.polygon([self._at(*point) for point in points], self._tone(tone))

    def draw_mover(self) -> None:
        (self._walker, self._rider, self._skater, self._vehicle, self._shape)[self._mover.kind]()

    def _torso(self, lean: float, hip: tuple[float, float]) -> None:
        x, y = hip
        self._line(0, 0.2, (x, y + 0.03), (x + lean, y + 0.3))
        if self._mover.width > 1.9:  # some carry a bag
            self._disc(4, x - 0.13, y + 0.2, 0.1)
        self._disc(1, x + lean * 1.2, y + 0.43, 0.075)

    def _leg(self, tone: int, swing: float, lift: float) -> None:
        knee = (0.25 * math.sin(swing), 0.5 - 0.25 * math.cos(swing))
        foot = (knee[0] + 0.25 * math.sin(swing - lift), knee[1] - 0.25 * math.cos(swing - lift))
        self._line(tone, 0.095, (0, 0.5), knee, foot, (foot[0] + 0.07, foot[1]))

    def _arm(self, tone: int, swing: float) -> None:
        self._line(tone, 0.06, (0, 0.8), (0.3 * math.sin(swing), 0.8 - 0.3 * math.cos(swing)))

    def _walker(self) -> None:
        reach = 0.5
        swing = math.sin(self._phase)
        self._leg(2, reach * swing, max(0.0, math.cos(self._phase)) * 0.7)
        self._arm(3, -reach * swing)
        self._leg(5, -reach * swing, max(0.0, -math.cos(self._phase)) * 0.7)
        self._torso(0.02, (0, 0.5))
        self._arm(3, reach * swing)

    def _skater(self) -> None:
        stance = 0.15 + 0.2 * (self._mover.phase / 6.3)
        self._leg(2, stance, 0.1)
        self._leg(5, -stance, 0.3)
        self._torso(0.06, (0, 0.5))
        self._arm(3, 0.5 + 0.1 * math.sin(self._phase * 0.2))
        self._line(4, 0.03, (-0.25, 0.0), (0.25, 0.0))

    def _rider(self) -> None:
        self._ring(4, -0.3, 0.18, 0.19)
        self._ring(4, 0.3, 0.18, 0.19)
        self._line(4, 0.03, (-0.3, 0.18), (-0.1, 0.5), (0.22, 0.45), (0.3, 0.18))
        self._line(4, 0.03, (-0.1, 0.48), (0.02, 0.18), (0.24, 0.45))
        for tone, turn in ((2, 0.0), (5, math.pi)):
            angle = self._phase * 0.4 + turn
            foot = (0.02 + 0.1 * math.cos(angle), 0.18 + 0.1 * math.sin(angle))
            self._line(tone, 0.09, (-0.1, 0.55), (0.1, 0.42), foot)
        self._torso(0.16, (-0.1, 0.53))
        self._line(3, 0.06, (0.06, 0.8), (0.24, 0.52))

    def _vehicle(self) -> None:
        half = self._mover.width / 2
        self._polygon(0, (-half, 0.12), (half, 0.12), (half, 0.6), (-half, 0.6))
        roof = half * (0.5 + self._mover.phase / 14)
        self._polygon(1, (-roof, 0.6), (roof, 0.6), (roof * 0.85, 1.0), (-roof * 0.85, 1.0))
        self._polygon(2, (-roof * 0.8, 0.62), (0, 0.62), (0, 0.93), (-roof * 0.7, 0.93))
        self._disc(4, -half * 0.6, 0.13, 0.14)
        self._disc(4, half * 0.6, 0.13, 0.14)

    def _shape(self) -> None:
        points = [(x * self._mover.width * 0.6, y + 0.5) for x, y in self._mover.outline]
        self._polygon(0, *points)
        self._disc(1, points[0][0] * 0.5, points[0][1], 0.15)
        self._line(2, 0.1, *points[:3])


def _truth(movers: list[Mover]) -> Floats:
    """Return the truth of every cell: the frontmost thing that covers a good part of it."""
    size = (WIDTH_PX * 2, HEIGHT_PX * 2)
    front = Image.new("L", size, 0)
    draw = ImageDraw.Draw(front)
    for number, mover in enumerate(movers, 1):
        draw.polygon(_silhouette(mover), number)
    step = CELL_PX * 2
    ids = np.asarray(front).reshape(HEIGHT_PX // CELL_PX, step, WIDTH_PX // CELL_PX, step)
    ids = np.sort(ids.transpose(0, 2, 1, 3).reshape(*ids.shape[::2], -1), axis=-1)
    owner = ids[..., int(step * step * 0.75)]  # something covers a quarter of the cell at least
    columns = np.zeros((len(movers) + 1, 5), np.float32)
    for number, mover in enumerate(movers, 1):
        columns[number] = (1, mover.u, mover.v, math.log(mover.height_px), mover.kind)
    columns[0, 4] = -1
    return np.ascontiguousarray(columns[owner].transpose(2, 0, 1))


def _silhouette(mover: Mover) -> list[tuple[float, float]]:
    half = {WALKER: 0.16, SKATER: 0.2, RIDER: 0.42, VEHICLE: mover.width / 2}.get(mover.kind, 0)
    if mover.kind == SHAPE:
        points = [(x * mover.width * 0.6, y + 0.5) for x, y in mover.outline]
    elif mover.kind == RIDER:
        points = [(-0.45, 0), (0.45, 0), (0.42, 0.4), (0.15, 1.0), (-0.1, 1.0), (-0.42, 0.4)]
    else:
        points = [(-half, 0), (half, 0), (half * 0.8, 1), (-half * 0.8, 1)]
    unit = mover.height_px * 2
    return [(mover.x * 2 + x * mover.facing * unit, mover.y * 2 - y * unit) for x, y in points]
