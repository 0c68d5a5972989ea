"""Which frames of a chunk to take for a planned rate. Pure."""

from collections.abc import Sequence

SLACK = 0.2
"""Frames come with jitter: one that is this share of a period early is still the one meant, if the
frame after it would be further from the time meant."""

ASTRAY_S = 60.0
"""A chunk that is longer by more than what has come meanwhile does not tell the time. So much comes
at once where a camera's server keeps segments."""
STUCK = 8.0
"""One that is so many times too slow does not either, but for a pause of `_STALL_S`."""
_STALL_S = 10.0
_LEAST_EVEN_S = 0.04


def even_step_s(stream_s: float, filmed_s: float, pictures: int) -> float | None:
    """Return how far apart pictures are where a stream's own time is absurd; None where it is not.

    `filmed_s` is what the receiver's clock says of the same pictures.
    """
    is_fast = stream_s > filmed_s + ASTRAY_S
    is_stuck = stream_s * STUCK < filmed_s - _STALL_S
    if not (is_fast or is_stuck) or pictures < 2:
        return None
    return max(filmed_s / (pictures - 1), _LEAST_EVEN_S)


class Picker:
    """Takes the first frame, then one each period at most."""

    def __init__(self, rate_per_s: float) -> None:
        self._period_s = 1 / rate_per_s
        self._due_s: float | None = None
        self._last_s = 0.0

    def takes(self, time_s: float) -> bool:
        """Return whether to take the frame of this time; asked in the order of time."""
        period_s = self._period_s
        gap_s = max(0.0, time_s - self._last_s)
        self._last_s = time_s
        if self._due_s is None:
            self._due_s = time_s + period_s
            return True
        if time_s < self._due_s - min(SLACK * period_s, gap_s / 2):
            return False
        # Periods count from the first frame, so that jitter does not add up, but for missed ones.
        late_s = time_s - self._due_s
        self._due_s = (self._due_s if late_s < SLACK * period_s else time_s) + period_s
        return True


def pick(times_s: Sequence[float], rate_per_s: float) -> list[int]:
    """Return the indices of the frames to take."""
    picker = Picker(rate_per_s)
    return [index for index, time_s in enumerate(times_s) if picker.takes(time_s)]


def suffices(times_s: Sequence[float], until_s: float, rate_per_s: float) -> bool:
    """Return whether frames at these times alone give the planned rate up to this time."""
    longest_s = (1 + SLACK) / rate_per_s
    following = [*times_s[1:], until_s]
    gaps = (after - before for before, after in zip(times_s, following, strict=True))
    return bool(times_s) and all(gap <= longest_s for gap in gaps)
