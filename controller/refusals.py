"""What others send wrongly: counted by reason for the figures, logged without a flood."""

from collections import Counter

from controller.hub import Hub
from seda import logs

_EVERY_S = 60.0
"""One line a reason in this time; what came meanwhile is counted in the next line."""

_log = logs.get(__name__)


class RefusalLog:
    """Counts refusals and says so now and then."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.refused: Counter[str] = Counter()
        self._said: dict[str, tuple[float, int]] = {}
        """When a reason was last logged, and how often it had happened then."""

    def refuse(self, reason: str, words: str, **about: object) -> None:
        """Count a refusal and log it unless the same reason was logged just now."""
        self.refused[reason] += 1
        self.say(reason, words, self.refused[reason], **about)

    def say(self, reason: str, words: str, count: int, **about: object) -> None:
        """Log that something happened for the `count`th time, unless that was just done."""
        said_s, said_count = self._said.get(reason, (float("-inf"), 0))
        if self._hub.now_s - said_s >= _EVERY_S:
            self._said[reason] = (self._hub.now_s, count)
            _log.warning(words, reason=reason, times=count - said_count, **about)
