"""Time in service: what retention goes by, whatever the clock shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.file.database import Store
from store.retention import Keep, remove_old
from store.service_time import (
    LEAP_S,
    NEVER,
    Instant,
    find_cutoff,
    find_leap,
    follow,
    forget_stretches,
)
from tests.store.scripted import count, decide, open_store

DAY_S = 86_400.0
MONTH_S = 30 * DAY_S
START_S = 20_000 * DAY_S


@attrs.define
class Machine:
    """A machine with a clock that somebody may set; each look is a transaction of the store."""

    store: Store
    wall_s: float = START_S
    boot: int = 1
    boot_s: float = 50.0

    def run(self, days: float, step_days: float = 1.0) -> None:
        """Run for some days, looking now and then."""
        while days > 0:
            step_s = min(days, step_days) * DAY_S
            self.wall_s += step_s
            self.boot_s += step_s
            self.look()
            days -= step_days

    def off(self, days: float) -> None:
        """Be switched off for some days."""
        self.wall_s += days * DAY_S
        self.boot, self.boot_s = self.boot + 1, 20.0
        self.look()

    def set_clock(self, days: float) -> None:
        """Have the clock leap, unseen until the next look."""
        self.wall_s += days * DAY_S

    def look(self) -> float | None:
        """Look at the clock, as each transaction does."""
        now = Instant(str(self.boot), self.boot_s)
        leapt_s: float | None = self.store.write_one(self.wall_s, lambda tx: follow(tx, now))
        return leapt_s

    def cutoff(self, keep_s: float = MONTH_S) -> float:
        """Return the time before which everything may go."""
        found: float = self.store.write_one(self.wall_s, lambda tx: find_cutoff(tx, keep_s))
        return found

    def leap_days(self) -> float:
        """Return what is told of a leap, in days."""
        found: float = self.store.write_one(self.wall_s, find_leap)
        return found / DAY_S


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Have a machine with a new store."""
    with open_store(folder / "store") as store:
        found = Machine(store)
        found.look()
        yield found


def test_with_a_clock_that_is_right_age_is_what_it_says(tmp_path: Path) -> None:
    """The cutoff follows the clock; until something can be that old, nothing is."""
    with machine(tmp_path) as it:
        it.run(29)
        assert it.cutoff() == NEVER
        it.run(11)
        assert it.cutoff() == pytest.approx(it.wall_s - MONTH_S, abs=LEAP_S)
        it.off(0.5)
        assert it.cutoff() == pytest.approx(it.wall_s - MONTH_S, abs=LEAP_S)
        assert it.look() is None
        assert it.leap_days() == 0.0


@pytest.mark.parametrize("is_restarted", [True, False], ids=["while off", "while running"])
@pytest.mark.parametrize("days", [800.0, -800.0])
def test_a_leap_ages_nothing(tmp_path: Path, days: float, *, is_restarted: bool) -> None:
    """A day at most for a start; the clock may stay as it is, or come back (R27)."""
    with machine(tmp_path) as it:
        it.run(40)
        before_s = it.cutoff()
        if is_restarted:
            it.off(days)
        else:
            it.set_clock(days)
            assert it.look() == pytest.approx(days * DAY_S)
        assert it.cutoff() <= before_s + DAY_S
        assert it.leap_days() == pytest.approx(days, abs=1.1)
        it.run(5)
        assert it.cutoff() <= before_s + 6 * DAY_S
        assert it.leap_days() == 0.0
        it.set_clock(-days)
        it.look()
        assert it.cutoff() <= before_s + 6 * DAY_S
        it.run(40)
        assert it.cutoff() == pytest.approx(it.wall_s - MONTH_S, abs=LEAP_S)


def test_a_clock_that_comes_back_is_told_no_longer(tmp_path: Path) -> None:
    """Both leaps are in the ledger all the same."""
    with machine(tmp_path) as it:
        it.run(2)
        it.set_clock(800)
        it.look()
        it.set_clock(-800)
        it.look()
        assert it.leap_days() == 0.0
        leaps = "SELECT number FROM ledger WHERE kind = 'clock leapt'"
        assert it.store.write_one(0.0, lambda tx: len(tx.run(leaps).fetchall())) == 2


def test_what_was_written_under_a_wrong_clock_is_kept_as_long(tmp_path: Path) -> None:
    """A clock that showed 1970 for an hour dates back what was decided then."""
    with machine(tmp_path) as it:
        it.run(100)
        it.set_clock(-20_000)
        it.look()
        decide(it.store, at_s=it.wall_s)
        it.set_clock(20_000)
        it.look()
        it.run(9)
        rules = Keep(rows_s=10 * DAY_S)
        it.store.write_one(it.wall_s, lambda tx: remove_old(tx, rules))
        assert it.store.write_one(0.0, lambda tx: count(tx, "verdicts")) == 1
        it.run(2)
        it.store.write_one(it.wall_s, lambda tx: remove_old(tx, rules))
        assert it.store.write_one(0.0, lambda tx: count(tx, "verdicts")) == 0


def test_a_store_from_before_begins_to_count(tmp_path: Path) -> None:
    """Its newest line tells that the clock leapt; nothing in it is called old."""
    with open_store(tmp_path / "store") as store:
        decide(store, at_s=START_S)
        it = Machine(store, wall_s=START_S + 800 * DAY_S)
        assert it.look() == pytest.approx(799 * DAY_S)
        assert it.cutoff() == NEVER


_MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.floats(0.1, 20)),
        st.tuples(st.just("off"), st.floats(-900, 900)),
        st.tuples(st.just("set_clock"), st.floats(-900, 900)),
    ),
    max_size=12,
)


@given(moves=_MOVES, keep_days=st.integers(1, 40))
def test_nothing_goes_before_its_days_in_service(
    moves: list[tuple[str, float]], keep_days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever happens to the clock; a day that the machine was off may count each time."""
    keep_s = keep_days * DAY_S
    with machine(tmp_path_factory.mktemp("service")) as it:
        service_s, written = 0.0, [(0.0, it.wall_s)]
        for what, days in moves:
            getattr(it, what)(days)
            it.look()
            service_s += {"run": days * DAY_S, "off": min(max(days, 0), 1) * DAY_S}.get(what, 0.0)
            written.append((service_s, it.wall_s))
            it.store.write_one(it.wall_s, partial(forget_stretches, keep_s=keep_s))
            cutoff_s = it.cutoff(keep_s)
            gone = [at_s for at_s, wall_s in written if wall_s < cutoff_s]
            assert all(service_s - at_s >= keep_s - 2 * LEAP_S for at_s in gone)
