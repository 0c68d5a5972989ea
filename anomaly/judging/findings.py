"""What a chunk is judged to show, by picture and cell, and what led to it."""

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.judging.tracking import Followed
from anomaly.tracks import KINDS
from anomaly.types import Bytes, Floats


@attrs.frozen
class Streams:
    """Evidence by picture and cell, each in a unit of its own."""

    moving: Floats
    energy: Floats
    standing: Floats
    tracked: Floats  # by picture and kind of evidence

    def weigh(
        self, moving: Floats, standing: Floats, followed: Followed | None = None
    ) -> "Streams":
        """Return the same with every cell weighed, and tracks by the cells that they cover."""
        moved, energy = self.moving * moving, self.energy * moving
        tracked = self.tracked
        if followed is not None:
            tracked = tracked * followed.average(moving, range(KINDS))
        return Streams(moved, energy, self.standing * standing, tracked)


@attrs.frozen
class Findings:
    """Raw evidence, by picture and cell."""

    streams: Streams
    untaught: Streams | None  # without lessons, where there are any
    overall: Floats  # by picture
    shares: Floats  # of each picture that differs from the usual view
    detail: float  # how much of the usual view's detail a sudden overall change has left
    is_light: bool  # such a change shows the same view in another light
    brighter: float  # than the usual view, in grey levels
    usual: Floats  # the usual view that they were judged by
    newest: Bytes  # the last picture, in which what stays was looked for
    table: Floats  # the surprise of every pattern
    patterns: NDArray[np.intp]
    speed: Floats
    u: Floats
    v: Floats
    occupied: Floats
    way: Floats
    place: Floats
    change: Floats
    kinds: Floats
    log_height: Floats
    followed: Followed
