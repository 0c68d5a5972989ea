"""How many events or settlements fit one datagram. Pure.

Sizes are estimated from above instead of encoded twice; an event that is as large as a datagram
travels alone, and encoding has the last word.
"""

from collections.abc import Iterable

from seda.messages import Event, Settlement
from seda.protocol import DATAGRAM_BYTES, DESCRIPTORS_PER_DATAGRAM

_FRAME_BYTES = 64
"""Version, kind, names of fields and the head of the list."""
_EVENT_BYTES = 160
"""Names of fields and numbers of an event without texts, body and payloads."""
_PAYLOAD_BYTES = 64
_SETTLEMENT_BYTES = 48


def count_events(events: Iterable[Event], other_bytes: int = 0) -> int:
    """Return how many of these, from the first, fit one datagram: at least one."""
    room_bytes = DATAGRAM_BYTES - _FRAME_BYTES - other_bytes
    room_descriptors = DESCRIPTORS_PER_DATAGRAM
    count = 0
    for event in events:
        room_bytes -= event_bytes(event)
        room_descriptors -= len(event.payloads)
        if count and (room_bytes < 0 or room_descriptors < 0):
            break
        count += 1
    return count


def event_bytes(event: Event) -> int:
    """Return an upper bound of what the event takes in a datagram."""
    texts = len(event.id) + 4 * (len(event.kind) + len(event.key))
    return _EVENT_BYTES + texts + len(event.body) + _PAYLOAD_BYTES * len(event.payloads)


def count_settlements(settlements: Iterable[Settlement]) -> int:
    """Return how many of these, from the first, fit one datagram: at least one."""
    room_bytes = DATAGRAM_BYTES - _FRAME_BYTES
    count = 0
    for settlement in settlements:
        room_bytes -= _SETTLEMENT_BYTES + len(settlement.id) + 4 * len(settlement.reason)
        if count and room_bytes < 0:
            break
        count += 1
    return count
