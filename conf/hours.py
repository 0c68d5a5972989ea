"""Hours of the day and days of the week, as people write them: `fri-sun 22:00-06:00`. Pure.

A span is what stands on a clock at the site, turned into moments only when it is asked for a
moment: so a night in which the clocks change is an hour longer or shorter than others. A time that
such a night has twice, or not at all, is read so that the span is the longer one: who asks that
something be watched until 2:30 wants both of them.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo

import attrs

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(len(DAYS)))
_WRITTEN = re.compile(r"(?:(?P<days>\S+)\s+)?(?P<start>[^\s-]+)-(?P<end>[^\s-]+)")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
_DAY_MIN = 24 * 60


class HoursError(ValueError):
    """Text that names no hours, with what to write instead."""


@attrs.frozen
class Span:
    """From one time of the day to another, on the days on which it begins."""

    start_min: int
    """Since midnight."""
    end_min: int
    """Of the next day where it is not after the start."""
    days: frozenset[int] = _EVERY_DAY

    def holds(self, at_s: float, zone: tzinfo | None) -> bool:
        """Say whether a moment lies in it; without a zone the machine's clock counts."""
        today = datetime.fromtimestamp(at_s, zone).date()
        return any(
            day.weekday() in self.days
            and self._begins_s(day, zone) <= at_s < self._ends_s(day, zone)
            for day in (today, today - timedelta(days=1))
        )

    def _begins_s(self, day: date, zone: tzinfo | None) -> float:
        return min(_moments_s(day, self.start_min, zone))

    def _ends_s(self, day: date, zone: tzinfo | None) -> float:
        over_midnight = self.end_min <= self.start_min
        return max(_moments_s(day, self.end_min + _DAY_MIN * over_midnight, zone))


def _moments_s(day: date, minutes: int, zone: tzinfo | None) -> tuple[float, float]:
    """Give when it is so late on a day, by either of two clocks where they change meanwhile."""
    days, minutes = divmod(minutes, _DAY_MIN)
    clock = time(minutes // 60, minutes % 60, tzinfo=zone)
    local = datetime.combine(day + timedelta(days=days), clock)
    return local.timestamp(), local.replace(fold=1).timestamp()


def read_hours(hours: tuple[int | str, ...]) -> tuple[Span, ...]:
    """Give the spans of a setting: texts, or two whole hours."""
    if not hours:
        raise HoursError("an empty list is no time: leave hours out for always")
    whole = [hour for hour in hours if isinstance(hour, int)]
    if not whole:
        return tuple(_read(text) for text in hours if isinstance(text, str))
    if len(whole) != len(hours) or len(whole) != 2:
        raise HoursError('write texts, as in ["22:00-06:00"], or two whole hours, as in [22, 6]')
    if whole[0] == whole[1] or whole == [24, 0]:
        raise HoursError(f"from {whole[0]} to {whole[1]} is no time; all day is [0, 24]")
    return (Span(whole[0] * 60 % _DAY_MIN, whole[1] * 60),)


def is_time(spans: Iterable[Span], at_s: float, zone: tzinfo | None) -> bool:
    """Say whether a moment lies in any of the spans."""
    return any(span.holds(at_s, zone) for span in spans)


def _read(text: str) -> Span:
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise HoursError(f'"{text}" names no hours: write "22:00-06:00" or "mon-fri 22:00-06:00"')
    start_min, end_min = (_minutes(found[name], text) for name in ("start", "end"))
    if start_min == end_min:
        raise HoursError(f'"{text}" is no time; all day is "00:00-24:00"')
    if start_min == _DAY_MIN:
        raise HoursError(f'"{text}" begins at the end of a day: write "00:00"')
    return Span(start_min, end_min, _days(found["days"], text))


def _minutes(clock: str, text: str) -> int:
    found = _CLOCK.fullmatch(clock)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= _DAY_MIN:
        raise HoursError(f'"{text}": "{clock}" is no time of a day, "00:00" to "24:00"')
    return minutes


def _days(names: str | None, text: str) -> frozenset[int]:
    if names is None:
        return _EVERY_DAY
    days: set[int] = set()
    for part in names.split(","):
        first, dash, last = part.partition("-")
        start, end = (_day(name, text) for name in (first, last if dash else first))
        days |= {(start + step) % len(DAYS) for step in range((end - start) % len(DAYS) + 1)}
    return frozenset(days)


def _day(name: str, text: str) -> int:
    if name.lower() not in DAYS:
        raise HoursError(f'"{text}": "{name}" is no day: {", ".join(DAYS)}')
    return DAYS.index(name.lower())
