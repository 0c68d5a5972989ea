"""What an event weighs in the bounds of queues and windows."""

from seda.messages import Event


def size_bytes(event: Event) -> int:
    """Return the bytes of an event's body and payloads."""
    size = len(event.body)
    for payload in event.payloads:
        size += payload.size_bytes
    return size
