"""Bodies of people: a skeleton posed by what its owner does, dressed from the look's seed.

Pure. What the joints do is the gait's to say (gait.py).
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import attrs
import numpy as np

from scripts.demo.renderer.bodies.gait import Stance, stance_of, stride_of
from scripts.demo.renderer.geometry import as_floats
from scripts.demo.renderer.mesh import Colour, Limb, Mesh, Point, box, capsules, join
from scripts.demo.renderer.trips import Look, Pose

SKINS = ((0.62, 0.40, 0.29), (0.50, 0.30, 0.20), (0.30, 0.17, 0.10), (0.16, 0.09, 0.055))
HAIRS = ((0.02, 0.016, 0.013), (0.07, 0.04, 0.02), (0.30, 0.20, 0.09), (0.35, 0.34, 0.33))
TOPS = (
    (0.03, 0.04, 0.07), (0.30, 0.04, 0.04), (0.55, 0.54, 0.50), (0.05, 0.13, 0.30), (0.10, 0.11,
    0.11),
    (0.13, 0.19, 0.08), (0.48, 0.33, 0.10), (0.21, 0.12, 0.07), (0.32, 0.38, 0.44), (0.02, 0.02,
    0.022),
    (0.62, 0.24, 0.20), (0.12, 0.30, 0.30),
)  # fmt: skip
TROUSERS = (
    (0.025, 0.03, 0.05), (0.05, 0.075, 0.15), (0.02, 0.02, 0.02), (0.24, 0.20, 0.14), (0.09,
    0.09, 0.10),
    (0.12, 0.15, 0.22),
)  # fmt: skip
HI_VIS: Colour = (0.75, 0.62, 0.02)
STRIPE: Colour = (0.8, 0.8, 0.8)


T = TypeVar("T")


@attrs.frozen
class Build:
    """One person's measures and colours."""

    height: float
    girth: float
    skin: Colour
    hair: Colour
    top: Colour
    legs: Colour
    shoes: Colour
    coat: bool
    long_hair: bool
    wears: tuple[str, ...]


@lru_cache(maxsize=512)
def build_of(look: Look) -> Build:
    """Draw a person's measures and clothes from the look's seed."""
    rng = np.random.default_rng(look.seed)
    build = Build(
        height=float(np.clip(rng.normal(1.73, 0.08), 1.52, 1.95)),
        girth=float(np.clip(rng.normal(1.0, 0.1), 0.84, 1.3)),
        skin=_pick(rng, SKINS),
        hair=_pick(rng, HAIRS),
        top=_pick(rng, TOPS),
        legs=_pick(rng, TROUSERS),
        shoes=_pick(rng, ((0.02, 0.02, 0.02), (0.05, 0.03, 0.02), (0.4, 0.4, 0.4))),
        coat=bool(rng.random() < 0.25),
        long_hair=bool(rng.random() < 0.35),
        wears=look.wears
        or _pick(rng, ((), (), (), ("backpack",), ("bag",), ("hat",), ("backpack", "hat"))),
    )
    return attrs.evolve(build, top=HI_VIS, coat=False) if "hi-vis" in build.wears else build


def _pick(rng: np.random.Generator, choices: tuple[T, ...]) -> T:
    return choices[int(rng.integers(len(choices)))]


SIDES = (3, 5, 6, 8)  # of a limb, by fineness
PHASES = 20  # of a stride; finer than this nobody sees


def person(look: Look, pose: Pose, fineness: int) -> Mesh:
    """Make the mesh of somebody in a pose, feet on the ground at the origin.

    Gaits are made once for each of a few phases and speeds and kept; who walks by for half a minute
    costs twenty bodies, not two hundred.
    """
    height = build_of(look).height
    if pose.action == "go":
        phase = round(pose.gone / stride_of(pose.speed, height) * PHASES) % PHASES
        speed = round(pose.speed * 4) / 4
        idle = 0 if speed > 0 else round(pose.since_s) % 19
        return _posed(look, phase, speed, idle, fineness)
    return _body(look, stance_of(pose, 0.0, look.seed % 7), fineness)


@lru_cache(maxsize=2000)
def _posed(look: Look, phase: int, speed: float, idle: int, fineness: int) -> Mesh:
    pose = Pose(0, 0, 0, 0, speed, 0, "go", float(idle))
    return _body(look, stance_of(pose, phase / PHASES, look.seed % 7), fineness)


