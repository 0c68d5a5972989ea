"""From a look and a pose to a mesh in the scene: the one place that knows every kind of subject."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from scripts.demo.renderer.bodies import people, vehicles
from scripts.demo.renderer.geometry import Floats, as_floats, turn
from scripts.demo.renderer.mesh import Colour, Limb, Mesh, box, capsules, join
from scripts.demo.renderer.trips import Look, Pose

FINER_PX = (48, 120, 260)  # the taller somebody is in the picture, the more faces a body has
FOOTPRINTS = {
    **{kind: (profile.width * 1.08, 2.1 * profile.stations[-1][0]) for kind,
    profile in vehicles.PROFILES.items()},
    "truck": (2.8, 8.0), "forklift": (1.4, 3.0), "cyclist": (0.35, 1.7), "dog": (0.35, 0.9),
    "pallet": (1.3, 1.1),
    "barrier": (0.5, 0.6),
}  # fmt: skip
CARDBOARD: Colour = (0.36, 0.24, 0.12)


def mesh_of(look: Look, pose: Pose, px_per_m: float) -> Mesh:
    """Make the subject's mesh where it stands, as fine as its size in the picture asks for."""
    if look.kind == "barrier":
        return _barrier(round(pose.lift * 20)).placed(pose.x, pose.y, 0.0, pose.heading)
    return _body(look, pose, sum(px_per_m * 1.75 > size for size in FINER_PX)).placed(
        pose.x, pose.y, pose.lift, pose.heading
    )


def footprint_of(look: Look, pose: Pose) -> Floats:
    """Return the outline on the ground that the subject keeps the light from."""
    across, along = FOOTPRINTS.get(look.kind, (0.6, 0.6))
    if pose.action in ("lie", "fall"):
        along = 1.2
    angles = np.arange(10) * (math.pi / 5)
    power = 0.5 if across > 1 else 1.0  # a vehicle's is close to a rectangle
    ring = [
        [_bulge(math.cos(a), power) * across / 2, _bulge(math.sin(a), power) * along / 2, 0]
        for a in angles
    ]
    return as_floats(turn(as_floats(ring), pose.heading) + as_floats([pose.x, pose.y, pose.lift]))


def _bulge(value: float, power: float) -> float:
    return math.copysign(abs(value) ** power, value)


def _body(look: Look, pose: Pose, fineness: int) -> Mesh:
    if look.kind == "person":
        return people.person(look, pose, fineness)
    if look.kind in vehicles.PROFILES:
        return vehicles.car(look.kind, vehicles.paint_of(look), is_far=fineness < 1)
    if look.kind == "cyclist":
        return _cyclist(look, pose)
    return OBJECTS[look.kind](look, pose)


@lru_cache(maxsize=32)
def _barrier(twentieths: int) -> Mesh:
    """Make a barrier's arm, hinged at the origin and lying along +y when it is down."""
    angle, parts = twentieths / 20 * 1.4, []
    for number in range(8):
        inner, outer = number * 0.55, number * 0.55 + 0.55
        ends = [(0.0, r * math.cos(angle), 0.95 + r * math.sin(angle)) for r in (inner, outer)]
        colour = (0.55, 0.03, 0.02) if number % 2 else (0.7, 0.7, 0.68)
        parts.append(Limb(ends[0], ends[1], 0.06, 0.06, colour))
    return join(
        [
            capsules(parts, 6, is_coarse=True),
            box((0, -0.1, 0), (0.35, 0.45, 1.1), (0.55, 0.36, 0.02), 0.2),
        ]
    )


