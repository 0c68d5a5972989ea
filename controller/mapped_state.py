"""The kept state in mapped memory (seda/kept_state_memory.py): what survives this controller.

Reading happens once, when a controller opens it; afterwards the process's own tables answer, and
the memory is only written. Opening counts one more death for every event that a handler had when
the predecessor died. An event keeps its count until it is settled.
"""

import mmap
import os
from collections.abc import Iterator
from typing import get_args

from seda import kept_state_memory as layout
from seda.messages import Outcome, Settlement

_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_NUMBERS = {outcome: number for number, outcome in enumerate(_OUTCOMES)}
_DEATHS = layout.DISPATCHED - 1


class KeptStateError(Exception):
    """Memory that is no kept state of this version."""


class MappedState:
    """What is settled, what is in flight and how long calls take, beyond this process's life."""

    def __init__(self, descriptor: int) -> None:
        if os.fstat(descriptor).st_size != layout.SIZE_BYTES:
            raise KeptStateError(f"descriptor {descriptor} is no kept state: it has another size")
        self._memory = mmap.mmap(descriptor, layout.SIZE_BYTES)
        header = layout.HEADER.unpack_from(self._memory)
        if header != (layout.MAGIC, layout.VERSION):
            raise KeptStateError(f"the kept state is of version {header[1]}, not {layout.VERSION}")
        self._settled: dict[str, int] = {}
        self._ring: list[str] = [""] * layout.SETTLED_SLOTS
        self._sequence = self._read_settled()
        self._flight: dict[str, int] = {}
        self._deaths: dict[str, int] = {}
        self._free = list(range(layout.FLIGHT_SLOTS - 1, -1, -1))
        self._read_flight()
        self._times = _Buffers(self._memory, layout.TIMES_OFFSET, layout.TIMES_BYTES)
        self._counters = _Buffers(self._memory, layout.COUNTERS_OFFSET, layout.COUNTERS_BYTES)

    def beat(self, now_s: float) -> None:
        """Let the supervisor see that this controller's loop turns."""
        layout.BEAT.pack_into(self._memory, layout.BEAT_OFFSET, now_s)

    def settled(self, event_id: str) -> Settlement | None:
        """Return how this id was settled, if that is still known."""
        offset = self._settled.get(event_id)
        if offset is None:
            return None
        _, number, length, _, _, reason = layout.SETTLED_SLOT.unpack_from(self._memory, offset)
        return Settlement(event_id, _OUTCOMES[number], reason[:length].decode("utf-8", "ignore"))

    def note_settled(self, settlement: Settlement) -> None:
        """Remember a final state; the oldest one gives way."""
        event_id = settlement.id
        self._sequence += 1
        index = self._sequence % layout.SETTLED_SLOTS
        offset = layout.SETTLED_OFFSET + index * layout.SETTLED_SLOT.size
        older = self._ring[index]
        if older and self._settled.get(older) == offset:
            del self._settled[older]
        content = event_id.encode()
        reason = settlement.reason.encode()[: layout.REASON_BYTES] if settlement.reason else b""
        number = _NUMBERS[settlement.outcome]
        self._memory[offset] = 0
        layout.SETTLED_SLOT.pack_into(
            self._memory, offset, 0, number, len(reason), self._sequence, content, reason
        )
        self._memory[offset] = len(content)
        self._ring[index] = event_id
        self._settled[event_id] = offset
        if event_id in self._flight:
            self._forget(event_id)

    def note_dispatched(self, event_id: str) -> None:
        """Remember that a handler has this event now."""
        offset = self._flight.get(event_id)
        if offset is not None:
            self._memory[offset + 1] = layout.DISPATCHED | self._deaths.get(event_id, 0)
            return
        offset = self._take_slot()
        content = event_id.encode()
        layout.FLIGHT_SLOT.pack_into(self._memory, offset, 0, layout.DISPATCHED, content)
        self._memory[offset] = len(content)
        self._flight[event_id] = offset

    def note_returned(self, event_id: str) -> None:
        """Forget that a handler had this event; its deaths are kept until it is settled."""
        if event_id in self._deaths:
            self._memory[self._flight[event_id] + 1] = self._deaths[event_id]
        elif event_id in self._flight:
            self._forget(event_id)

    def deaths(self, event_id: str) -> int:
        """Count the controllers that died while a handler had this event."""
        return self._deaths.get(event_id, 0)

    def service_times(self) -> bytes:
        """Return what note_service_times was given last; empty at first."""
        return self._times.content

    def note_service_times(self, content: bytes) -> None:
        """Remember the service times."""
        self._times.note(content)

    def counters(self) -> bytes:
        """Return what note_counters was given last; empty at first."""
        return self._counters.content

    def note_counters(self, content: bytes) -> None:
        """Remember what the stage has counted; raise KeptStateError where it is too much."""
        self._counters.note(content)

    def _take_slot(self) -> int:
        """Return a free slot; events that came back from the dead and are gone give way."""
        if not self._free:
            self._forget(self._oldest_returned())
        return layout.FLIGHT_OFFSET + self._free.pop() * layout.FLIGHT_SLOT.size

    def _oldest_returned(self) -> str:
        for event_id in self._deaths:
            if not self._memory[self._flight[event_id] + 1] & layout.DISPATCHED:
                return event_id
        raise KeptStateError(f"more than {layout.FLIGHT_SLOTS} events are in flight")

    def _forget(self, event_id: str) -> None:
        offset = self._flight.pop(event_id)
        self._memory[offset] = 0
        self._deaths.pop(event_id, None)
        self._free.append((offset - layout.FLIGHT_OFFSET) // layout.FLIGHT_SLOT.size)

    def _read_settled(self) -> int:
        """Fill the tables from the ring, and return the newest sequence number."""
        newest = 0
        for index in range(layout.SETTLED_SLOTS):
            offset = layout.SETTLED_OFFSET + index * layout.SETTLED_SLOT.size
            slot = layout.SETTLED_SLOT.unpack_from(self._memory, offset)
            if slot[0] and slot[1] < len(_OUTCOMES):
                event_id = _text(slot[4], slot[0])
                self._ring[index] = event_id
                self._settled[event_id] = offset
                newest = max(newest, slot[3])
        return newest

    def _read_flight(self) -> None:
        """Take over what was in flight, one more death for each."""
        taken = set()
        for index in range(layout.FLIGHT_SLOTS):
            offset = layout.FLIGHT_OFFSET + index * layout.FLIGHT_SLOT.size
            length, mark, content = layout.FLIGHT_SLOT.unpack_from(self._memory, offset)
            if not length:
                continue
            event_id = _text(content, length)
            deaths = min((mark & _DEATHS) + bool(mark & layout.DISPATCHED), _DEATHS)
            self._memory[offset + 1] = deaths
            self._flight[event_id] = offset
            self._deaths[event_id] = deaths
            taken.add(index)
        self._free = [index for index in self._free if index not in taken]


class _Buffers:
    """Two places for one content: it goes into the older one, its sequence number last."""

    def __init__(self, memory: mmap.mmap, offset: int, size_bytes: int) -> None:
        self._memory = memory
        self._offset = offset
        self._size_bytes = size_bytes
        _, length, first = max(self._all())
        first += layout.BUFFER_HEADER.size
        self.content = bytes(memory[first : first + length])
        """What was noted last; empty at first."""

    def note(self, content: bytes) -> None:
        """Remember this."""
        room_bytes = self._size_bytes - layout.BUFFER_HEADER.size
        if len(content) > room_bytes:
            raise KeptStateError(f"{len(content)} bytes for the kept state, room for {room_bytes}")
        sequence = max(sequence for sequence, _, _ in self._all()) + 1
        offset = self._offset + sequence % 2 * self._size_bytes
        layout.BUFFER_HEADER.pack_into(self._memory, offset, 0, len(content))
        first = offset + layout.BUFFER_HEADER.size
        self._memory[first : first + len(content)] = content
        layout.BUFFER_HEADER.pack_into(self._memory, offset, sequence, len(content))
        self.content = content

    def _all(self) -> Iterator[tuple[int, int, int]]:
        for offset in (self._offset, self._offset + self._size_bytes):
            yield (*layout.BUFFER_HEADER.unpack_from(self._memory, offset), offset)


def _text(content: bytes, length: int) -> str:
    """Return an id; one that is damaged is nobody's, and no reason to die at every start."""
    return content[:length].decode("utf-8", "replace")
