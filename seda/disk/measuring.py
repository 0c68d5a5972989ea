"""Measures the room on a disk, for whoever has to leave some of it to others (room.py)."""

import os
from pathlib import Path

from seda.disk.room import GivesWay, Room


def measure(place: Path) -> Room:
    """Measure the disk of a place; raises OSError."""
    found = os.statvfs(place)
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def missing_bytes(place: Path, who: GivesWay, floor_bytes: int) -> int:
    """Return how much this one has to let go; nothing where the disk does not tell."""
    try:
        return measure(place).missing_bytes(who, floor_bytes)
    except OSError:
        return 0
