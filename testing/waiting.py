"""The wait for what has to come: a limit for all, and an error that says what did not come."""

import time
from collections.abc import Callable
from typing import TypeVar

import trio

PATIENCE_S = 240.0
"""In full only where it fails, and then on a machine that does much besides: so it is long."""
LOOK_S = 0.02
"""Between two looks at what nobody tells of."""
Found = TypeVar("Found")


def wait_until(
    is_so: Callable[[], Found],
    what: str,
    *,
    limit_s: float = PATIENCE_S,
    between: Callable[[], object] = lambda: time.sleep(LOOK_S),
    so_far: Callable[[], object] = str,
) -> Found:
    """Look until something is so, and return what was found; else say what, and what was instead.

    What is done between two looks lets the thing happen, or waits for a sign of it.
    """
    end_s = time.monotonic() + limit_s
    while not (found := is_so()):
        if time.monotonic() > end_s:
            raise TimeoutError(f"waited {limit_s:g} s in vain for {what}: {so_far()}")
        between()
    return found


async def wait_until_async(is_so: Callable[[], Found], what: str) -> Found:
    """The same in trio, on its clock."""
    end_s = trio.current_time() + PATIENCE_S
    while not (found := is_so()):
        if trio.current_time() > end_s:
            raise TimeoutError(f"waited {PATIENCE_S:g} s in vain for {what}")
        await trio.sleep(LOOK_S)
    return found
