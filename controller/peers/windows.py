"""How a stage's bounds are shared out among those who submit to it. Pure.

Who gives more than facts shares three quarters equally. What is left is for the others together:
their facts and figures replace each other and have no descriptors, and what comes from outside
(supervisor, command line) is little. All windows together stay within the queue's bounds, so what a
sender has outstanding never makes the receiver refuse it, and each window is at least one event,
which an outbox sends however large it is: nobody waits for ever.
"""

import attrs

from conf.schema import StageSettings
from seda.protocol import Window
from seda.stage_config import StageConfig

_STREAMS_SHARE = 0.75


@attrs.frozen
class Windows:
    """One for whoever streams, one for whoever else."""

    streams: frozenset[str]
    of_stream: Window
    of_other: Window

    def window(self, stage: str) -> Window:
        """Return the window of a sender that calls itself so."""
        return self.of_stream if stage in self.streams else self.of_other


def windows_of(config: StageConfig) -> Windows:
    """Share the queue's bounds out."""
    streams, others = len(config.streams), max(config.others, 1)
    left = 1 - _STREAMS_SHARE if streams else 1.0
    return Windows(
        frozenset(config.streams),
        _window(config.settings, _STREAMS_SHARE / max(streams, 1)),
        _window(config.settings, left / others),
    )


def _window(settings: StageSettings, share: float) -> Window:
    return Window(
        max(int(settings.queue_events * share), 1),
        max(int(settings.queue_bytes * share), 1),
        max(int(settings.queue_descriptors * share), 1),
    )
