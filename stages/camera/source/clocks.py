"""The machine's clocks, and the numbers of connections that are made from them."""

import time


class MachineClock:
    """Real time; the monotonic one is the same in all processes."""

    def monotonic_s(self) -> float:
        """Return monotonic time."""
        return time.monotonic()

    def wall_s(self) -> float:
        """Return wall time."""
        return time.time()


class Epochs:
    """Numbers of connections, each greater than any before, across restarts too: milliseconds."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """Return one more."""
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        return self._last
