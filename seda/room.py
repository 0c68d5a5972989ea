"""How much room a disk has, who gives way where that is little, and in which order.

Theory of operation. Nobody asks anybody: each who keeps what can be spared compares the free bytes
with a bound of its own, a share of one configured floor, and lets go of its oldest until the bound
is kept. Whoever gives way first has the highest bound, so that the next one begins only where the
one before had nothing left to give. What must be written has reserved room besides (reserve.py).
"""

import errno
import os
from pathlib import Path
from typing import Literal

GivesWay = Literal["ring", "quarantine", "evidence", "flagged evidence"]
ORDER: tuple[GivesWay, ...] = ("ring", "quarantine", "evidence", "flagged evidence")
"""Who keeps more adds a name here, and only here: video, say, belongs before the evidence."""
REFUSED = "disk_full"
"""A stage counts under this name what a full disk did not take."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def bound_bytes(who: GivesWay, floor_bytes: int) -> int:
    """Return with how many free bytes this one begins to give way."""
    return floor_bytes * (len(ORDER) - ORDER.index(who)) // len(ORDER)


def free_bytes(place: Path) -> int:
    """Return what an ordinary user may still write there; raises OSError."""
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def missing_bytes(place: Path, who: GivesWay, floor_bytes: int) -> int:
    """Return how much this one has to let go; nothing where the disk does not tell."""
    try:
        return max(0, bound_bytes(who, floor_bytes) - free_bytes(place))
    except OSError:
        return 0


def is_full(error: BaseException) -> bool:
    """Say whether this went wrong because the disk, or this user's part of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL
