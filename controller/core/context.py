"""What every part of an engine shares."""

import attrs

from conf.schema import StageSettings
from controller.core.counters import Counters
from controller.core.happenings import Command
from controller.core.kept_state import KeptState
from seda.pipeline import Stage
from seda.protocol import Window


@attrs.define(eq=False)
class EngineContext:
    """The stage's row and numbers, what it remembers, what it counts, and the commands so far."""

    row: Stage
    settings: StageSettings
    kept_state: KeptState
    stopped_earlier: frozenset[str] = frozenset()
    """Successors that a stop ends before this stage: a drain cannot wait for them."""
    window: Window = attrs.field()
    """What a sender that streams to this stage may have outstanding here."""
    pressure: int = 0
    """The highest level of this stage and everything that it waits for."""
    counters: Counters = attrs.Factory(Counters)
    out: list[Command] = attrs.Factory(list)

    @window.default
    def _whole_queue(self) -> Window:
        limit = self.settings
        return Window(limit.queue_events, limit.queue_bytes, limit.queue_descriptors)

    @property
    def is_async(self) -> bool:
        """Say whether handlers have several calls at once."""
        return self.row.handler == "async"
