"""Watches the rules of a camera over a chunk: the one place that knows all the steps.

While the whole picture is disturbed nothing is looked at: the usual view is lost, and what seems to
be there are its remains. A rule that is broken then is found to be broken afterwards.
"""

from collections.abc import Iterator, Sequence

import attrs

from anomaly.breaches.looking import glances_at
from anomaly.breaches.standing import find_again, find_standing, is_free, is_new, is_there
from anomaly.judging.findings import Findings
from anomaly.memory import CameraMemory
from anomaly.rules.geometry import overlap
from anomaly.rules.placing import Rules
from anomaly.rules.records import FORGOTTEN_S, SAME_PLACE, Record, find_record
from anomaly.rules.telling import Breach, to_fractions
from anomaly.rules.things import Glance, Thing
from anomaly.rules.watch import Watch, begin_watch
from anomaly.seeing.background import Background
from anomaly.seeing.seen import Seen
from conf.schema import Point
from seda.messages import Box

_STANDING_COUNTS = ("enter", "stay")  # kinds that a thing at rest can break
_MOST_DIFFERS = 0.3  # of the picture: beyond, what stands is light or lens and not a thing


def watch_tracks(
    rules: Rules, findings: Findings, seen: Seen, memory: CameraMemory
) -> list[Breach]:
    """Return what broke the camera's rules for tracks and for what stands in a chunk."""
    if memory.rules:
        memory.rules = {key: memory.rules[key] for key in memory.rules if key in rules.keys}
    if not rules.tracked or _is_lost(findings, memory):
        return []
    height, width = seen.frames.shape[1:]
    glances = list(glances_at(findings.followed, seen, memory))
    found: list[Breach] = []
    for key, placed in rules.tracked.items():
        records = memory.rules.setdefault(key, [])
        watch = begin_watch(rules, placed, records, seen.at_s[-1], (width, height))
        if placed.rule.kind in _STANDING_COUNTS:
            watch = _with_pictures(watch, seen, memory)
        for glance in glances:
            found += watch.look(glance)
        if placed.rule.kind in _STANDING_COUNTS and glances:
            found += _look_at_standing(watch, glances[-1], findings, seen, memory)
    return found


def watch_objects(
    rules: Rules, boxes: Sequence[Box], picture: int, at_s: float, memory: CameraMemory
) -> list[Breach]:
    """Return what broke the camera's rules for labels in one picture."""
    found: list[Breach] = []
    if memory.background is None:
        return found
    height, width = memory.background.picture.shape
    for key, placed in rules.labels.items():
        watch = begin_watch(rules, placed, memory.rules.setdefault(key, []), at_s, (width, height))
        sure = [box for box in boxes if box.strength >= placed.rule.strength_min]
        things = [_thing(box, picture, at_s, watch.size) for box in sure]
        found += watch.look(Glance(at_s, picture, things))
    return found


def _thing(box: Box, picture: int, at_s: float, size: Point) -> Thing:
    width, height = size
    corners = (box.left * width, box.top * height, box.right * width, box.bottom * height)
    return Thing(0, picture, at_s, corners, box.label)


def show_in(
    breaches: Sequence[Breach], picture: int, findings: Findings, seen: Seen, memory: CameraMemory
) -> list[Breach]:
    """Move the boxes to where their things are in the picture that is shown."""
    if all(breach.picture == picture for breach in breaches):
        return list(breaches)
    height, width = seen.frames.shape[1:]
    glances = glances_at(findings.followed, seen, memory)
    before = [one for one in glances if one.picture <= picture]
    things = {thing.number: thing for one in before[-1:] for thing in one.things}
    moved = []
    for breach in breaches:
        if breach.number and breach.picture != picture:
            thing = things.get(breach.number)
            box = None if thing is None else to_fractions(thing.box, (width, height))
            breach = attrs.evolve(breach, box=box, picture=picture)  # noqa: PLW2901 - moved
        moved.append(breach)
    return moved


def _is_lost(findings: Findings, memory: CameraMemory) -> bool:
    """Say whether the whole picture is disturbed."""
    is_disturbed = memory.habits is None or memory.habits.is_disturbed > 0
    return is_disturbed or bool(findings.overall.any())


def _look_at_standing(
    watch: Watch, last: Glance, findings: Findings, seen: Seen, memory: CameraMemory
) -> Iterator[Breach]:
    """Judge what stands in the last picture and is no track."""
    background, habits = memory.background, memory.habits
    if background is None or habits is None or not background.is_settled:
        return
    if float(findings.shares[-1]) > _MOST_DIFFERS:
        return
    alive = {thing.number for thing in last.things} | last.hidden
    if watch.placed.rule.kind == "stay":
        for thing in find_standing(seen, habits, [one.box for one in last.things]):
            record = find_record(watch.records, thing, alive, watch.size)
            if record is None and watch.ground.may_look(thing):
                record = watch.begin(thing)
            if record is not None:
                yield from watch.judge(record, thing)
    for record in [one for one in watch.records if one.number not in alive]:
        yield from _look_again(watch, record, seen, background)


def _look_again(
    watch: Watch, record: Record, seen: Seen, background: Background
) -> Iterator[Breach]:
    """Find a thing that stood, and that no track shows any more, where it still stands."""
    if record.seen_s >= seen.at_s[-1] or not (record.stands or record.number == 0):
        return
    for other in watch.records:
        is_later = other.seen_s > record.seen_s and other.stands
        if is_later and overlap(other.box, record.box) >= SAME_PLACE:
            other.take_over(record)
            watch.records.remove(record)
            return
    again = find_again(record, seen, background)
    if again is not None:
        yield from watch.judge(record, again)
    elif seen.at_s[-1] - record.seen_s > FORGOTTEN_S and is_free(record, seen, background):
        watch.records.remove(record)


def _with_pictures(watch: Watch, seen: Seen, memory: CameraMemory) -> Watch:
    """Let a rule tell what stands from the hole that something leaves in the usual view."""
    background = memory.background
    if background is None:
        return watch
    return attrs.evolve(
        watch,
        is_new=lambda thing: is_new(thing, seen, background),
        is_there=lambda thing: is_there(thing, seen, background),
    )
