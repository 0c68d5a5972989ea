"""How bodies are held: walking, running, standing, falling, climbing.

Pure. The gait follows the way gone, so feet do not slide: a stride is a full turn of the phase,
thighs swing as its sine, a knee bends while its leg swings forward.
"""

import math

import attrs

from scripts.demo.renderer.trips import Action, Pose


@attrs.frozen
class Stance:
    """The angles of a body, forward positive, in radians."""

    thighs: tuple[float, float]
    knees: tuple[float, float]
    arms: tuple[float, float]
    elbows: tuple[float, float]
    lean: float = 0.0
    tip: float = 0.0  # the whole body about its feet, a quarter turn lies


CRAWL_STRIDE_M = 0.8  # both knees once


def stride_of(speed: float, height: float) -> float:
    """Say how many metres two steps take: runners step out."""
    return height * (0.82 + 0.6 * _haste(speed))


def _haste(speed: float) -> float:
    return min(max((speed - 2.0) / 1.5, 0.0), 1.0)


def stance_of(pose: Pose, phase: float, fidget: float) -> Stance:
    """Say how a body is held in this pose; phase is the part of the stride that is done."""
    if pose.action != "go":
        return _acting(pose, fidget)
    if pose.speed < 0.12:
        idle = math.sin(fidget + pose.since_s * 0.35)
        return Stance((0.02, -0.03), (0.03, 0.08), (0.06, 0.1 + 0.1 * idle), (0.2, 0.35), lean=0.04)
    return _gait(pose.speed, 2 * math.pi * phase)


def _acting(pose: Pose, fidget: float) -> Stance:
    stances: dict[Action, Stance] = {
        "climb": _climbing(pose.lift * 5.0 + pose.since_s * 2.5),
        "crawl": _crawling(2 * math.pi * pose.gone / CRAWL_STRIDE_M),
        "fight": _fighting(pose.since_s + fidget),
        "fall": _falling(min(pose.since_s / 0.9, 1.0) ** 1.6),
        "lie": _falling(1.0),
        "bend": _bending(math.sin(min(pose.since_s / 2.4, 1.0) * math.pi)),
        "wave": _waving(math.sin(pose.since_s * 7) * 0.4),
    }
    return stances[pose.action]


def _falling(part: float) -> Stance:
    return Stance(
        (0.5 * part, 0.1), (0.9 * part, 0.2), (0.9 * part, -0.4), (0.7, 0.4), tip=part * 1.5
    )


def _bending(part: float) -> Stance:
    return Stance(
        (1.1 * part,) * 2, (1.7 * part,) * 2, (0.9 * part,) * 2, (0.2, 0.2), lean=0.8 * part
    )


def _waving(swing: float) -> Stance:
    return Stance((0.0, 0.03), (0.02, 0.06), (2.7 + swing, 2.7 - swing), (0.3, 0.3))


def _gait(speed: float, phase: float) -> Stance:
    fast = _haste(speed)
    share = min(speed / 1.2, 1.0) ** 0.7
    reach = share * (0.44 + 0.36 * fast)
    left, right = math.sin(phase), math.sin(phase + math.pi)
    bent = [
        0.08 + share * (0.85 + 0.9 * fast) * max(math.cos(phase + k), 0.0) ** 1.5
        for k in (0, math.pi)
    ]
    arms = (-left * share * (0.42 + 0.5 * fast), -right * share * (0.42 + 0.5 * fast))
    elbow = 0.25 + 1.3 * fast
    ahead = 0.12 * fast
    return Stance(
        (left * reach + ahead, right * reach + ahead), (bent[0], bent[1]), arms, (elbow, elbow),
        lean=0.04 + 0.16 * fast,
    )  # fmt: skip


def _climbing(phase: float) -> Stance:
    swing = math.sin(phase)
    return Stance(
        (0.7 + 0.6 * swing, 0.7 - 0.6 * swing), (1.1 + 0.6 * swing, 1.1 - 0.6 * swing),
        (2.6 - 0.3 * swing, 2.6 + 0.3 * swing), (0.5, 0.5), lean=0.1,
    )  # fmt: skip


def _fighting(now_s: float) -> Stance:
    """Hold the fists up, punch with either, lunge and draw back."""
    jab, cross = (max(math.sin(now_s * 6.1 + k), 0.0) ** 2 for k in (0.0, 2.6))
    sway = math.sin(now_s * 2.3)
    return Stance(
        (0.35 + 0.2 * sway, -0.3 + 0.2 * sway), (0.35, 0.3),
        (0.7 + 0.8 * jab, 0.7 + 0.8 * cross), (1.9 - 1.7 * jab, 1.9 - 1.7 * cross),
        lean=0.15 + 0.2 * max(jab, cross),
    )  # fmt: skip


def _crawling(phase: float) -> Stance:
    """Go on hands and knees: the back level, shins along the ground."""
    swing = 0.35 * math.sin(phase)
    return Stance(
        (0.1 + swing, 0.1 - swing), (1.6, 1.6), (0.1 - swing, 0.1 + swing), (0.1, 0.1), lean=1.4
    )
