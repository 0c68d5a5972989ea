"""The supervisor's own figures, submitted to `live` as facts.

Nothing here waits for `live`: while it has not settled the last ones, no more are given.
"""

from seda.codec import encode_body
from seda.messages import Event, SupervisorFigures
from seda.sender import Sender


class FiguresSender:
    """A link to `live` that comes and goes with its controller."""

    def __init__(self, path: str) -> None:
        self._sender = Sender(path, "supervisor")
        self._count = 0

    def tell(self, figures: SupervisorFigures) -> None:
        """Submit the figures, unless earlier ones are still on their way."""
        self._sender.pump()
        if self._sender.unsettled:
            return
        self._count += 1
        event = Event(
            id=f"supervisor-{figures.pid}-{self._count}",
            kind="supervisor_figures",
            key="supervisor",
            body=encode_body(figures),
            born_s=figures.at_s,
        )
        self._sender.submit(event)
        self._sender.pump()

    def close(self) -> None:
        """End the link."""
        self._sender.close()
