"""When a handler that ended may be replaced.

A handler that did some work before it ended is replaced at once, as often as that happens: what
killed it is the business of the retry and the quarantine. One that ended without having done
anything is fruitless; after a few of those in a row starts back off exponentially with jitter, and
after more of them the stage has given up: it says so loudly, and goes on trying at a slow pace.
"""

from typing import Protocol

FREE = 3
"""Fruitless starts in a row before the first wait."""
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 30.0
GIVE_UP_AFTER = 10


class Chance(Protocol):
    """A seeded generator."""

    def random(self) -> float:
        """Return a number from 0 up to 1."""


class Restarts:
    """The budget of one stage."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._fruitless = 0
        self.next_s = 0.0
        """Monotonic time before which nothing is started."""
        self.last_cause = ""

    @property
    def has_given_up(self) -> bool:
        """Say whether so many starts were fruitless that a person has to look."""
        return self._fruitless >= GIVE_UP_AFTER

    @property
    def trouble(self) -> str:
        """Say what is wrong and what to do, once the stage has given up."""
        return (
            f"{self._fruitless} handlers in a row ended before they did anything, the last by "
            f"{self.last_cause!r}: read the log of this stage; it is tried again now and then"
        )

    def note_fruit(self) -> None:
        """A handler did some work."""
        self._fruitless = 0
        self.next_s = 0.0

    def note_end(self, cause: str, now_s: float, *, was_fruitful: bool) -> None:
        """A handler ended other than politely."""
        self.last_cause = cause
        if was_fruitful:
            return
        self._fruitless += 1
        beyond = self._fruitless - FREE
        if beyond > 0:
            wait_s = min(FIRST_WAIT_S * 2 ** min(beyond - 1, 16), LONGEST_WAIT_S)
            self.next_s = now_s + wait_s * (0.5 + 0.5 * self._chance.random())
