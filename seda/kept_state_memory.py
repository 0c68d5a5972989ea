"""The memory that the supervisor keeps for a controller's successor: its layout, and making it.

    header     magic, version
    beat       when the controller's loop turned last, for the supervisor
    times      two buffers for the service times; the one with the higher sequence number is valid
    counters   two buffers for the stage's figures, in the same way
    settled    a ring of slots: length of id, outcome, length of reason, sequence, id, reason
    in flight  slots: length of id, mark, id

A controller may be killed between any two writes. So a slot counts only while its length is not
zero: it is made zero first and written last. The ring has no position of its own, because one could
not be written together with the slot; the slot with the highest sequence number is the newest.
"""

import os
import struct

from seda.messages import ID_BYTES

MAGIC = b"seda-kep"
VERSION = 2
HEADER = struct.Struct("<8sI")

BEAT_OFFSET = 16
BEAT = struct.Struct("<d")
"""Monotonic time; zero before the first controller's first turn."""

BUFFER_HEADER = struct.Struct("<QI")
"""Sequence number and length; the content follows."""
TIMES_OFFSET = 64
TIMES_BYTES = 8192
COUNTERS_OFFSET = TIMES_OFFSET + 2 * TIMES_BYTES
COUNTERS_BYTES = 256 * 1024

SETTLED_OFFSET = COUNTERS_OFFSET + 2 * COUNTERS_BYTES
SETTLED_SLOTS = 8192
REASON_BYTES = 48
"""A longer reason is cut: a sender that asks again is told the beginning."""
SETTLED_SLOT = struct.Struct(f"<BBBxQ{ID_BYTES}s{REASON_BYTES}s")

FLIGHT_OFFSET = SETTLED_OFFSET + SETTLED_SLOTS * SETTLED_SLOT.size
FLIGHT_SLOTS = 4096
FLIGHT_SLOT = struct.Struct(f"<BB{ID_BYTES}s")
DISPATCHED = 0x80
"""In a slot's mark: a handler has it now. The other bits count controllers that died over it."""

SIZE_BYTES = FLIGHT_OFFSET + FLIGHT_SLOTS * FLIGHT_SLOT.size


def read_beat(descriptor: int) -> float:
    """Return when the controller's loop turned last."""
    (beat_s,) = BEAT.unpack(os.pread(descriptor, BEAT.size, BEAT_OFFSET))
    return float(beat_s)


def create(name: str = "kept_state") -> int:
    """Return the descriptor of an empty kept state."""
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    try:
        os.ftruncate(descriptor, SIZE_BYTES)
        os.pwrite(descriptor, HEADER.pack(MAGIC, VERSION), 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
