"""The time that retention goes by, which no clock can move fast.

Theory of operation. What is let go by age is gone for good, and the machine's clock may be wrong: a
dead battery, a rollover, somebody who answers for the time server. So the store has a time of its
own, which follows the clock, but at most twice as fast as time passes in service. A clock that is a
year ahead ages nothing by more than two days a day, and is put right long before; after a machine
was off, what is due goes later by as long at most. A clock that goes back takes it along.
"""

from stages.store.database import Transaction

RATE = 2.0
"""Above 1, or what a pause has left would never be caught up with."""
_NEVER_S = 0.0


def age(tx: Transaction, passed_s: float) -> float:
    """Move the store's time on after so long in service, and return it."""
    row = tx.one("SELECT aged_s FROM ageing")
    known_s = row["aged_s"] if row else _NEVER_S
    aged_s = tx.at_s if known_s == _NEVER_S else min(tx.at_s, known_s + RATE * passed_s)
    tx.run("INSERT OR REPLACE INTO ageing VALUES (1, ?)", aged_s)
    return float(aged_s)
