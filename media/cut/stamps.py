"""Reads the wall time that cameras write beside a picture; it does not judge it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

_EARLIEST_S = 946_684_800.0
"""The year 2000: cameras without a clock begin in 1970."""
_LATEST_S = 4_102_444_800.0
_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            b"jan",
            b"feb",
            b"mar",
            b"apr",
            b"may",
            b"jun",
            b"jul",
            b"aug",
            b"sep",
            b"oct",
            b"nov",
            b"dec",
        ),
        start=1,
    )
}
_HTTP_DATE = re.compile(
    rb"(?:\w{3,9}, )?(\d{1,2})[ -](\w{3})[ -](\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC)",
    re.IGNORECASE,
)
_NUMBER = re.compile(rb"\d{1,17}(?:\.\d{1,9})?")


def read_stamp(headers: Mapping[bytes, bytes]) -> float | None:
    """Return the capture time that a part's headers (names in lower case) give, if any."""
    written = headers.get(b"x-timestamp")
    if written is not None and (stamp_s := _from_number(written)) is not None:
        return stamp_s
    written = headers.get(b"date")
    return None if written is None else read_http_date(written)


def read_http_date(written: bytes) -> float | None:
    """Return the seconds of a date as HTTP writes it, or None."""
    match = _HTTP_DATE.fullmatch(written.strip())
    if match is None or (month := _MONTHS.get(match[2].lower())) is None:
        return None
    day, year, hour, minute, second = (int(match[group]) for group in (1, 3, 4, 5, 6))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _from_number(written: bytes) -> float | None:
    """Take seconds, milliseconds and microseconds: which of them follows from the size."""
    if _NUMBER.fullmatch(written.strip()) is None:
        return None
    number = float(written)
    for unit in (1.0, 1e3, 1e6):
        if _EARLIEST_S <= number / unit <= _LATEST_S:
            return number / unit
    return None
