"""Examples for the appearance network: a thing as the detector would cut it out, and its kind.

The detector's boxes are not good: they hold shadows, or legs alone, or end where the picture does.
So do those that are drawn here.
"""

import io

import attrs
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anomaly.appearance import LOOKS, Look, cut_things
from anomaly.appearance.crops import SIDE_PX as CROP_PX
from anomaly.appearance.crops import difference_of
from scripts.appearance.ground import SIDE_PX, draw_ground, patches
from scripts.appearance.painting import draw_view, paint_actors
from scripts.appearance.staging import SHARES, draw_bystanders, draw_cast
from scripts.demo.renderer.geometry import Floats, as_floats

Bytes = NDArray[np.uint8]
SHADOW = 0.22
"""What is dimmed more than that differs enough to be taken for a part of the thing."""
_LEAST_PX = 9  # that are to be seen of a thing
_WHOLE = (Look.LOW, Look.THING, Look.ANIMAL)  # half of one of these is not told from others


@attrs.frozen(eq=False)
class _Shot:
    """A picture of an example, what the camera usually sees there, and where the thing is."""

    now: Floats
    usual: Floats
    seen: NDArray[np.bool_]
    bodies: NDArray[np.bool_]


def draw_examples(count: int, seed: int) -> tuple[Bytes, Bytes]:
    """Draw crops and the number of each one's kind."""
    rng = np.random.default_rng(seed)
    crops = np.empty((count, 2, CROP_PX, CROP_PX), np.uint8)
    kinds = rng.choice(LOOKS, size=count, p=list(SHARES.values())).astype(np.uint8)
    for number, kind in enumerate(kinds.tolist()):
        crops[number] = draw_example(Look(kind), rng)
    return crops, kinds


def draw_example(kind: Look, rng: np.random.Generator) -> Bytes:
    """Draw until something can be seen."""
    while True:
        shot = _stray(rng) if kind is Look.NOTHING else _thing(kind, rng)
        if shot.bodies.sum() >= _LEAST_PX:
            crop = _cut(shot, kind, rng)
            if crop is not None:
                return crop


def _thing(kind: Look, rng: np.random.Generator) -> _Shot:
    """Draw somebody or something on a ground, perhaps with others near by, or half hidden."""
    cast = draw_cast(kind, rng)
    view = draw_view(cast.span_m, rng, 0.4 if kind is Look.VEHICLE else 0.15)
    usual = ground = draw_ground(rng)
    if rng.random() < 0.35:
        ground = paint_actors(ground, draw_bystanders(rng), view).levels
        usual = ground if rng.random() < 0.5 else usual  # they have stood there for long
    painted = paint_actors(ground, cast.actors, view)
    now, bodies = painted.levels, painted.bodies > 0.5
    if kind is not Look.LOW and rng.random() < 0.18:
        _hide_lower_part(now, bodies, ground, rng)
    seen = bodies | (painted.shadows > SHADOW) if rng.random() < 0.6 else bodies
    return _Shot(now, usual, seen, bodies)


def _hide_lower_part(
    now: Floats, bodies: NDArray[np.bool_], ground: Floats, rng: np.random.Generator
) -> None:
    rows = np.flatnonzero(bodies.any(1))
    if len(rows):
        first = int(rows[0] + rng.uniform(0.55, 0.85) * (rows[-1] - rows[0]))
        now[first:], bodies[first:] = ground[first:], False


def _stray(rng: np.random.Generator) -> _Shot:
    """Draw what differs from the usual view though nothing is there."""
    ground = draw_ground(rng)
    which = int(rng.integers(5))
    if which < 2:
        kind = (Look.UPRIGHT, Look.VEHICLE, Look.THING, Look.SEVERAL)[int(rng.integers(4))]
        cast = draw_cast(kind, rng)
        view = draw_view(cast.span_m, rng, 0.15)
        painted = paint_actors(ground, cast.actors, view, with_bodies=which == 1)
        if which == 0:  # a shadow alone
            area = painted.shadows > 0.1
            return _Shot(painted.levels, ground, area, area)
        area = (painted.bodies > 0.5) | (painted.shadows > 0.15)
        return _Shot(ground, painted.levels, area, area)  # somebody has gone who was always there
    area = _blot(rng)
    if which == 2:  # a light, or a cloud
        factor = 1 + area * np.float32(rng.uniform(0.3, 1.5) * rng.choice([1, -0.5]))
        return _Shot(ground * factor, ground, area, area)
    if which == 3:  # leaves that move
        moved = np.roll(ground, tuple(rng.integers(-2, 3, 2).tolist()), (0, 1))
        return _Shot(np.where(area, moved, ground), ground, area, area)
    other = 0.5 * draw_ground(rng) + 0.5 * ground
    return _Shot(np.where(area, other, ground), ground, area, area)


