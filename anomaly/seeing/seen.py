"""One chunk as the detector sees it. Pure."""

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Bytes, Floats

# Picture, what differs in it, boxes: how likely each looks like what.
Looker = Callable[[int, Bytes, Floats], Floats]

BASE_INTERVAL_S = 0.1  # speeds are pixels in this time, whatever the frame rate


@attrs.frozen
class Seen:
    """One chunk as the detector sees it: its pictures and where the network's inputs are."""

    frames: Bytes  # the last chunk's pictures and then this one's
    at_s: list[float]
    fresh: int  # how many of them are new, at the end
    light: Floats
    which: NDArray[np.int64]
    have: Floats
    watched: Floats | None = None  # how much of each cell masks leave, where there are any
    hour: float = 0.0  # of the day, at the site
    most_s: float = np.inf  # that the new pictures can have taken, by the receiver's clock
    look: Looker | None = None  # says what things look like

    @property
    def duration_s(self) -> float:
        """How much footage the new pictures are."""
        first, last = self.at_s[-self.fresh], self.at_s[-1]
        by_times_s = (last - first) * self.fresh / max(1, self.fresh - 1) or BASE_INTERVAL_S
        return min(by_times_s, self.most_s)

    @property
    def gap_s(self) -> float:
        """How long before the first new picture the last one came."""
        before = self.at_s[: -self.fresh]
        return self.at_s[-self.fresh] - before[-1] if before else 0.0
