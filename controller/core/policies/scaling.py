"""How many handlers a stage should have (R10, R14, R15).

One more when the queue is over its threshold for the handlers there are, starting ones counted, and
the last one had a moment to help; one fewer for each that had nothing to do for a while. Work goes
to the handler that was busy last, so those that are not needed show themselves. There is no rate
and no prediction in it: a queue that stands is the reason to grow, or a short one whose events are
late, where few keys ask for much.

Where events last there is no rate at all: as many handlers as it takes to hold them.
"""

from conf.schema import StageSettings

GROW_EVERY_S = 0.1
"""Handlers are ready in tens of milliseconds; faster growth would answer a queue already served."""


class Scaling:
    """The size of the pool."""

    def __init__(self, settings: StageSettings, now_s: float, lasting: int | None = None) -> None:
        self._settings = settings
        self._lasting = lasting
        """How many lasting events a handler holds; None where events pass."""
        self._grew_s = now_s - GROW_EVERY_S
        self.wanted = settings.handlers_min

    @property
    def is_at_maximum(self) -> bool:
        """Say whether growing is no answer any more."""
        return self.wanted >= self._settings.handlers_max

    def grow(self, queued: int, in_flight: int, now_s: float, *, lacks: bool = False) -> bool:
        """Want one more if the queue is over its threshold; say whether.

        `lacks` says that the handlers are too few however short the queue is: something that lasts
        may share none of them, or what waits is late.
        """
        if self.is_at_maximum or now_s - self._grew_s < GROW_EVERY_S:
            return False
        if not lacks and not self._is_over(queued, in_flight):
            return False
        self.wanted += 1
        self._grew_s = now_s
        return True

    def _is_over(self, queued: int, in_flight: int) -> bool:
        handlers = max(self.wanted, 1)
        if self._lasting is not None:
            return queued + in_flight > self._lasting * handlers
        return queued > self._settings.grow_at_events * handlers

    def shrink(self, idle_since_s: float, now_s: float) -> bool:
        """Want one fewer if one has been idle since then; say whether."""
        if self.wanted <= self._settings.handlers_min:
            return False
        if now_s - idle_since_s < self._settings.idle_s:
            return False
        self.wanted -= 1
        return True
