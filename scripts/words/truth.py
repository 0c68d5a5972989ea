"""What is true of a moment of a rendered scene: who is where, and how fast it goes.  Pure."""

import math
from collections.abc import Iterable, Iterator

import attrs

from scripts.demo.renderer.happenings.incidents import outline_at
from scripts.demo.renderer.happenings.world import Actor
from scripts.demo.renderer.scene import Scene
from seda.messages import Box

NEAR = 0.03
"""Of the picture: nearer to a place than that, somebody is at it."""
_STANDS_M_PER_S = 0.1
_SIDES = ("right", "lower right", "down", "lower left", "left", "upper left", "up", "upper right")
_STEP_S = 0.4


@attrs.frozen
class Present:
    """One subject that the picture shows."""

    kind: str
    box: Box
    action: str
    speed_m_per_s: float
    way: str
    """In the picture."""

    def __str__(self) -> str:
        """Say it in a few words."""
        if self.speed_m_per_s < _STANDS_M_PER_S:
            return f"{self.kind} stands ({self.action})"
        action = "" if self.action == "go" else f" ({self.action})"
        return f"{self.kind} {self.way} {self.speed_m_per_s:.1f} m/s{action}"


def look_around(actors: Iterable[Actor], scene: Scene, now_s: float) -> Iterator[Present]:
    """Return who is in the picture."""
    for actor in actors:
        box, before = _box_at(actor, scene, now_s), _box_at(actor, scene, now_s - _STEP_S)
        if box is None:
            continue
        way = _name_way(before or box, box, scene)
        yield Present(actor.trip.look.kind, box, actor.pose.action, abs(actor.pose.speed), way)


def at_place(present: Iterable[Present], x: float, y: float) -> list[Present]:
    """Return who is at a place, or next to it."""
    return [
        one
        for one in present
        if one.box.left - NEAR <= x <= one.box.right + NEAR
        and one.box.top - NEAR <= y <= one.box.bottom + NEAR
    ]


def _box_at(actor: Actor, scene: Scene, now_s: float) -> Box | None:
    outline = outline_at(actor.trip, scene, now_s)
    if outline is None:
        return None
    (left, top), (right, bottom) = outline.min(0).tolist(), outline.max(0).tolist()
    return Box(left, top, right, bottom, actor.trip.look.kind, 1.0)


def _name_way(before: Box, now: Box, scene: Scene) -> str:
    across = (now.left + now.right - before.left - before.right) * scene.lens.width_px
    down = (now.top + now.bottom - before.top - before.bottom) * scene.lens.height_px
    turn = math.atan2(down, across) * len(_SIDES) / (2 * math.pi)
    return _SIDES[round(turn) % len(_SIDES)]