def _cyclist(look: Look, pose: Pose) -> Mesh:
    build = people.build_of(look)
    turn = pose.gone * 2 * math.pi / 4.5
    limbs, frame = [], (0.05, 0.05, 0.06)
    for centre in (-0.52, 0.52):
        rim = [(0.0, centre + 0.34 * math.cos(a), 0.34 + 0.34 * math.sin(a)) for a in _circle(12)]
        limbs += [
            Limb(a, b, 0.022, 0.022, (0.02, 0.02, 0.02))
            for a, b in zip(rim, rim[1:] + rim[:1], strict=True)
        ]
    bones = [((0, -0.52, 0.34), (0, 0.05, 0.3)), ((0, 0.05, 0.3), (0, 0.42, 0.85)), ((0, 0.52,
    0.34), (0, 0.4, 1.0)),
             ((0, 0.05, 0.3), (0, -0.15, 0.9)), ((-0.25, 0.42, 1.02), (0.25, 0.42,
             1.02))]  # fmt: skip
    limbs += [Limb(a, b, 0.025, 0.02, frame) for a, b in bones]
    for side, sign in ((0.0, -1), (math.pi, 1)):
        pedal = (
            sign * 0.12,
            0.05 + 0.17 * math.sin(turn + side),
            0.3 + 0.17 * math.cos(turn + side),
        )
        knee = (sign * 0.12, 0.28, 0.62 + 0.5 * (pedal[2] - 0.3) + 0.1)
        limbs += [
            Limb((sign * 0.09, -0.15, 0.98), knee, 0.09, 0.065, build.legs), Limb(knee, pedal,
            0.06, 0.045, build.legs),
            Limb(pedal, (pedal[0], pedal[1] + 0.14, pedal[2]), 0.04, 0.035, build.shoes),
            Limb((sign * 0.19, 0.1, 1.42), (sign * 0.24, 0.25, 1.2), 0.055, 0.05, build.top),
            Limb((sign * 0.24, 0.25, 1.2), (sign * 0.23, 0.42, 1.05), 0.045, 0.035, build.skin),
        ]  # fmt: skip
    limbs += [
        Limb((0, -0.15, 1.02), (0, 0.12, 1.4), 0.12, 0.13, build.top, 1.4),
        Limb((0, 0.2, 1.58), (0, 0.2, 1.66), 0.085, 0.09, build.skin),
        Limb((0, 0.18, 1.68), (0, 0.19, 1.7), 0.1, 0.095, vehicles.PAINTS[look.seed % 7]),
    ]  # fmt: skip
    return capsules(limbs, 4, is_coarse=True)


def _circle(count: int) -> list[float]:
    return [2 * math.pi * number / count for number in range(count)]


def _dog(look: Look, pose: Pose) -> Mesh:
    coat: Colour = ((0.22, 0.13, 0.06), (0.04, 0.03, 0.03), (0.45, 0.38, 0.28))[look.seed % 3]
    swing = 0.16 * math.sin(pose.gone * 2 * math.pi / 0.8) * min(pose.speed, 1.0)
    limbs = [
        Limb((0, -0.25, 0.42), (0, 0.25, 0.44), 0.11, 0.13, coat), Limb((0, 0.33, 0.52), (0,
        0.42, 0.6), 0.08, 0.08, coat),
        Limb((0, 0.45, 0.6), (0, 0.56, 0.57), 0.05, 0.04, coat), Limb((0, -0.33, 0.46), (0, -0.5,
        0.6), 0.03, 0.015, coat),
    ]  # fmt: skip
    for x, y, sign in ((-0.07, 0.24, 1), (0.07, 0.24, -1), (-0.07, -0.24, -1), (0.07, -0.24, 1)):
        limbs.append(Limb((x, y, 0.38), (x, y + sign * swing, 0.03), 0.045, 0.03, coat))
    return capsules(limbs, 4, is_coarse=True)


OBJECTS: dict[str, Callable[[Look, Pose], Mesh]] = {
    "truck": lambda look, _: vehicles.truck(vehicles.paint_of(look)),
    "forklift": lambda _look, _: vehicles.forklift(),
    "dog": _dog,
    "parcel": lambda _look, _: join([
        box((0, 0, 0), (0.55, 0.45, 0.42), CARDBOARD), box((0, 0, 0.001), (0.08, 0.455, 0.422),
        (0.5, 0.4, 0.25), bias=0.05),
    ]),
    "suitcase": lambda _look, _: join([
        box((0, 0, 0.05), (0.5, 0.28, 0.72), (0.02, 0.03, 0.07), 0.25), box((0, 0, 0.77), (0.2,
        0.04, 0.25), (0.02, 0.02, 0.02)),
    ]),
    "rucksack": lambda _look, _: capsules([
        Limb((0, 0, 0.18), (0, 0, 0.42), 0.18, 0.15, (0.25, 0.03, 0.03), 1.2), Limb((0, 0.14,
        0.16), (0, 0.14, 0.26), 0.1, 0.09, (0.18, 0.02, 0.02), 1.3),
    ]),
    "pallet": lambda _look, _: join([
        box((0, 0, 0), (1.2, 1.0, 0.14), (0.34, 0.24, 0.13)), box((0, 0, 0.14), (1.1, 0.9, 0.75),
        CARDBOARD),
    ]),
}  # fmt: skip
