"""A bench as a source of events."""

import select

from seda.messages import Settlement
from seda.sender import Sender

_RETRY_S = 0.005
"""While there is no link nothing tells when to try again."""


class Source:
    """A sender that one can wait for."""

    def __init__(self, path: str) -> None:
        self._sender = Sender(path, "bench")
        self.submit = self._sender.submit
        self.close = self._sender.close

    @property
    def unsettled(self) -> int:
        """Count what was submitted and not settled."""
        return self._sender.unsettled

    def pump(self, wait_s: float) -> list[Settlement]:
        """Send and hear; wait up to so long if there is nothing to hear."""
        settled = self._sender.pump()
        if settled:
            return settled
        link = self._sender.fileno()
        waiting = select.poll()
        if link >= 0:
            waiting.register(link, select.POLLIN)
            waiting.poll(wait_s * 1000)
        else:
            waiting.poll(min(wait_s, _RETRY_S) * 1000)
        return self._sender.pump()
