"""What is remembered of a thing that concerns a rule, while it is there.  Pure.

A record belongs to a track. Where tracks break, the next one at the same place takes it over, and
so does what stands still where a track ended; else a person who is lost for a moment would be
another one, told again, and never there for long.
"""

import math
from collections.abc import Collection, Iterable, Sequence

import msgspec

from anomaly.rules.geometry import Corners, overlap
from anomaly.rules.things import Thing
from anomaly.tracks.table import MOST_TRACKS
from conf.schema import Point

FORGOTTEN_S = 15.0  # after so long without being seen it is another one
TAKEN_OVER_S = 4.0  # a track that begins later, or began earlier, is another one's
SAME_PLACE = 0.4  # of the smaller box
_STANDS_S, _STANDS_HEIGHTS = 2.0, 0.5
# How far from where one was lost the next one may begin, in heights, and more by the second.
_REACH, _REACH_PER_S, _MOST_REACH = 0.5, 1.0, 2.5
_EDGE_PX = 3.0  # what was last seen at an edge went out there; what comes in is another
MOST_RECORDS = MOST_TRACKS


class Record(msgspec.Struct, array_like=True):
    """One thing and one rule."""

    number: int  # of its track
    seen_s: float
    box: Corners
    anchor: tuple[float, float] | None = None  # from where its way is measured
    inside_s: float = 0.0  # how long it was seen in the place
    outside_s: float = 0.0  # how long out of it since
    told_s: float | None = None  # when it was told last
    is_hole: bool = False  # something went, and nothing came; what moves on leaves no hole
    rest: tuple[float, float] | None = None  # around where it stands
    rest_s: float = 0.0  # and since when

    @property
    def numbers(self) -> list[float]:
        """Everything that has to be finite."""
        times = (self.seen_s, self.inside_s, self.outside_s, self.told_s or 0.0, self.rest_s)
        return [*times, *self.box, *(self.anchor or ()), *(self.rest or ())]

    @property
    def stands(self) -> bool:
        """Say whether it stood where it was seen last."""
        return self.rest is not None and self.seen_s - self.rest_s >= _STANDS_S

    def be_at(self, thing: Thing) -> None:
        """Note where the thing is now."""
        foot = thing.foot
        if self.rest is None or math.dist(foot, self.rest) > _STANDS_HEIGHTS * thing.height:
            self.is_hole = self.is_hole and self.rest is None
            self.rest, self.rest_s = foot, thing.at_s - thing.stood_s
        self.number, self.seen_s, self.box = thing.number, thing.at_s, thing.box

    def take_over(self, other: "Record") -> None:
        """Be the same thing as another record."""
        self.inside_s = max(self.inside_s, other.inside_s)
        told = [told_s for told_s in (self.told_s, other.told_s) if told_s is not None]
        self.told_s = max(told, default=None)


def is_sound(records: Iterable[Record]) -> bool:
    """Say whether records from a file can be used."""
    return all(math.isfinite(number) for record in records for number in record.numbers)


def find_record(
    records: Sequence[Record], thing: Thing, alive: Collection[int], size: Point
) -> Record | None:
    """Return the record of a thing; `alive` are tracks that have records of their own."""
    if thing.number:
        for record in records:
            if record.number == thing.number:
                return record
        if thing.age_s > TAKEN_OVER_S:
            return None  # it came from elsewhere
    free = [one for one in records if one.number not in alive and _is_lost(one, thing, size)]
    apart, best = min(
        ((_apart(record, thing), record) for record in free), key=lambda one: one[0],
        default=(math.inf, None),
    )  # fmt: skip
    return best if apart <= 1 else None


def _is_lost(record: Record, thing: Thing, size: Point) -> bool:
    """Say whether a thing may be the one that was seen here last."""
    lost_s = thing.at_s - record.seen_s
    if record.stands or not thing.number:
        return 0 < lost_s <= FORGOTTEN_S
    left, top, right, bottom = record.box
    went_out = min(left, top, size[0] - right, size[1] - bottom) < _EDGE_PX
    return 0 < lost_s <= TAKEN_OVER_S and not went_out


def _apart(record: Record, thing: Thing) -> float:
    """Return how far a thing is from where another was, as a share of what it may be."""
    shared = overlap(record.box, thing.box)
    if shared >= SAME_PLACE:
        return 1 - shared
    if not thing.number or record.rest is None:
        return math.inf
    lost_s = max(0.0, thing.at_s - thing.age_s - record.seen_s)
    reach = min(_REACH + _REACH_PER_S * lost_s, _MOST_REACH) * thing.height
    left, _, right, bottom = record.box
    return math.dist(thing.began or thing.foot, ((left + right) / 2, bottom)) / reach


def covers(thing: Thing, records: Iterable[Record], hidden: Collection[int]) -> bool:
    """Say whether a thing hides one that has a record: its outline is not its own."""
    return any(
        record.number in hidden and overlap(record.box, thing.box) >= SAME_PLACE
        for record in records
    )


def was_told_there(record: Record, records: Iterable[Record], now_s: float, again_s: float) -> bool:
    """Say whether what stands at a place is what was told to stand there."""
    return record.stands and any(
        one.told_s is not None
        and now_s - one.told_s < again_s
        and one.stands
        and overlap(one.box, record.box) >= SAME_PLACE
        for one in records
    )


def forget(records: list[Record], now_s: float, again_s: float) -> None:
    """Drop what has not been seen for long, and whatever a clock that was set back would keep.

    What was told to stand somewhere is kept until it may be told again, or its place is free.
    """
    kept = [
        one
        for one in records
        if 0 <= now_s - one.seen_s <= FORGOTTEN_S
        or (one.stands and one.told_s is not None and 0 <= now_s - one.told_s < again_s)
    ]
    records[:] = sorted(kept, key=lambda one: one.seen_s)[-MOST_RECORDS:]
