"""The machine's clocks, and the numbers of connections that are made from them."""

import time
from collections.abc import Callable


def wall_ms() -> int:
    """Return wall time in milliseconds."""
    return time.time_ns() // 1_000_000


class MachineClock:
    """Real time; the monotonic one is the same in all processes."""

    def monotonic_s(self) -> float:
        """Return monotonic time."""
        return time.monotonic()

    def wall_s(self) -> float:
        """Return wall time."""
        return time.time()


class Epochs:
    """Numbers of connections, each greater than any before: milliseconds, or one more."""

    def __init__(self, now_ms: Callable[[], int] = wall_ms, last: int = 0) -> None:
        self._now_ms = now_ms
        self._last = last

    def next(self) -> int:
        """Return one more."""
        self._last = max(self._last + 1, self._now_ms())
        return self._last

    def rise_to(self, epoch: int) -> None:
        """Go on above this one."""
        self._last = max(self._last, epoch)

    def highest(self, known: int) -> int:
        """Return the highest that there can be now besides a known one."""
        return max(self._last, known, self._now_ms())
