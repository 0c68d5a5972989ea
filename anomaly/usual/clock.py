"""How much footage a camera may have shown by now: its memory ages by the receiver's clock. Pure.

A chunk's footage is counted by the times of its pictures. They are the stream's or the camera's,
and a camera whose clock runs a thousand times too fast would be a day old after a minute: then it
calls rare what it has seen once. So no camera gets older than the time that has passed here since
it was new, but for what may come late or in bursts.
"""

from collections.abc import Sequence

import attrs

LATE_S = 30.0
"""Footage that may come at once, after none has come for as long."""
_LEAST_STEP_S = 1e-3  # between pictures, which have an order whatever their times are


@attrs.define
class FootageClock:
    """What the receiver's clock leaves room for."""

    arrived_s: float = 0.0  # when the last chunk came, by a clock of this machine that never jumps
    open_s: float = LATE_S  # time that has passed here and that no footage has filled yet

    def most_s(self, arrived_s: float) -> float:
        """Say how much footage a chunk that comes now can be."""
        return self.open_s + self._passed_s(arrived_s)

    def note(self, arrived_s: float, footage_s: float) -> None:
        """Take in that a chunk came, with so much footage."""
        left_s = self.open_s + self._passed_s(arrived_s) - footage_s
        self.arrived_s, self.open_s = arrived_s, min(max(left_s, 0.0), LATE_S)

    def _passed_s(self, arrived_s: float) -> float:
        """Return the time since the last chunk; none over a start of the machine."""
        return max(0.0, arrived_s - self.arrived_s) if self.arrived_s else 0.0


def fit_times(times: Sequence[float], most_s: float) -> list[float]:
    """Draw times together that last longer than they can; the first one stays."""
    first, last_s = times[0], times[-1] - times[0]
    if last_s <= most_s:
        return list(times)
    share = max(most_s, _LEAST_STEP_S * len(times)) / last_s
    return [first + (time - first) * share for time in times]
