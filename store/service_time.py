"""How long things have been here, by time in service: what retention goes by instead of the clock.

Theory of operation. A clock may be wrong by years: a flat battery, a wrong year in the firmware, a
time server that lies. What is removed by such a clock is lost. So time in service is counted beside
it, by the machine's count of seconds since it was switched on, which nobody can set. What the clock
showed meanwhile is kept as stretches, each as long by the clock as in service; where the clock
jumps, another one begins. Whatever was written within the last so many days in service bears a
time that the clock showed within them; so what bears an earlier time than all of these has been
here for longer, and only that may go.

While the machine is off nobody counts, and the clock is believed for a day: a longer time off makes
things stay longer, never shorter. The clock is looked at in each transaction, before anything else,
so that no row bears a time that no stretch covers. A store that has no stretches yet begins to
count with its first one: what lies in it by then stays as long as what is new.
"""

import sqlite3
from itertools import pairwise

import attrs

from store.file.database import Transaction

OFF_S_MAX = 86_400.0
"""So much of the time that the machine was off counts, each time."""
LEAP_S = 60.0
"""Less is a time server that corrects."""
EXTEND_EVERY_S = 600.0
RECENT_S = 86_400.0
"""So long in service a jump is reported, unless the clock goes back to where it was."""
FORWARD_S, BACK_S = 7 * 86_400.0, 3600.0
"""What is told: longer than most holidays that a machine is off for, and any way back."""
NEVER = float("-inf")


@attrs.frozen
class Instant:
    """A moment as the machine counts it, which setting the clock does not change."""

    boot: str
    """Names this start of the machine."""
    boot_s: float
    """Since then, standby included."""


@attrs.frozen
class _Stretch:
    """A time in which the clock did not jump."""

    number: int
    from_s: float
    until_s: float
    service_s: float
    """Time in service at its end."""
    boot: str
    boot_s: float

    @property
    def began_s(self) -> float:
        """Time in service at its beginning."""
        return self.service_s - (self.until_s - self.from_s)


def follow(tx: Transaction, now: Instant) -> float | None:
    """Take in what the clock shows; return by how much it jumped, None where nothing is new."""
    last = _last(tx) or _begin(tx, now)
    passed_s = _passed_s(last, now, tx.at_s)
    leapt_s = tx.at_s - last.until_s - passed_s
    has_leapt = abs(leapt_s) > LEAP_S
    if not has_leapt and last.boot == now.boot and passed_s < EXTEND_EVERY_S:
        return None
    service_s = last.service_s + passed_s
    tx.run(
        "UPDATE clock SET until_s = ?, service_s = ?, boot = ?, boot_s = ? WHERE number = ?",
        *(last.until_s + passed_s, service_s, now.boot, now.boot_s, last.number),
    )
    if not has_leapt:
        return 0.0
    _add(tx, tx.at_s, service_s, now)
    tx.note("clock leapt", "", "seda", {"by_s": round(leapt_s), "from_s": last.until_s})
    return leapt_s


def find_cutoff(tx: Transaction, keep_s: float) -> float:
    """Return before which time everything was written that has been here for so long."""
    last = _last(tx)
    if last is None:
        return NEVER
    since_s = last.service_s - keep_s
    stretches = _list_since(tx, since_s)
    if stretches[0].began_s > since_s:  # counting began later than that
        return NEVER
    shown = (max(it.from_s, it.until_s - (it.service_s - since_s)) for it in stretches)
    return min(shown) - LEAP_S


def find_leap(tx: Transaction) -> float:
    """Return by how much the clock jumped recently, both ways added; 0.0 where that is nothing."""
    last = _last(tx)
    if last is None:
        return 0.0
    recent = _list_since(tx, last.service_s - RECENT_S)
    leapt_s = sum(b.from_s - a.until_s for a, b in pairwise(recent))
    return leapt_s if leapt_s > FORWARD_S or leapt_s < -BACK_S else 0.0


def forget_stretches(tx: Transaction, keep_s: float) -> None:
    """Forget what the clock showed before the oldest thing that may still be here."""
    last = _last(tx)
    if last is not None:
        tx.run("DELETE FROM clock WHERE service_s < ?", last.service_s - keep_s - RECENT_S)


def _passed_s(last: _Stretch, now: Instant, wall_s: float) -> float:
    if last.boot == now.boot:
        return max(0.0, now.boot_s - last.boot_s)
    return min(max(0.0, wall_s - last.until_s), OFF_S_MAX)


def _begin(tx: Transaction, now: Instant) -> _Stretch:
    """Begin to count, at the ledger's newest line where there is one."""
    newest = tx.one("SELECT at_s FROM ledger ORDER BY number DESC LIMIT 1")
    if newest is None:
        return _add(tx, tx.at_s, 0.0, now)
    return _add(tx, newest["at_s"], 0.0, Instant("", 0.0))


def _add(tx: Transaction, at_s: float, service_s: float, now: Instant) -> _Stretch:
    statement = "INSERT INTO clock VALUES (NULL, ?, ?, ?, ?, ?) RETURNING *"
    row = tx.one(statement, at_s, at_s, service_s, now.boot, now.boot_s)
    assert row is not None  # noqa: S101 - it returns what it inserted
    return _read(row)


def _last(tx: Transaction) -> _Stretch | None:
    row = tx.one("SELECT * FROM clock ORDER BY number DESC LIMIT 1")
    return _read(row) if row is not None else None


def _list_since(tx: Transaction, service_s: float) -> list[_Stretch]:
    rows = tx.run("SELECT * FROM clock WHERE service_s >= ? ORDER BY number", service_s)
    return [_read(row) for row in rows]


def _read(row: sqlite3.Row) -> _Stretch:
    return _Stretch(**dict(row))
