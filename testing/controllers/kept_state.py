"""A kept state for an engine that no process runs."""

from seda.messages import Settlement


class ForgetfulState:
    """A kept state in this process's own memory."""

    def __init__(self) -> None:
        self.settlements: dict[str, Settlement] = {}
        self.dispatched: set[str] = set()
        self.died_over: dict[str, int] = {}
        self._service_times = b""

    def settled(self, event_id: str) -> Settlement | None:
        """Return how this id was settled."""
        return self.settlements.get(event_id)

    def note_settled(self, settlement: Settlement) -> None:
        """Remember a final state."""
        self.settlements[settlement.id] = settlement

    def note_dispatched(self, event_id: str) -> None:
        """Remember that a handler has this event."""
        self.dispatched.add(event_id)

    def note_returned(self, event_id: str) -> None:
        """Forget that a handler had this event."""
        self.dispatched.discard(event_id)

    def deaths(self, event_id: str) -> int:
        """Count the deaths that a test has put here."""
        return self.died_over.get(event_id, 0)

    def service_times(self) -> bytes:
        """Return the last content."""
        return self._service_times

    def note_service_times(self, content: bytes) -> None:
        """Remember the content."""
        self._service_times = content
