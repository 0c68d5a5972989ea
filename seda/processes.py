"""What supervisor, controllers, templates and handlers do with processes and Python does not offer.

Nothing here waits, and nothing here knows a stage.
"""

import ctypes
import os
import resource
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_libc.prctl.restype = ctypes.c_int


def prctl(option: int, argument: int, address: int = 0) -> None:
    """Change a property of this process, or raise OSError."""
    if _libc.prctl(option, argument, address, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}, {argument}): {os.strerror(number)}")


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process with its parent; exit if that is another one already.

    A fork clears the wish. It is tied to the parent's thread that forked: fork from the main one.
    """
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise SystemExit(f"process {parent_pid}, the parent, is gone; ending too")


def become_subreaper() -> None:
    """Have orphans among this process's descendants become its children, not init's."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children_of(pid: int) -> list[int]:
    """Return the children, those included that have ended and are not reaped yet.

    Reads every process's parent, because /proc/PID/task/TID/children is optional in the kernel.
    """
    return [child for child in _all_pids() if parent_of(child) == pid]


def children_seen_of(pid: int) -> list[int]:
    """Return children at a fraction of the cost; while some end the kernel may leave others out."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_bytes().split()]
    except (FileNotFoundError, ProcessLookupError):
        return children_of(pid)


def parent_of(pid: int) -> int | None:
    """Return the parent's pid, or None if there is no such process (any more)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in parentheses and may contain anything, parentheses too.
    return int(stat[stat.rindex(b")") + 2 :].split()[1])


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names only


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open descriptors to the hard one and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
