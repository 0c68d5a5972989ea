"""Room on a disk: who gives way where there is little, and in which order. Pure.

Theory of operation. Nobody asks anybody: each who keeps what can be spared compares the free bytes
with a bound of its own, a share of one configured floor, and lets go of its oldest until the bound
is kept. Whoever gives way first has the highest bound, so that the next one begins only where the
one before had nothing left to give. What must be written has reserved room besides (reserve.py).
"""

import errno
from typing import Literal

import attrs

GivesWay = Literal["ring", "quarantine", "evidence", "flagged evidence"]
ORDER: tuple[GivesWay, ...] = ("ring", "quarantine", "evidence", "flagged evidence")
"""Who keeps more adds a name here, and only here: video, say, belongs before the evidence."""
FLOOR_SHARE_MAX = 0.1
"""Of the whole disk."""
REFUSED = "disk_full"
"""A stage counts under this name what a full disk did not take."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@attrs.frozen
class Room:
    """What a disk has."""

    free_bytes: int
    """What an ordinary user may still write."""
    total_bytes: int

    def floor_bytes(self, wanted_bytes: int) -> int:
        """Return how much should be free: a small disk is not kept empty for a large floor."""
        return min(wanted_bytes, int(self.total_bytes * FLOOR_SHARE_MAX))

    def missing_bytes(self, who: GivesWay, wanted_bytes: int) -> int:
        """Return how much this one has to let go."""
        share = (len(ORDER) - ORDER.index(who)) / len(ORDER)
        return max(0, int(self.floor_bytes(wanted_bytes) * share) - self.free_bytes)


def is_full(error: BaseException) -> bool:
    """Say whether this went wrong because the disk, or this user's part of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL
