"""Signals as a queue: the handler enqueues, the loop decides."""

import collections
import contextlib
import signal
import socket
from types import FrameType
from typing import Any, Self

HANDLED = (
    *(signal.SIGCHLD, signal.SIGTERM, signal.SIGINT),
    *(signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2),
)
"""The last three ask for nothing here; left to the kernel they would end seda undrained."""

_KEPT = 64
"""More than this between two turns says nothing new: what a signal asks for is asked for once."""


class Signals:
    """The signals that came since somebody asked; readable when there is one."""

    def __init__(self) -> None:
        self._queue: collections.deque[signal.Signals] = collections.deque(maxlen=_KEPT)
        self._before: dict[signal.Signals, Any] = {}
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in HANDLED:
            self._before[number] = signal.signal(number, self._enqueue)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._reading.close()
        self._writing.close()

    def fileno(self) -> int:
        """Return the descriptor, for waiting."""
        return self._reading.fileno()

    def take(self) -> list[signal.Signals]:
        """Return the signals that came, each once, in the order in which they came first."""
        with contextlib.suppress(BlockingIOError):
            self._reading.recv(4096)
        taken = []
        while self._queue:
            taken.append(self._queue.popleft())
        return list(dict.fromkeys(taken))

    def _enqueue(self, number: int, _: FrameType | None) -> None:
        self._queue.append(signal.Signals(number))
