"""A timer of the kernel as a descriptor, which Python offers from 3.13 on.

In the epoll of the hub it wakes the controller like a datagram does. A deadline of trio would
cancel the wait instead, which costs more than all else that an idle controller does.
"""

import contextlib
import ctypes
import os
import struct
import time

_LIBC = ctypes.CDLL(None, use_errno=True)
_ABSOLUTE = 1
_SETTING = struct.Struct("@4q")
"""Seconds and nanoseconds of the interval, which stays zero, and of the time."""
_EXPIRATIONS_BYTES = 8
_NS_A_SECOND = 1_000_000_000


class Timer:
    """Becomes readable at the time that was set last, by the monotonic clock."""

    def __init__(self) -> None:
        flags = os.O_CLOEXEC | os.O_NONBLOCK
        self._descriptor = _LIBC.timerfd_create(time.CLOCK_MONOTONIC, flags)
        if self._descriptor < 0:
            _raise("timerfd_create")

    def fileno(self) -> int:
        """Return the descriptor, readable since the time has come and until it is cleared."""
        return self._descriptor

    def set(self, at_s: float) -> None:
        """Wake then; at once if that is past."""
        seconds, ns = divmod(max(1, int(at_s * _NS_A_SECOND)), _NS_A_SECOND)
        setting = _SETTING.pack(0, 0, seconds, ns)
        if _LIBC.timerfd_settime(self._descriptor, _ABSOLUTE, setting, None):
            _raise("timerfd_settime")

    def clear(self) -> None:
        """Be readable no more until the next time has come."""
        with contextlib.suppress(BlockingIOError):  # set anew meanwhile
            os.read(self._descriptor, _EXPIRATIONS_BYTES)

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def _raise(what: str) -> None:
    number = ctypes.get_errno()
    raise OSError(number, f"{what}: {os.strerror(number)}")
