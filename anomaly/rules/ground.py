"""A rule on the small picture: its place, arrow and line in pixels.  Pure."""

import math
from collections.abc import Iterable, Sequence

import attrs

from anomaly.rules.geometry import contains
from anomaly.rules.placing import PlacedRule
from anomaly.rules.things import Thing
from conf.schema import Point, Rule


@attrs.frozen
class Ground:
    """Where one rule holds."""

    rule: Rule
    corners: tuple[Point, ...] | None
    masks: tuple[tuple[Point, ...], ...]
    line: tuple[Point, ...]  # empty where the rule has none
    arrow: Point  # one pixel long; nowhere where the rule has none

    @classmethod
    def of(cls, placed: PlacedRule, masks: Iterable[Sequence[Point]], size: Point) -> "Ground":
        """Lay a rule on a picture of this width and height."""
        rule = placed.rule
        corners = None if placed.corners is None else _scale(placed.corners, size)
        hidden = tuple(_scale(one, size) for one in masks)
        return cls(rule, corners, hidden, _scale(rule.line or (), size), _arrow(rule, size))

    def has(self, thing: Thing) -> bool:
        """Say whether a thing stands in its place."""
        return self.corners is None or contains(self.corners, thing.foot)

    def may_look(self, thing: Thing) -> bool:
        """Say whether a thing stands where a person allows to look."""
        return not any(contains(one, thing.foot) for one in self.masks)

    def is_about(self, thing: Thing) -> bool:
        """Say whether it is one of the things that the rule means."""
        if self.rule.kind == "object":
            return thing.what == self.rule.label
        return self.rule.things in {"anything", thing.what}


def _scale(points: Sequence[Point], size: Point) -> tuple[Point, ...]:
    return tuple((x * size[0], y * size[1]) for x, y in points)


def _arrow(rule: Rule, size: Point) -> Point:
    """Return the direction that is told, on a picture that is wider than high."""
    if rule.arrow is None:
        return 0.0, 0.0
    (x0, y0), (x1, y1) = _scale(rule.arrow, size)
    length = math.hypot(x1 - x0, y1 - y0) * (-1 if rule.way == "against" else 1)
    return (x1 - x0) / length, (y1 - y0) / length
