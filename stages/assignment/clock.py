"""The stage's clock: the policy's time, which goes on over restarts, and the wall's beside it.

Whatever is decided is decided on the policy's time; the wall's says when something was filmed.
"""

import time


class Clock:
    """The policy's clock, from where the journal left it."""

    def __init__(self, from_s: float = 0.0) -> None:
        self._offset_s = from_s - time.monotonic()

    def now_s(self) -> float:
        """Return the policy's time."""
        return time.monotonic() + self._offset_s

    def wall_s(self) -> float:
        """Return the wall time."""
        return wall_s()


def wall_s() -> float:
    """Return the wall time, before there is a clock."""
    return time.time()
