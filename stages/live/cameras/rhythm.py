"""In what rhythm a camera's pictures come, and so when they are late. Pure.

A picture's time is that of its arrival from the camera, whenever it was transcoded: who is a minute
behind shows no present, however steadily pictures come.

A chunk begins at a keyframe, so how often one comes is the camera's own affair: every 2 s with
MJPEG, every 10 s or more with video of rare keyframes. A camera is late when it takes twice as long
as it usually does. Of a new camera nothing is known, so it is given more time.
"""

from collections import deque

LATE_LEAST_S = 8.0
"""Chunks are of 2 s; a machine under load is no camera that stalls."""
UNKNOWN_GAP_S = 10.0
GAP_MAX_S = 40.0
"""Longer than any chunk: what comes less often is late each time."""
GONE_LEAST_S = 30.0
GONE_AFTER_LATE_S = 10.0
FORGET_SHARE = 0.8
"""How much of the longest gap is remembered after each shorter one."""
_KEPT = 16


class Rhythm:
    """The times at which one camera's chunks gave pictures."""

    def __init__(self, now_s: float) -> None:
        self._begun_s = now_s
        self._gap_s = UNKNOWN_GAP_S
        self._seen: deque[tuple[float, int]] = deque(maxlen=_KEPT)

    def note(self, frames: int, at_s: float, *, is_first: bool) -> None:
        """Take in that so many frames came then; a connection's first say nothing of a rhythm."""
        if self._seen and not is_first:
            gap_s = at_s - self._seen[-1][0]
            self._gap_s = min(max(gap_s, self._gap_s * FORGET_SHARE), GAP_MAX_S)
        self._seen.append((at_s, frames))

    def age_s(self, now_s: float) -> float | None:
        """Return how old the newest picture is, None where there was none."""
        return now_s - self._seen[-1][0] if self._seen else None

    def without_s(self, now_s: float) -> float:
        """Return for how long there has been no picture."""
        age_s = self.age_s(now_s)
        return now_s - self._begun_s if age_s is None else age_s

    def late_after_s(self) -> float:
        """Return after how many seconds without a picture this camera is late."""
        return max(LATE_LEAST_S, 2 * self._gap_s)

    def gone_after_s(self) -> float:
        """Return after how many seconds without a picture somebody has to look after it."""
        return max(GONE_LEAST_S, self.late_after_s() + GONE_AFTER_LATE_S)

    def frames_per_s(self) -> float | None:
        """Return the rate at which frames came lately."""
        if len(self._seen) < 2:
            return None
        span_s = self._seen[-1][0] - self._seen[0][0]
        frames = sum(count for _, count in self._seen) - self._seen[0][1]
        return frames / span_s if span_s > 0 else None
