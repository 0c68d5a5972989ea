"""What is remembered of a thing that concerns a rule, while it is there.  Pure.

A record belongs to a track. Where tracks break, the next one at the same place takes it over, and
so does what stands still where a track ended; else a person who is lost for a moment would be
another one, told again, and never there for long.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from anomaly.rules.geometry import Corners, overlap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anomaly.rules.things import Thing

FORGOTTEN_S = 15.0  # after so long without being seen it is another one
TAKEN_OVER_S = 4.0  # a track that begins later, or began earlier, is another one's
_SAME_PLACE = 0.4  # of the smaller box
MOST_RECORDS = 80  # twice as many as tracks


class Record(msgspec.Struct, array_like=True):
    """One thing and one rule."""

    number: int  # of its track
    seen_s: float
    box: Corners
    anchor: tuple[float, float] | None = None  # from where its way is measured
    inside_s: float = 0.0  # how long it was seen in the place
    outside_s: float = 0.0  # how long out of it since
    told_s: float | None = None  # when it was told last
    is_hole: bool = False  # something went, and nothing came

    @property
    def numbers(self) -> list[float]:
        """Everything that has to be finite."""
        told_s = self.told_s or 0.0
        return [self.seen_s, self.inside_s, self.outside_s, told_s, *self.box, *(self.anchor or ())]


def is_sound(records: Iterable[Record]) -> bool:
    """Say whether records from a file can be used."""
    return all(math.isfinite(number) for record in records for number in record.numbers)


def find_record(records: Sequence[Record], thing: Thing, live: set[int]) -> Record | None:
    """Give the record of a thing; of tracks that are seen otherwise nobody takes one over."""
    if thing.number:
        for record in records:
            if record.number == thing.number:
                return record
        if thing.age_s > TAKEN_OVER_S:
            return None  # it came from elsewhere
    patience_s = TAKEN_OVER_S if thing.number else FORGOTTEN_S
    free = [
        record
        for record in records
        if record.number not in live
        and record.seen_s < thing.at_s
        and thing.at_s - record.seen_s <= patience_s
    ]
    best = max(free, key=lambda record: overlap(record.box, thing.box), default=None)
    if best is None or overlap(best.box, thing.box) < _SAME_PLACE:
        return None
    return best


def forget(records: list[Record], now_s: float) -> None:
    """Drop what has not been seen for long, and whatever a clock that was set back would keep."""
    kept = [one for one in records if 0 <= now_s - one.seen_s <= FORGOTTEN_S]
    records[:] = sorted(kept, key=lambda one: one.seen_s)[-MOST_RECORDS:]
