"""Rules of a camera for labelled boxes: what, where, when, and the least band it then has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from anomaly.bands import Band
from anomaly.types import Box
from anomaly.zones import Point, Zone, contains_point

if TYPE_CHECKING:
    from collections.abc import Sequence


@attrs.frozen
class Rule:
    """A label that is not ordinary in a zone at some hours."""

    label: str
    band: Band = Band.UNUSUAL
    zone: Zone | None = None  # everywhere without
    hours: tuple[int, int] = (0, 24)
    least_strength: float = 0.4


def find_match(
    rules: tuple[Rule, ...], boxes: Sequence[Box], hour: float
) -> tuple[Rule, Box] | None:
    """Give the rule of the highest band that a box meets, with the box."""
    matches = [(rule, box) for rule in rules for box in boxes if _applies(rule, box, hour)]
    order = tuple(Band)
    return max(
        matches, key=lambda pair: (order.index(pair[0].band), pair[1].strength), default=None
    )


def _applies(rule: Rule, box: Box, hour: float) -> bool:
    if box.label != rule.label or box.strength < rule.least_strength:
        return False
    start, end = rule.hours
    in_time = start <= hour < end if start <= end else hour >= start or hour < end
    return in_time and (rule.zone is None or contains_point(rule.zone.corners, _foot(box)))


def _foot(box: Box) -> Point:
    """Give where a thing stands, rather than its middle."""
    return (box.left + box.right) / 2, box.bottom
