"""Waits that end on whole seconds, or halves, or quarters, of the machine's monotonic clock.

What a process does now and then it does at one wake of many tasks, and handlers wake when their
controllers do: an idle wake costs more than what is done in it.
"""

import time
from functools import cache

import trio


async def sleep_until_next(period_s: float) -> None:
    """Wait until the clock shows the next multiple of the period."""
    await trio.sleep(period_s - (trio.current_time() + _ahead_s()) % period_s)


@cache
def _ahead_s() -> float:
    """Return by how much the machine's clock is ahead of trio's, which begins anywhere."""
    return time.monotonic() - trio.current_time()
