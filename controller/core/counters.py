"""What a controller has counted since it began."""

from collections import defaultdict
from collections.abc import Mapping

from seda.messages import HandlerFigures, Settlement

KEYS_KEPT = 1000
"""Keys that are counted by name; a flood of others shares one, so that memory stays bounded."""
OTHERS = "(others)"


class Counters:
    """Plain counts; bounded in number."""

    def __init__(self) -> None:
        self.events: dict[str, int] = {"arrived": 0, "done": 0, "dropped": 0, "quarantined": 0}
        self.drops: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.restarts: defaultdict[str, int] = defaultdict(int)
        self.counts: defaultdict[str, float] = defaultdict(float)

    def note_settled(self, settlement: Settlement, key: str) -> None:
        """Count a final state, and for a drop its reason and key."""
        self.events[settlement.outcome] += 1
        if settlement.outcome == "dropped":
            by_key = self.drops[_bounded(self.drops, settlement.reason)]
            by_key[_bounded(by_key, key)] += 1

    def note_dropped_output(self, reason: str, key: str) -> None:
        """Count an output that no event asked for and that was dropped here."""
        by_key = self.drops[_bounded(self.drops, reason)]
        by_key[_bounded(by_key, key)] += 1

    def note_restart(self, cause: str) -> None:
        """Count a handler that ended other than politely."""
        self.restarts[_bounded(self.restarts, cause)] += 1

    def note_figures(self, figures: HandlerFigures) -> None:
        """Add what the stage's code counted."""
        for name, value in figures.counts.items():
            self.counts[_bounded(self.counts, name)] += value


def _bounded(counts: Mapping[str, object], name: str) -> str:
    return name if name in counts or len(counts) < KEYS_KEPT else OTHERS
