"""When a rule of each kind is broken by a thing.  Pure.

Every kind brings the record of a thing up to date by where it is now, and says whether that breaks
the rule. Ways are measured from an *anchor*, a place where the thing was before: of an arrow the
anchor follows once the path is long enough, of a line once the thing is clear of it, so that what
trembles on a line crosses nothing. Where an outline grows or shrinks at once it is shared with
another thing, and the way begins anew: it would be the way from one to the other.
"""

import math
from collections.abc import Callable

from anomaly.rules.geometry import area, crossings, distance
from anomaly.rules.ground import Ground
from anomaly.rules.records import Record
from anomaly.rules.things import Thing

_CLEAR_HEIGHTS, _CLEAR_PX = 0.2, 1.5  # from a line, to be on one side of it
_GROWN = 2.2  # times the outline of a moment ago: not the same one


def is_broken(ground: Ground, record: Record, thing: Thing) -> bool:
    """Bring a record up to date and say whether its thing breaks the rule now."""
    is_inside = ground.has(thing)
    _note_time(record, thing, is_inside=is_inside)
    broken = is_inside and _KINDS[ground.rule.kind](ground, record, thing)
    if not is_inside:
        record.anchor = None
    record.be_at(thing)
    return broken


def _note_time(record: Record, thing: Thing, *, is_inside: bool) -> None:
    """Count only what was seen: from one moment in the place to the next."""
    step_s = thing.at_s - record.seen_s
    if not is_inside:
        record.outside_s += step_s
        return
    if record.outside_s == 0:
        record.inside_s += step_s
    record.outside_s = 0.0


def _sees_label(ground: Ground, record: Record, thing: Thing) -> bool:
    del ground, record, thing
    return True


def _has_entered(ground: Ground, record: Record, thing: Thing) -> bool:
    del thing
    return record.inside_s >= ground.rule.inside_s and not record.is_hole


def _stays(ground: Ground, record: Record, thing: Thing) -> bool:
    del thing
    longest_s = ground.rule.longest_s
    return longest_s is not None and record.inside_s > longest_s and not record.is_hole


def _goes(ground: Ground, record: Record, thing: Thing) -> bool:
    before, foot = record.anchor, thing.foot
    if before is None or _is_shared(record, thing):
        record.anchor = foot
        return False
    path = foot[0] - before[0], foot[1] - before[1]
    length = math.hypot(*path)
    if length < ground.rule.heights_min * thing.height:
        return False
    record.anchor = foot
    along = path[0] * ground.arrow[0] + path[1] * ground.arrow[1]
    return along >= length * math.cos(math.radians(ground.rule.tolerance_deg))


def _crosses(ground: Ground, record: Record, thing: Thing) -> bool:
    before, foot = record.anchor, thing.foot
    is_clear = distance(foot, ground.line) >= max(_CLEAR_PX, _CLEAR_HEIGHTS * thing.height)
    if before is not None and _is_shared(record, thing):
        record.anchor = foot if is_clear else None
        return False
    if not is_clear:
        return False
    record.anchor = foot
    count = 0 if before is None else crossings(before, foot, ground.line)
    return {"left_to_right": count > 0, "right_to_left": count < 0}.get(
        ground.rule.way or "either", count != 0
    )


def _is_shared(record: Record, thing: Thing) -> bool:
    ratio = area(thing.box) / max(area(record.box), 1.0)
    return not 1 / _GROWN < ratio < _GROWN


_KINDS: dict[str, Callable[[Ground, Record, Thing], bool]] = {
    "object": _sees_label,
    "enter": _has_entered,
    "direction": _goes,
    "stay": _stays,
    "line": _crosses,
}
