"""This start of the machine, and the time since: what setting the clock does not change."""

import time
from pathlib import Path


def find_boot() -> str:
    """Return what names this start of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def boot_s() -> float:
    """Return how long ago the machine was started, standby included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
