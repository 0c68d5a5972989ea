"""What waits of each camera, as `live` is told: what changed, and all of it now and then.

Facts say everything each time, so a lost one is made good by the next, and a `live` that was
restarted hears of every camera within REPEAT_S.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import attrs

from seda.decisions import WaitingFact
from stages.assignment.kept import kept_of
from stages.assignment.policy_pool import Pool
from stages.assignment.policy_records import Incident

REPEAT_S = 10.0
FACTS_MAX = 64
"""At a look: of more cameras that changed at once the others are told at the next."""


class WaitingFacts:
    """What was told of each camera, and what is to be told."""

    def __init__(self, counted_since_s: float) -> None:
        self._since_s = counted_since_s
        self._told: dict[str, WaitingFact] = {}
        self._repeat_s = 0.0
        self._let_go: dict[str, Counter[str]] = defaultdict(Counter)

    def note_let_go(self, camera: str, reason: str) -> None:
        """Count a frame that leaves without having been shown to anybody."""
        self._let_go[camera][reason] += 1

    def look(self, pool: Pool, now_s: float) -> Iterator[WaitingFact]:
        """Give what is to be told now; say with `note_told` what was."""
        if now_s >= self._repeat_s:
            self._repeat_s = now_s + REPEAT_S
            self._told = {name: it for name, it in self._told.items() if not it.frames}
        number = 0
        others = (self._told.keys() | self._let_go.keys()) - pool.index.waiting.keys()
        for camera in [*pool.index.waiting, *others]:
            fact = self._fact(camera, pool.index.incidents_of(camera))
            if fact != self._told.get(camera):
                number += 1
                if number > FACTS_MAX:
                    return
                yield fact

    def note_told(self, fact: WaitingFact) -> None:
        """Remember what `live` knows now."""
        self._told[fact.camera] = fact

    def _fact(self, camera: str, incidents: Iterable[Incident]) -> WaitingFact:
        waiting = list(incidents)
        fact = WaitingFact(
            camera=camera,
            frames=len(waiting),
            worst=max((it.threat for it in waiting), default=0.0),
            oldest_s=min((kept_of(it.face).facts.captured_s for it in waiting), default=0.0),
            counted_since_s=self._since_s,
        )
        return attrs.evolve(fact, let_go=dict(self._let_go.get(camera, ())))
