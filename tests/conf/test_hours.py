"""Hours of rules as people write them, over midnight and over changes of the clocks."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.hours import HoursError, is_time, read_hours

BERLIN = ZoneInfo("Europe/Berlin")


def holds(hours: list[int | str], moment: str, fold: int = 0) -> bool:
    local = datetime.fromisoformat(moment).replace(tzinfo=BERLIN, fold=fold)
    return is_time(read_hours(tuple(hours)), local.timestamp(), BERLIN)


@pytest.mark.parametrize(
    ("hours", "moments"),
    [
        (["22:00-06:00"], {"21:59": False, "22:00": True, "03:00": True, "05:59": True}),
        (["22:00-06:00"], {"06:00": False, "12:00": False}),
        (["08:30-12:00", "13:00-17:15"], {"08:29": False, "12:30": False, "17:14": True}),
        ([22, 6], {"21:59": False, "22:00": True, "05:59": True, "06:00": False}),
        ([0, 24], {"00:00": True, "12:00": True, "23:59": True}),
        ([24, 6], {"00:00": True, "05:59": True, "06:00": False, "23:59": False}),
        ([22, 0], {"21:59": False, "23:59": True, "00:00": False}),
        (["00:00-24:00"], {"00:00": True, "23:59": True}),
        (["18:00-24:00"], {"18:00": True, "23:59": True, "00:00": False}),
    ],
)
def test_hours_of_the_day(hours: list[int | str], moments: dict[str, bool]) -> None:
    """From one time to before the other, over midnight too."""
    found = {clock: holds(hours, f"2026-05-06T{clock}") for clock in moments}
    assert found == moments


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", "mon tue wed thu fri"),
        ("sat,sun", "sat sun"),
        ("fri-mon", "fri sat sun mon"),
        ("Wed", "wed"),
        ("mon,wed-thu", "mon wed thu"),
    ],
)
def test_days_of_the_week(written: str, days: str) -> None:
    """Lists and runs of days, over the end of the week too."""
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # 4 May 2026 is a Monday
    found = [
        day
        for number, day in enumerate(week)
        if holds([f"{written} 10:00-11:00"], f"2026-05-{4 + number:02}T10:30")
    ]
    assert found == [day for day in week if day in days.split()]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """Friday's night goes on on Saturday morning, and Saturday's is another one."""
    friday_nights: list[int | str] = ["fri 22:00-06:00"]
    assert not holds(friday_nights, "2026-05-08T05:00")
    assert holds(friday_nights, "2026-05-08T23:00")
    assert holds(friday_nights, "2026-05-09T05:00")
    assert not holds(friday_nights, "2026-05-09T23:00")


def test_a_night_in_which_an_hour_comes_twice() -> None:
    """Watched until 2:30 means until the second one; what begins then begins at the first."""
    assert holds(["22:00-02:30"], "2026-10-25T02:29", fold=0)
    assert holds(["22:00-02:30"], "2026-10-25T02:45", fold=0)
    assert holds(["22:00-02:30"], "2026-10-25T02:29", fold=1)
    assert not holds(["22:00-02:30"], "2026-10-25T02:30", fold=1)
    assert holds(["02:30-05:00"], "2026-10-25T02:30", fold=0)
    assert holds(["02:30-05:00"], "2026-10-25T02:10", fold=1)
    assert not holds(["02:30-05:00"], "2026-10-25T02:10", fold=0)


def test_a_night_in_which_an_hour_is_left_out() -> None:
    """From 2:00 to 3:00 there is no time; a span that lies in it is not lost, nor cut short."""
    assert holds(["22:00-02:30"], "2026-03-29T01:59")
    assert holds(["02:30-05:00"], "2026-03-29T03:00")
    assert holds(["02:10-02:50"], "2026-03-29T01:50")
    assert holds(["22:00-06:00"], "2026-03-29T05:59")
    assert not holds(["22:00-06:00"], "2026-03-29T06:00")


@given(st.integers(0, 2**31))
def test_a_span_and_the_rest_of_the_day_leave_no_gap(at_s: int) -> None:
    """Whatever the clocks do, every moment is in one of two spans that share a day."""
    night, day = read_hours(("22:00-02:30",)), read_hours(("02:30-22:00",))
    assert is_time(night, at_s, BERLIN) or is_time(day, at_s, BERLIN)


def test_without_a_zone_the_clock_of_the_machine_counts() -> None:
    """Whichever that is."""
    local = datetime(2026, 5, 6, 23, 0).timestamp()  # noqa: DTZ001 - the machine's clock
    assert is_time(read_hours(("22:00-06:00",)), local, None)
    assert not is_time(read_hours(("06:00-22:00",)), local, None)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((), "an empty list is no time: leave hours out for always"),
        (("",), '"" names no hours: write "22:00-06:00" or "mon-fri 22:00-06:00"'),
        (("22-6",), '"22-6": "22" is no time of a day, "00:00" to "24:00"'),
        (("22:00-25:00",), '"25:00" is no time of a day'),
        (("22:60-23:00",), '"22:60" is no time of a day'),
        (("06:00-06:00",), '"06:00-06:00" is no time; all day is "00:00-24:00"'),
        (("24:00-06:00",), 'begins at the end of a day: write "00:00"'),
        (("mo 06:00-07:00",), '"mo" is no day: mon, tue, wed, thu, fri, sat, sun'),
        (("mon- 06:00-07:00",), '"" is no day'),
        ((22,), 'write texts, as in ["22:00-06:00"], or two whole hours, as in [22, 6]'),
        ((22, "06:00-07:00"), "write texts"),
        ((6, 6), "from 6 to 6 is no time; all day is [0, 24]"),
        ((24, 0), "from 24 to 0 is no time"),
    ],
)
def test_what_names_no_hours_is_refused(hours: tuple[int | str, ...], said: str) -> None:
    """With what to write instead."""
    with pytest.raises(HoursError) as raised:
        read_hours(hours)
    assert said in str(raised.value)