def _body(look: Look, stance: Stance, fineness: int) -> Mesh:
    build = build_of(look)
    mesh = capsules(_limbs(build, stance), SIDES[fineness], is_coarse=fineness < 3)
    extras = _extras(build, stance)
    if extras:
        mesh = join([mesh, *extras])
    if stance.tip:
        sine, cosine = math.sin(stance.tip), math.cos(stance.tip)
        tipped = as_floats([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
        mesh = attrs.evolve(mesh, quads=mesh.quads @ tipped, normals=mesh.normals @ tipped)
    return attrs.evolve(mesh, quads=mesh.quads - as_floats([0, 0, mesh.quads[..., 2].min()]))


def _swing(origin: Point, length: float, angle: float, out: float = 0.0) -> Point:
    """Hang a bone from a joint: angle forward of straight down, out to the side."""
    down = math.cos(angle)
    return (
        origin[0] + out * length,
        origin[1] + math.sin(angle) * length,
        origin[2] - down * length,
    )


def _limbs(build: Build, stance: Stance) -> list[Limb]:
    h, g = build.height, build.girth
    hip_z, back = 0.53 * h, stance.lean

    def up(z: float, y: float = 0.0) -> Point:
        rise = z - hip_z
        return (
            0.0,
            rise * math.sin(back) + y * math.cos(back),
            hip_z + rise * math.cos(back) - y * math.sin(back),
        )

    limbs: list[Limb] = []
    for side, sign in ((0, -1), (1, 1)):
        thigh, knee = stance.thighs[side], stance.knees[side]
        hip = (sign * 0.052 * h * g, 0.0, hip_z - 0.01 * h)
        mid = _swing(hip, 0.245 * h, thigh)
        foot = _swing(mid, 0.235 * h, thigh - knee)
        toe = (
            foot[0] + sign * 0.01,
            foot[1] + 0.085 * h * math.cos(thigh - knee),
            foot[2] - 0.02 * h + 0.085 * h * math.sin(thigh - knee),
        )
        limbs += [
            Limb(hip, mid, 0.058 * h * g, 0.04 * h, build.legs),
            Limb(mid, foot, 0.038 * h, 0.026 * h, build.legs),
            Limb(foot, toe, 0.024 * h, 0.02 * h, build.shoes),
        ]
        _, y, z = up(0.80 * h)
        shoulder = (sign * 0.112 * h * g, y, z)
        elbow = _swing(shoulder, 0.165 * h, stance.arms[side], sign * 0.16)
        hand = _swing(elbow, 0.14 * h, stance.arms[side] + stance.elbows[side], -sign * 0.02)
        fist = _swing(hand, 0.045 * h, stance.arms[side] + stance.elbows[side])
        limbs += [
            Limb(shoulder, elbow, 0.035 * h, 0.029 * h, build.top),
            Limb(elbow, hand, 0.028 * h, 0.022 * h, build.top),
            Limb(hand, fist, 0.021 * h, 0.018 * h, build.skin),
        ]
    waist, chest = up(0.60 * h), up(0.765 * h)
    limbs += [
        Limb(up(0.53 * h), waist, 0.066 * h * g, 0.062 * h * g, build.legs, 1.35),
        Limb(up(0.585 * h), chest, 0.064 * h * g, 0.072 * h, build.top, 1.42),
        Limb(up(0.80 * h), up(0.86 * h, 0.01 * h), 0.034 * h, 0.03 * h, build.skin),
        Limb(up(0.905 * h, 0.018 * h), up(0.945 * h, 0.014 * h), 0.046 * h, 0.052 * h, build.skin),
        Limb(up(0.935 * h, -0.01 * h), up(0.955 * h, 0.002 * h), 0.052 * h, 0.056 * h, build.hair),
    ]
    if build.coat:
        limbs.append(Limb(up(0.45 * h), waist, 0.078 * h * g, 0.068 * h * g, build.top, 1.4))
    if build.long_hair:
        limbs.append(
            Limb(
                up(0.93 * h, -0.02 * h),
                up(0.82 * h, -0.035 * h),
                0.05 * h,
                0.035 * h,
                build.hair,
                1.2,
            )
        )
    return limbs + _worn(build, up)


def _worn(build: Build, up: Callable[..., Point]) -> list[Limb]:
    h = build.height
    worn: list[Limb] = []
    red, green, blue = build.top
    dark = (0.35 * blue + 0.02, 0.35 * green + 0.02, 0.35 * red + 0.02)
    if "hat" in build.wears:
        worn.append(Limb(up(0.965 * h), up(0.985 * h), 0.057 * h, 0.05 * h, dark))
    if "helmet" in build.wears:
        worn.append(Limb(up(0.96 * h), up(0.98 * h), 0.062 * h, 0.056 * h, (0.75, 0.7, 0.6)))
    if "backpack" in build.wears:
        worn.append(
            Limb(
                up(0.64 * h, -0.11 * h),
                up(0.76 * h, -0.105 * h),
                0.062 * h,
                0.06 * h,
                dark,
                1.3,
            )
        )
    if "hi-vis" in build.wears:
        worn += [
            Limb(up(z * h), up((z + 0.006) * h), 0.073 * h, 0.073 * h, STRIPE, 1.45)
            for z in (0.63, 0.72)
        ]
    return worn


def _extras(build: Build, stance: Stance) -> list[Mesh]:
    h = build.height
    hand = 0.112 * h * build.girth + 0.05
    reach = math.sin(stance.arms[1]) * 0.3 * h
    if "bag" in build.wears:
        return [box((hand, reach, 0.32 * h), (0.1, 0.3, 0.26), (0.09, 0.05, 0.03))]
    if "suitcase" in build.wears:
        return [box((hand + 0.05, -0.35, 0.04), (0.24, 0.4, 0.6), (0.03, 0.05, 0.12), gloss=0.2)]
    if "box" in build.wears:
        return [box((0.0, 0.2 * h, 0.6 * h), (0.42, 0.34, 0.3), (0.36, 0.24, 0.12))]
    return []
