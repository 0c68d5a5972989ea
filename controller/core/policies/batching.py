"""How many events a call should carry: the batching controller of Welsh's SEDA (section 4.2).

A larger batch amortises what a call costs; a smaller one answers sooner. So: shrink while the
throughput holds, grow when it does not. Throughput is only comparable while work waits, so periods
with an empty queue say nothing and bring the size down to what arrives anyway.
"""

PERIOD_S = 1.0
_HOLDS = 0.95
"""A period with at least this share of the best throughput seen lately holds."""
_FORGET = 0.98
"""The best is forgotten a little every period, for the machine and the work change."""
_SHRINK = 0.8
_GROW = 1.5


class Batching:
    """The size of a call."""

    def __init__(self, largest: int, now_s: float) -> None:
        self._largest = largest
        self._size = float(largest)
        self._best_per_s = 0.0
        self._from_s = now_s
        self._events = 0
        self._had_backlog = True

    @property
    def size(self) -> int:
        """Return the events a call may carry now."""
        return round(self._size)

    def note(self, events: int) -> None:
        """Count events that were handled."""
        self._events += events

    def look(self, queued: int, now_s: float) -> None:
        """At a period's end, compare and adjust."""
        self._had_backlog = self._had_backlog and queued > 0
        elapsed_s = now_s - self._from_s
        if elapsed_s < PERIOD_S or self._largest == 1:
            return
        if self._had_backlog:
            self._adjust(self._events / elapsed_s)
        self._from_s, self._events, self._had_backlog = now_s, 0, queued > 0

    def _adjust(self, per_s: float) -> None:
        holds = per_s >= _HOLDS * self._best_per_s
        self._best_per_s = max(per_s, self._best_per_s * _FORGET)
        change = _SHRINK if holds else _GROW
        self._size = min(max(self._size * change, 1.0), float(self._largest))
