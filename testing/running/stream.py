"""A steady stream of numbers through a running pipeline, and what its calls and effects tell.

Every call leaves a mark with its handler's pid and a line with its number, every number an effect
that can be counted.
"""

import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from seda.codec import encode_body
from seda.messages import Event
from testing.handlers.loads import EXECUTIONS, MARKS
from testing.running.rig import Rig
from testing.running.source import Source
from testing.waiting import wait_until

IN_FLIGHT = 8
SETTLE_LIMIT_S = 30.0


class Stream:
    """Eight events in flight, and the marks that their calls leave."""

    def __init__(self, rig: Rig, first: str) -> None:
        self._source = Source(rig.socket_of(first))
        self._marks = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._marks.bind(str(rig.data / MARKS))
        self._marks.setblocking(False)
        self._marks.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._outstanding = 0
        self.sent = 0
        self.outcomes: Counter[str] = Counter()
        self.callers: dict[str, int] = {}
        """By stage: the handler that began a call last."""
        self.serving: defaultdict[str, dict[int, float]] = defaultdict(dict)
        """By stage: pids and when each was seen first."""

    def close(self) -> None:
        """End the stream."""
        self._source.close()
        self._marks.close()

    def pump(self, *, is_feeding: bool = True) -> None:
        """Keep the stream going for a moment and take the marks in."""
        while is_feeding and self._outstanding < IN_FLIGHT:
            self.sent += 1
            self._outstanding += 1
            key = f"camera{self.sent % 16}"
            event = Event(f"bench:{self.sent}", "number", key, encode_body(self.sent))
            self._source.submit(event)
        for settlement in self._source.pump(0.002):
            self._outstanding -= 1
            self.outcomes[settlement.outcome] += 1
        self._take_marks()

    def _take_marks(self) -> None:
        while True:
            try:
                stage, pid = self._marks.recv(128).decode().split()
            except BlockingIOError:
                return
            self.callers[stage] = int(pid)
            self.serving[stage].setdefault(int(pid), time.monotonic())

    def next_caller(self, stage: str, limit_s: float) -> int | None:
        """Return the handler that begins the stage's next call, if one does so soon."""
        self.callers.pop(stage, None)
        until_s = time.monotonic() + limit_s
        while stage not in self.callers and time.monotonic() < until_s:
            self.pump()
        return self.callers.get(stage)

    def run_until(self, is_reached: Callable[[], bool], limit_s: float, *, feed: bool) -> None:
        """Pump until something is so; it not becoming so is an error."""
        wait_until(
            is_reached,
            "what this stream was pumped for",
            limit_s=limit_s,
            between=lambda: self.pump(is_feeding=feed),
            so_far=lambda: f"{self.sent} sent, settled {dict(self.outcomes)}",
        )

    def finish(self, limit_s: float = SETTLE_LIMIT_S) -> None:
        """Wait until everything that was sent is settled."""
        self.run_until(lambda: self._outstanding == 0, limit_s, feed=False)


def effects_in(folder: Path) -> Counter[int]:
    """Count the effects that each number had."""
    return Counter(int(str(link.readlink())) for link in folder.iterdir())


def executions_in(folder: Path) -> Counter[int]:
    """Count the calls that each number had in one stage."""
    return Counter(map(int, (folder / EXECUTIONS).read_text().split()))