def _blot(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw an area in the middle with an uneven edge."""
    middle, reach = rng.uniform(50, 94, 2), rng.uniform(6, 24, 2)
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
    far = ((columns - middle[0]) / reach[0]) ** 2 + ((rows - middle[1]) / reach[1]) ** 2
    return np.asarray(far + 0.3 * patches(rng) < 1, np.bool_)


def _cut(shot: _Shot, kind: Look, rng: np.random.Generator) -> Bytes | None:
    """Cut as the detector does, with boxes no better than its own."""
    reduced = 1.0 if rng.random() < 0.12 else float(rng.uniform(1.3, 3.2))
    small = max(round(SIDE_PX / reduced), 24)
    noisy = as_floats(shot.now + rng.normal(0, rng.uniform(0.5, 5), shot.now.shape))
    picture = _compressed(noisy, int(rng.uniform(35, 95)))
    light = float(rng.normal(0, 2))
    now, usual = (_reduce(levels, small) for levels in (as_floats(picture), shot.usual))
    difference = difference_of(np.asarray(now, np.uint8), usual, light)
    box = _loosen(_box_of(shot.seen), kind, rng)
    if kind is not Look.NOTHING and rng.random() < 0.22:
        return _cut_at_side(picture, difference, box, kind, rng)
    return _take(picture, difference, box)


def _box_of(area: NDArray[np.bool_]) -> list[float]:
    """Return left, top, right and bottom."""
    rows, columns = np.flatnonzero(area.any(1)), np.flatnonzero(area.any(0))
    return [float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)]


def _loosen(box: list[float], kind: Look, rng: np.random.Generator) -> list[float]:
    """Return a box as it is found: a little off, too large, or around a part of the thing."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    off = rng.normal(0, 0.1, 4)
    if rng.random() < 0.2:
        off -= rng.uniform(-0.2, 0.35, 4) * (1, 1, -1, -1)
    elif kind is Look.VEHICLE and rng.random() < 0.4:
        off[[0, 2][int(rng.integers(2))]] += float(rng.uniform(0.3, 0.65))
        off[2] -= 2 * max(0.0, off[2])  # from the right inwards
    elif kind not in (*_WHOLE, Look.NOTHING) and rng.random() < 0.25:
        part = float(rng.uniform(0.3, 0.6))
        if rng.random() < 0.75:  # legs alone
            off[1] += part
        else:
            off[3] -= part
    return [
        left + off[0] * wide, top + off[1] * high, right + off[2] * wide, bottom + off[3] * high,
    ]  # fmt: skip


def _cut_at_side(
    picture: Bytes, difference: Bytes, box: list[float], kind: Look, rng: np.random.Generator
) -> Bytes | None:
    """Let the picture end in the middle of the thing."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    hidden, scale = float(rng.uniform(0, 0.5)), len(picture) / len(difference)
    side = int(rng.integers(3 if kind is Look.LOW else 4))
    first = [0, 0]
    end = [SIDE_PX, SIDE_PX]
    if side == 0:
        first[0] = max(0, int(left + hidden * wide))
    elif side == 1:
        end[0] = min(SIDE_PX, int(right - hidden * wide))
    elif side == 2:
        end[1] = min(SIDE_PX, int(bottom - hidden * high * (kind is not Look.LOW)))
    else:
        first[1] = max(0, int(top + hidden * high))
    picture = picture[first[1] : end[1], first[0] : end[0]]
    x, y, x_end, y_end = (int(value / scale) for value in (*first, *end))
    difference = difference[y : max(y + 2, y_end), x : max(x + 2, x_end)]
    box = [
        max(left, first[0]) - first[0], max(top, first[1]) - first[1],
        min(right, end[0]) - first[0], min(bottom, end[1]) - first[1],
    ]  # fmt: skip
    is_there = min(picture.shape) >= 8 and box[2] - box[0] >= 3 and box[3] - box[1] >= 3
    return _take(picture, difference, box) if is_there else None


def _take(picture: Bytes, difference: Bytes, box: list[float]) -> Bytes:
    """Cut one box, given in pixels of the picture."""
    scale = difference.shape[1] / picture.shape[1]
    left, top, right, bottom = (value * scale for value in box)
    as_found = as_floats([[(left + right) / 2, bottom, top, right - left]])
    return np.asarray(cut_things(picture, difference, as_found)[0], np.uint8)


def _reduce(levels: Floats, side: int) -> Floats:
    return as_floats(Image.fromarray(levels).resize((side, side), Image.Resampling.BOX))


def _compressed(levels: Floats, quality: int) -> Bytes:
    """Return what a camera of twice the size would have sent, reduced again."""
    grey = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    twice = grey.resize((2 * SIDE_PX, 2 * SIDE_PX), Image.Resampling.BILINEAR)
    twice.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).reduce(2), np.uint8)
