"""The facts of the last minute that others have to be told of, so that they can be told again.

What was to be told may have been on its way when the process or the machine ended. A minute counts
back from the last record, not from now: a power cut may last for days. A journal that is made short
keeps these facts, because the snapshot does not tell which of them were new.
"""

from collections import deque
from collections.abc import Iterable

from stages.assignment.clock import wall_s
from stages.assignment.journal.journal import Past
from stages.assignment.policy.commands import Fact, Judged, Overdue, Referred
from stages.assignment.policy.pool import Pool

AGAIN_S = 60.0
_TOLD = (Overdue, Referred, Judged)
"""A verdict ends the alarm of a frame that was late."""


class RecentFacts:
    """Facts of late, each with the wall time at which it was decided."""

    def __init__(self, past: Past) -> None:
        self._facts: deque[tuple[float, Fact]] = deque()
        for batch in past.batches:
            self._note(batch.facts, batch.wall_s)

    @property
    def facts(self) -> list[Fact]:
        """Return them, the oldest first."""
        return [fact for _, fact in self._facts]

    def note(self, facts: Iterable[Fact]) -> None:
        """Remember those that others are told of."""
        self._note(facts, wall_s())

    def for_snapshot(self, pool: Pool) -> list[Fact]:
        """Return those that can stand behind a snapshot: replaying them changes nothing."""
        incidents = pool.records.incidents
        return [
            fact
            for fact in self.facts
            if isinstance(fact, Overdue | Referred) and fact.incident_id in incidents
        ]

    def _note(self, facts: Iterable[Fact], at_s: float) -> None:
        self._facts.extend((at_s, fact) for fact in facts if isinstance(fact, _TOLD))
        while self._facts and self._facts[0][0] < at_s - AGAIN_S:
            self._facts.popleft()
