"""Makes counters of few bits into numbers that do not jump back when they wrap."""


class Unwrap:
    """Follows one counter; each value is taken for the nearest one to the value before it."""

    def __init__(self, bits: int) -> None:
        self._period = 1 << bits
        self._last: int | None = None

    def unwrap(self, value: int) -> int:
        """Return the value in the line that began with the first one."""
        if self._last is None:
            self._last = value
            return value
        half = self._period // 2
        difference = (value - self._last + half) % self._period - half
        self._last += difference
        return self._last
