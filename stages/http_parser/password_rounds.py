"""Which passwords of strangers are looked at, and what each is told. Pure.

A password costs a tenth of a second of two processors on purpose, so strangers who invent names
could keep everybody else waiting. So those who wait are looked at in rounds. A round takes all of
them, and hashes a few: the ones by names that exist, filled up with others, so that what it costs
depends on how many wait and not on who exists. All of a round are answered together at its end,
but for those whose password is right: they are told at once.

Where more names that exist wait than a round may hash, it is cut: in an order in which existence
has no part, it takes as many as it can, and everybody behind the cut waits for the next round,
whether their name exists or not. Who was tried least comes first, then who waits longest, then
by lot.

Of many that are wrong few are told so, by lot, because each of these is a line in the ledger; the
others are told to try again. So neither the time nor the answer says which names there are. What
was looked at and wrong under a name that exists is in the ledger all the same: it goes with one
that is told. What is left to see: that more than HASHED_MAX names of a round exist. It costs who
looks as many tries of names that they know.
"""

from collections.abc import Collection

import attrs

HASHED_MAX = 2
"""Of one round: a newcomer waits for the end of the one before, and then comes first."""
RECORDED_MAX = 8
"""Of one round: with the rests between rounds twenty lines of the ledger a second."""


@attrs.define(eq=False)
class Attempt:
    """A stranger's name and password; the fields below `lot` are known once it was looked at."""

    name: str
    address: str
    password: str
    password_hash: str | None
    """None where there is no such user, or none with a password."""
    failed: int
    """How often this name was tried, with this time."""
    round_number: int
    lot: float
    """At random, from 0 to 1."""
    is_answered: bool = False
    is_right: bool = False
    is_recorded: bool = False
    """Whether it is told that it was wrong."""
    others: tuple["Attempt", ...] = ()
    """Which were looked at and wrong, too, and are told nothing."""


@attrs.frozen
class Round:
    """Who is answered at its end, and whose passwords are hashed in it."""

    answered: tuple[Attempt, ...]
    hashed: tuple[Attempt, ...]


def choose(waiting: Collection[Attempt]) -> Round:
    """Return the next round of those who wait."""
    answered, real, unreal = list[Attempt](), list[Attempt](), list[Attempt]()
    for attempt in sorted(waiting, key=lambda it: (it.failed, it.round_number, it.lot)):
        of_its_kind = unreal if attempt.password_hash is None else real
        if of_its_kind is real and len(real) == HASHED_MAX:
            break
        of_its_kind.append(attempt)
        answered.append(attempt)
    return Round(tuple(answered), (*real, *unreal)[:HASHED_MAX])


def answer(looked_at: Round) -> None:
    """Note in all of a round what they are told, once it is known who of them is right."""
    wrong = sorted((it for it in looked_at.answered if not it.is_right), key=lambda it: it.lot)
    told, untold = wrong[:RECORDED_MAX], wrong[RECORDED_MAX:]
    for attempt in told:
        attempt.is_recorded = True
    if told:
        told[0].others = tuple(it for it in untold if it.password_hash is not None)
    for attempt in looked_at.answered:
        attempt.is_answered = True
