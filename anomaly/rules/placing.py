"""Rules as configured, with their places and hours worked out once.  Pure."""

import zlib
from collections.abc import Sequence
from datetime import tzinfo

import attrs

from conf.hours import Span, is_time, read_hours
from conf.schema import Camera, Point, Rule
from seda.messages import Band

_ALWAYS = (0, 24)


@attrs.frozen
class PlacedRule:
    """One rule where and when it holds."""

    rule: Rule
    corners: tuple[Point, ...] | None  # fractions of the picture; None: all of it
    spans: tuple[Span, ...]  # none: always

    @property
    def name(self) -> str:
        """As people read it."""
        return self.rule.name or self.rule.label or self.rule.kind

    @property
    def band(self) -> Band:
        """The least that a picture has in which the rule is broken."""
        return Band(self.rule.band)

    @property
    def key(self) -> str:
        """Name what is remembered of it; of a rule that was written anew nothing is."""
        content = f"{self.rule!r}{self.corners!r}".encode()
        return f"{zlib.crc32(content):08x}"

    def holds(self, at_s: float, zone: tzinfo | None) -> bool:
        """Say whether it is time for it."""
        return not self.spans or is_time(self.spans, at_s, zone)


@attrs.frozen
class Rules:
    """All rules of a camera, by the key under which their records are."""

    tracked: dict[str, PlacedRule] = attrs.field(factory=dict)
    labels: dict[str, PlacedRule] = attrs.field(factory=dict)  # of kind `object`
    privacy: tuple[tuple[Point, ...], ...] = ()  # where nobody may look, so nothing is broken
    ignored: tuple[tuple[tuple[Point, ...], tuple[Span, ...]], ...] = ()  # zones of weight 0
    zone: tzinfo | None = None  # of their hours; the machine's without one

    def masks_at(self, at_s: float, placed: PlacedRule) -> list[tuple[Point, ...]]:
        """Return where things break no rule; an object detector sees what zones ignore."""
        if placed.rule.kind == "object":
            return list(self.privacy)
        ignored = (corners for corners, it in self.ignored if is_time(it, at_s, self.zone))
        return [*self.privacy, *ignored]

    @property
    def keys(self) -> set[str]:
        """Under which anything is remembered."""
        return {*self.tracked, *self.labels}


def place_rules(camera: Camera, zone: tzinfo | None = None) -> Rules:
    """Work out the rules of a camera."""
    placed = [_place(rule, camera) for rule in camera.rule]
    ignored = [(it.corners, read_hours(it.hours)) for it in camera.zone if it.weight == 0]
    return Rules(
        _by_key(placed, is_label=False), _by_key(placed, is_label=True),
        camera.privacy, tuple(ignored), zone,
    )  # fmt: skip


def _by_key(placed: Sequence[PlacedRule], *, is_label: bool) -> dict[str, PlacedRule]:
    return {one.key: one for one in placed if (one.rule.kind == "object") is is_label}


def _place(rule: Rule, camera: Camera) -> PlacedRule:
    zones = {zone.name: zone.corners for zone in camera.zone}
    corners = zones[rule.zone] if rule.zone is not None else rule.corners
    return PlacedRule(rule, corners, () if rule.hours == _ALWAYS else read_hours(rule.hours))
