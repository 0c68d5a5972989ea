"""What each kind of rule takes, and what would make a rule that nothing can break. Pure."""

import math
from collections.abc import Iterator, Sequence

import attrs

from conf.hours import HoursError, read_hours
from conf.locating import Path
from conf.schema import Camera, Rule, Spot, Zone
from conf.structuring import Problem, suggestion

MOST_RULES = 32
"""Of a camera: what is remembered of their things has to fit into its memory."""
_MOST_POINTS = 64
_LEAST_AREA = 1e-4  # of the picture: a hundredth of its width by a hundredth of its height
_LEAST_LENGTH = 0.01  # likewise of an arrow and of a line
_TRACKED = ("enter", "direction", "stay", "line")
_KINDS = {
    "label": ("object",),
    "strength_min": ("object",),
    "things": _TRACKED,
    "zone": ("object", "enter", "direction", "stay"),
    "corners": ("object", "enter", "direction", "stay"),
    "inside_s": ("enter",),
    "longest_s": ("stay",),
    "arrow": ("direction",),
    "line": ("line",),
    "way": ("direction", "line"),
    "tolerance_deg": ("direction",),
    "heights_min": ("direction",),
}
_NEEDED = {"object": "label", "direction": "arrow", "stay": "longest_s", "line": "line"}
_EXAMPLES = {
    "label": 'label = "person"',
    "arrow": "arrow = [[0.2, 0.5], [0.8, 0.5]], from where to where",
    "longest_s": "longest_s = 60.0",
    "line": "line = [[0.2, 0.5], [0.8, 0.5]]",
}
_WAYS = {"direction": ("along", "against"), "line": ("either", "left_to_right", "right_to_left")}
_DEFAULTS = {field.name: field.default for field in attrs.fields(Rule)}


def broken_rules(camera: Camera, path: Path) -> Iterator[Problem]:
    """Find what is wrong with the rules of one camera."""
    if len(camera.rule) > MOST_RULES:
        yield Problem((*path, "rule"), f"{len(camera.rule)} rules; {MOST_RULES} are the most")
    taken: set[str] = set()
    for index, rule in enumerate(camera.rule):
        place: Path = (*path, "rule", index)
        yield from _keys(rule, place)
        yield from _where(rule, camera.zone, place)
        yield from _shape(rule, place)
        yield from _when(rule, place)
        if rule.kind == "object" and camera.object_detector is None:
            words = "without an object detector nothing has a label: add object_detector"
            yield Problem((*place, "label"), words)
        if rule.name is not None and rule.name in taken:
            yield Problem((*place, "name"), "another rule of this camera has this name already")
        taken.add(rule.name or "")


def _keys(rule: Rule, place: Path) -> Iterator[Problem]:
    """Tell keys that a kind does not take, and those that it cannot do without."""
    for key, kinds in _KINDS.items():
        if rule.kind not in kinds and getattr(rule, key) != _DEFAULTS[key]:
            words = f'a rule of kind "{rule.kind}" has no {key}; it is for: {", ".join(kinds)}'
            if rule.kind == "object":
                words += " (say which with kind)"
            yield Problem((*place, key), words)
    needed = _NEEDED.get(rule.kind)
    if needed and getattr(rule, needed) is None:
        words = f'a rule of kind "{rule.kind}" needs {needed}: add {_EXAMPLES[needed]}'
        yield Problem((*place, "kind") if rule.kind != "object" else place, words)
    if rule.kind != "object" and rule.name is None:
        words = 'it has no name to be told by: add name = "no one on the jetty"'
        yield Problem((*place, "kind"), words)
    ways = _WAYS.get(rule.kind)
    if ways and rule.way is not None and rule.way not in ways:
        words = f'"{rule.way}" is no way of kind "{rule.kind}": {" or ".join(ways)}'
        yield Problem((*place, "way"), words)


def _where(rule: Rule, zones: Sequence[Zone], place: Path) -> Iterator[Problem]:
    if rule.zone is None:
        return
    known = {zone.name: zone for zone in zones}
    if rule.corners is not None:
        yield Problem((*place, "zone"), "it has corners of its own as well: say one of both")
    if rule.zone not in known:
        there = suggestion(rule.zone, known) if known else "none is configured"
        yield Problem((*place, "zone"), f'there is no zone "{rule.zone}" ({there})')
    elif rule.kind != "object" and known[rule.zone].weight == 0:
        words = f'nothing is followed in zone "{rule.zone}", which has weight 0: give the rule'
        yield Problem((*place, "zone"), f"{words} corners of its own elsewhere")


def _shape(rule: Rule, place: Path) -> Iterator[Problem]:
    for key in ("corners", "arrow", "line"):
        for spot in getattr(rule, key) or ():
            if not all(0 <= share <= 1 for share in spot):
                words = f"{list(spot)} is outside of the picture: points are shares of its width"
                yield Problem((*place, key), f"{words} and height, 0 to 1")
                return
    if rule.corners is not None:
        yield from _polygon(rule.corners, (*place, "corners"))
    if rule.arrow is not None:
        if len(rule.arrow) != 2:
            words = f"an arrow has two points, from where to where; this has {len(rule.arrow)}"
            yield Problem((*place, "arrow"), words)
        elif math.dist(*rule.arrow) < _LEAST_LENGTH:
            words = "it has no length, so no direction: put its points further apart"
            yield Problem((*place, "arrow"), words)
    if rule.line is not None:
        yield from _line(rule.line, (*place, "line"))


def _polygon(corners: Sequence[Spot], place: Path) -> Iterator[Problem]:
    if not 3 <= len(corners) <= _MOST_POINTS:
        words = f"a place has 3 to {_MOST_POINTS} corners, this has {len(corners)}"
        yield Problem(place, words)
    elif _is_flat(corners):
        yield Problem(place, "it encloses nothing: its corners lie on one line")


def _line(points: Sequence[Spot], place: Path) -> Iterator[Problem]:
    if not 2 <= len(points) <= _MOST_POINTS:
        words = f"a line has 2 to {_MOST_POINTS} points, this has {len(points)}"
        yield Problem(place, words)
    elif min(map(math.dist, points, points[1:])) < _LEAST_LENGTH:
        words = "two of its points are the same place: put them further apart, or leave one out"
        yield Problem(place, words)


def _is_flat(corners: Sequence[Spot]) -> bool:
    """Say whether all corners lie on one line, or as good as that."""
    (x0, y0), far = corners[0], max(corners, key=lambda corner: math.dist(corner, corners[0]))
    across = (abs((far[0] - x0) * (y - y0) - (far[1] - y0) * (x - x0)) for x, y in corners)
    return max(across) / 2 < _LEAST_AREA


def _when(rule: Rule, place: Path) -> Iterator[Problem]:
    try:
        read_hours(rule.hours)
    except HoursError as error:
        yield Problem((*place, "hours"), str(error))
