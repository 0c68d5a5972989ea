"""What a controller must still know after it died: an interface.

The shell maps the real one into memory that the supervisor keeps.
"""

from typing import Protocol

from seda.messages import Settlement


class KeptState(Protocol):
    """Settled ids, ids in flight with the controllers that died over them, service times."""

    def settled(self, event_id: str) -> Settlement | None:
        """Return how this id was settled, if that is still known."""

    def note_settled(self, settlement: Settlement) -> None:
        """Remember a final state; the oldest one gives way."""

    def note_dispatched(self, event_id: str) -> None:
        """Remember that a handler has this event now."""

    def note_returned(self, event_id: str) -> None:
        """Forget that a handler had this event."""

    def deaths(self, event_id: str) -> int:
        """Count the controllers that died while a handler had this event."""

    def service_times(self) -> bytes:
        """Return what note_service_times was given last; empty at first."""

    def note_service_times(self, content: bytes) -> None:
        """Remember the service times for a successor."""
