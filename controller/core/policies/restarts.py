"""When a handler that ended may be replaced.

A handler that did some work before it ended is replaced at once, as often as that happens: what
killed it is the business of the retry and the quarantine. One that ended without having done
anything is fruitless; after a few of those in a row starts back off exponentially with jitter, and
after more of them the stage has given up: it says so loudly, and goes on trying at a slow pace.

A handler of an async stage may do some work and die all the same, again and again, by what it finds
at its start or by what time brings: that is no event's fault, no retry ends it, and every time
something is late or lost. So a stage whose handlers keep dying says so, however much they did.
"""

from collections import deque
from typing import Protocol

FREE = 3
"""Fruitless starts in a row before the first wait."""
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 30.0
GIVE_UP_AFTER = 10
DYING_ENDS = 5
DYING_WITHIN_S = 30.0
"""So many ends of an async stage's handlers within this are no accident."""


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
        self._ends_s: deque[float] = deque(maxlen=DYING_ENDS)

    def keeps_dying(self, now_s: float) -> bool:
        """Say whether so many handlers ended of late that a person has to look."""
        is_many = len(self._ends_s) == DYING_ENDS
        return is_many and now_s - self._ends_s[0] < DYING_WITHIN_S

    @property
    def dying(self) -> str:
        """Say what is wrong and what to do, while handlers keep dying."""
        return (
            f"its handlers keep dying, {DYING_ENDS} or more within {DYING_WITHIN_S:g} s, the last"
            f" by {self.last_cause!r}: read the log of this stage"
        )

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
        self._ends_s.append(now_s)
        if was_fruitful:
            return
        self._fruitless += 1
        beyond = self._fruitless - FREE
        if beyond > 0:
            wait_s = min(FIRST_WAIT_S * 2 ** min(beyond - 1, 16), LONGEST_WAIT_S)
            self.next_s = now_s + wait_s * (0.5 + 0.5 * self._chance.random())
