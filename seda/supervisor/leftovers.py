"""Ends what a supervisor that was killed may have left running.

Its controllers and handlers end by themselves, the kernel kills them with their parents. Not so a
process that a handler's code started: it becomes a child of init. All of them carry the
supervisor's instance in their environment, which no other process does, so they are found without
trusting pids.
"""

import os
import select
import signal
import time
from pathlib import Path

VARIABLE = "SEDA_INSTANCE"
LIMIT_S = 5.0
"""A killed process that is not gone by then is stuck in the kernel."""


class LeftoversError(Exception):
    """Something of a predecessor runs on and cannot be ended."""


def end_leftovers(instance: str) -> int:
    """Kill every process of this instance and wait for its end; return how many there were."""
    give_up_s = time.monotonic() + LIMIT_S
    count = 0
    while found := _open_processes(instance):
        count += len(found)
        try:
            for descriptor in found.values():
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            _wait_ended(found, give_up_s)
        finally:
            for descriptor in found.values():
                os.close(descriptor)
    return count


def _open_processes(instance: str) -> dict[int, int]:
    """Return a pidfd by pid of every process with the instance in its environment."""
    found = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - names only
        if name.isdigit() and _belongs(int(name), instance):
            try:
                descriptor = os.pidfd_open(int(name))
            except ProcessLookupError:
                continue
            # Looked at once more: before it was opened the pid may have gone to another process.
            if _belongs(int(name), instance):
                found[int(name)] = descriptor
            else:
                os.close(descriptor)
    return found


def _belongs(pid: int, instance: str) -> bool:
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False  # Another user's, or ended.
    return f"{VARIABLE}={instance}".encode() in environment.split(b"\0")


def _wait_ended(found: dict[int, int], give_up_s: float) -> None:
    poll = select.poll()
    for descriptor in found.values():
        poll.register(descriptor, select.POLLIN)
    waiting = set(found.values())
    while waiting:
        ended = poll.poll(max(give_up_s - time.monotonic(), 0) * 1000)
        if not ended:
            pids = ", ".join(str(pid) for pid, it in found.items() if it in waiting)
            raise LeftoversError(
                f"processes of an earlier run do not end although they were killed: {pids}. They "
                "hang in the kernel, most likely on a disk or a device: look at it, then start anew"
            )
        for descriptor, _ in ended:
            poll.unregister(descriptor)
            waiting.discard(descriptor)
