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

import attrs
import trio

from controller.core.happenings import Quarantine, Quarantined
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.peers.senders import Happen
from seda import logs, quarantine
from seda.disk import measuring, room

LOOK_S = 10.0
"""How often to look whether the disk has room, where nothing comes."""

_log = logs.get(__name__)


@attrs.frozen
class Limits:
    """How much may lie there, and how much the disk keeps free."""

    bytes_max: int
    disk_floor_bytes: int


class Keeper:
    """Keeps events aside on disk."""

    def __init__(
        self, place: Path, stage: str, limits: Limits, hub: Hub, held: HeldDescriptors
    ) -> None:
        self._place = place
        self._stage = stage
        self._limits = limits
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
            with trio.move_on_after(LOOK_S) as waiting:
                await self._arrival.wait()
            if waiting.cancelled_caught:
                await self._give_way()
                continue
            self._arrival = trio.Event()
            while self._waiting:
                command = self._waiting.popleft()
                problem = await self._store(command)
                happening = Quarantined(command.event.id, problem)
                self._hub.at_end(partial(happen, happening))

    async def _give_way(self) -> None:
        """Let go of the oldest while the disk is full; all controllers see the same."""
        limit_bytes = self._limits.bytes_max
        if not self._is_disk_full():
            return
        gone = await trio.to_thread.run_sync(
            quarantine.make_room, self._place, limit_bytes, self._is_disk_full
        )
        if gone:
            words = "the disk is full, the oldest of the quarantine are gone"
            _log.warning(words, count=len(gone), gone=gone)

    def _is_disk_full(self) -> bool:
        floor_bytes = self._limits.disk_floor_bytes
        return measuring.missing_bytes(self._place, "quarantine", floor_bytes) > 0

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
        limit_bytes = self._limits.bytes_max
        if size_bytes > limit_bytes:
            raise OSError(errno.EFBIG, f"{size_bytes} bytes, quarantine_bytes is less")
        gone = quarantine.make_room(self._place, limit_bytes - size_bytes, self._is_disk_full)
        event, reason = command.event, command.reason
        quarantine.store(self._place / self._stage, event, descriptors, reason, at_s)
        return gone


def _problem(error: OSError) -> str:
    if room.is_full(error):
        return "the disk is full: make room in the data directory"
    return error.strerror or str(error)
