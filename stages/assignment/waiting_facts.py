"""What waits of each camera, as `live` is told: what changed, and all of it now and then.

Facts say everything each time, so a lost one is made good by the next, and a `live` that was
restarted hears of every camera within REPEAT_S.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

import attrs

from seda.decisions import WaitingFact
from stages.assignment.frame_details import details_of
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Incident

REPEAT_S = 10.0
FACTS_MAX = 64
"""At a look: of more cameras that changed at once the others are told at the next."""


class WaitingFacts:
    """What was told of each camera, and what is to be told."""

    def __init__(self, counted_since_s: float) -> None:
        self._since_s = counted_since_s
        self._told: dict[str, WaitingFact] = {}
        self._repeat_s = 0.0
        self._dropped: dict[str, Counter[str]] = defaultdict(Counter)

    def note_dropped(self, camera: str, reason: str) -> None:
        """Count a frame that leaves without having been shown to anybody."""
        self._dropped[camera][reason] += 1

    def look(self, pool: Pool, now_s: float) -> Iterator[WaitingFact]:
        """Yield what is to be told now; say with `note_told` what was."""
        if now_s >= self._repeat_s:
            self._repeat_s = now_s + REPEAT_S
            told = self._told.values()
            idle = (it for it in told if not it.frames and not it.joined and not it.review)
            self._told = {it.camera: it for it in idle}
        number = 0
        joined = _list_joined(pool)
        review = Counter(pool.records.incidents[name].camera for name in pool.index.review)
        cameras = dict.fromkeys(
            [*pool.index.waiting, *joined, *review, *self._told, *self._dropped]
        )
        for camera in cameras:
            waiting = pool.index.incidents_of(camera)
            alone = [it for it in waiting if it.is_work and not it.gathering]
            fact = self._fact(camera, alone, joined.get(camera), review[camera])
            if fact != self._told.get(camera):
                number += 1
                if number > FACTS_MAX:
                    return
                yield fact

    def note_told(self, fact: WaitingFact) -> None:
        """Remember what `live` knows now."""
        self._told[fact.camera] = fact

    def _fact(
        self, camera: str, alone: list[Incident], joined: Incident | None, review: int
    ) -> WaitingFact:
        waiting = [*alone, joined] if joined else alone
        fact = WaitingFact(
            camera=camera,
            frames=len(alone),
            joined=joined.gathering if joined else "",
            worst=max((min(it.threat, it.weight_max) for it in waiting), default=0.0),
            oldest_s=min((details_of(it.face).facts.captured_s for it in waiting), default=0.0),
            counted_since_s=self._since_s,
            review=review,
        )
        return attrs.evolve(fact, let_go=dict(self._dropped.get(camera, ())))


def _list_joined(pool: Pool) -> dict[str, Incident]:
    """List what waits, or is held back, as part of a common cause, by camera."""
    common = pool.index.common
    incidents = (it for cause in common for it in pool.index.incidents_with(cause))
    waiting = (it for it in incidents if it.is_free and it.is_work and not it.is_deferred)
    return {it.camera: it for it in waiting if it.gathering}
