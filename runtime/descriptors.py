"""What a handler keeps of the descriptors that it was born with: its own."""

import os
import resource
from collections.abc import Collection

_STANDARD = (0, 1, 2)


def keep_only(kept: Collection[int]) -> None:
    """Close everything but these and the standard three."""
    below = 0
    end = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for descriptor in (*sorted({*kept, *_STANDARD}), end):
        if below < descriptor:  # closerange() takes an empty range at 0 for everything
            os.closerange(below, descriptor)
        below = descriptor + 1


def redirect_standard(output: int | None = None) -> None:
    """Read from nothing; where an output is given, print into it and close the original."""
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.close(nothing)
    if output is not None:
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)


def open_now() -> dict[int, str]:
    """Return what is open and what it leads to, for people."""
    found = {}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names only
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - text
        except FileNotFoundError:
            continue  # the listing itself
    return found
