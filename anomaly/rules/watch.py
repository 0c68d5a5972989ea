"""One rule over the pictures of a chunk: which things it is about, what is told and when.  Pure."""

from collections.abc import Callable, Iterator

import attrs

from anomaly.rules.ground import Ground
from anomaly.rules.kinds import is_broken
from anomaly.rules.placing import PlacedRule, Rules
from anomaly.rules.records import Record, covers, find_record, forget, was_told_there
from anomaly.rules.telling import Breach, tell
from anomaly.rules.things import Glance, Thing
from conf.schema import Point

_LEFT_S = 5.0  # out of its place for so long, a thing has left it; less is hesitating on the edge


def _believe(thing: Thing) -> bool:
    """Take a thing to be where its track says that it is."""
    del thing
    return True


@attrs.frozen
class Watch:
    """One rule while a chunk is watched."""

    placed: PlacedRule
    ground: Ground
    records: list[Record]
    size: Point
    is_time: bool
    is_new: Callable[[Thing], bool] = _believe
    is_there: Callable[[Thing], bool] = _believe

    def look(self, glance: Glance) -> Iterator[Breach]:
        """Judge the things of one picture."""
        alive = {thing.number for thing in glance.things if thing.number} | glance.hidden
        covered = glance.hidden - {thing.number for thing in glance.things}
        for thing in glance.things:
            if self.ground.may_look(thing):
                record = find_record(self.records, thing, alive, self.size)
                if record is None and not covers(thing, self.records, covered):
                    record = self.begin(thing)
                if record is not None:
                    yield from self.judge(record, thing)

    def begin(self, thing: Thing) -> Record | None:
        """Remember a thing from now on, where the rule is about it and it is in the place."""
        if not self.ground.is_about(thing) or not self.ground.has(thing):
            return None
        record = Record(thing.number, thing.at_s, thing.box, inside_s=thing.stood_s)
        record.is_hole = not self.is_new(thing)
        if self.ground.line:  # what is crossed in the first moments is crossed as well
            record.anchor = thing.began
        record.be_at(thing)
        self.records.append(record)
        return record

    def judge(self, record: Record, thing: Thing) -> Iterator[Breach]:
        """Bring a record up to date; tell a breach once, and after a while once more."""
        broken = is_broken(self.ground, record, thing)
        if record.outside_s >= _LEFT_S:
            self.records.remove(record)
            return
        is_meant = thing.number == 0 or self.ground.is_about(thing)
        again_s = self.placed.rule.again_s
        is_due = record.told_s is None or thing.at_s - record.told_s >= again_s
        if not (broken and is_meant and is_due and self.is_time):
            return
        if was_told_there(record, self.records, thing.at_s, again_s):
            return
        if not record.stands or self.is_there(thing):
            yield tell(self.placed, record, thing, self.size)
            record.told_s = thing.at_s


def begin_watch(
    rules: Rules, placed: PlacedRule, records: list[Record], at_s: float, size: Point
) -> Watch:
    """Take up a rule where its last chunk left it."""
    forget(records, at_s, placed.rule.again_s)
    is_time = placed.holds(at_s, rules.zone)
    ground = Ground.of(placed, rules.masks_at(at_s, placed), size)
    return Watch(placed, ground, records, size, is_time)
