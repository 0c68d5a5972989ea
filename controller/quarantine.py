"""Writing to the quarantine, one event after the other, in a thread: a disk may be slow or full.

What waits here is still in the engine's hands (it is settled only when Quarantined comes back), so
the queue's own bounds hold it.
"""

import errno
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import trio

from controller.core.happenings import Quarantine, Quarantined
from controller.held import Held
from controller.hub import Hub
from controller.senders import Happen
from seda import logs, quarantine

_log = logs.get(__name__)


class Keeper:
    """Keeps events aside on disk."""

    def __init__(self, place: Path, stage: str, limit_bytes: int, hub: Hub, held: Held) -> None:
        self._place = place
        self._stage = stage
        self._limit_bytes = limit_bytes
        self._hub = hub
        self._held = held
        self._waiting: deque[Quarantine] = deque()
        self._arrival = trio.Event()

    def keep(self, command: Quarantine) -> None:
        """Have this event written; its descriptors are held until it is settled."""
        self._waiting.append(command)
        self._arrival.set()

    async def run(self, happen: Happen) -> None:
        """Write what comes."""
        while True:
            await self._arrival.wait()
            self._arrival = trio.Event()
            while self._waiting:
                command = self._waiting.popleft()
                problem = await self._store(command)
                happening = Quarantined(command.event.id, problem)
                self._hub.at_end(partial(happen, happening))

    async def _store(self, command: Quarantine) -> str:
        """Return what went wrong, or nothing."""
        event = command.event
        descriptors = self._held.of_input(event)
        try:
            gone = await trio.to_thread.run_sync(self._write, command, descriptors, time.time())
        except OSError as error:
            problem = _problem(error)
            _log.error("an event could not be quarantined", id=event.id, problem=problem)
            return problem
        _log.warning("an event was quarantined", id=event.id, key=event.key, reason=command.reason)
        if gone:
            _log.warning("the quarantine was full, the oldest are gone", count=len(gone), gone=gone)
        return ""

    def _write(self, command: Quarantine, descriptors: Sequence[int], at_s: float) -> list[str]:
        size_bytes = sum(it.size_bytes for it in command.event.payloads if it.kind == "memory")
        if size_bytes > self._limit_bytes:
            raise OSError(errno.EFBIG, f"{size_bytes} bytes, quarantine_bytes is less")
        gone = quarantine.make_room(self._place, self._limit_bytes - size_bytes)
        event, reason = command.event, command.reason
        quarantine.store(self._place / self._stage, event, descriptors, reason, at_s)
        return gone


def _problem(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full: make room in the data directory"
    return error.strerror or str(error)
