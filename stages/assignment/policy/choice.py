"""Which incident a request gets. Reads the pool, changes nothing.

Each spotter's turns are counted. Every `rotation_every`-th goes to the camera that is longest
without a rotation turn, and takes its worst frame; the others go to the work that is first in
order among all cameras (see `index`). The first kind bounds the wait of every camera whatever the
others send, the second serves the worst first. Turns are counted for each spotter and not for all
together, because spotters of different scopes could otherwise fall into step: the one who may see a
camera would always have an urgent turn.

Ordinary frames are samples. A rotation turn is open to them once the spotter had none that was for
`sample_every_s`; before that it goes to cameras with work alone. Where no work waits nobody waits
for the next rotation turn: the sample comes at once, in the same order of cameras.

What is in review is given to who asks for it, the worst first, and to nobody else.

A prefetched frame yields to one of a higher band, and to one of twice its threat in its own band,
waiting counted as threat on both sides. Two do not: one that came by a rotation turn, and the next
one of a camera after one of it yielded. Without these exceptions a stream of urgent frames kept a
quiet camera's frame going from session to session as the prefetched one, sixty times in a simulated
minute, without it ever being shown.
"""

from typing import Protocol

import attrs

from stages.assignment.policy.commands import Turn
from stages.assignment.policy.index import band_of
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Incident, Lease


class Draw(Protocol):
    """A seeded generator."""

    def random(self) -> float:
        """Return a number from 0 up to 1."""


@attrs.frozen
class Viewer:
    """The person who asks, and which cameras they may see; None for all."""

    spotter: str
    scope: frozenset[str] | None

    def may_see(self, incident: Incident) -> bool:
        """Whether the incident is within the scope and new to this spotter."""
        return self._has_in_scope(incident) and self.spotter not in incident.seen_by

    def may_review(self, incident: Incident) -> bool:
        """Whether they may decide it in review: what they left undecided before, too."""
        is_judged = any(opinion.spotter == self.spotter for opinion in incident.opinions)
        return self._has_in_scope(incident) and not is_judged

    def _has_in_scope(self, incident: Incident) -> bool:
        return self.scope is None or incident.camera in self.scope


@attrs.frozen
class Choice:
    """The incident that a request gets, and by which kind of turn."""

    incident: Incident
    turn: Turn
    joined: tuple[str, ...] = ()
    """The incidents of other cameras that are asked about with it."""
    is_sample: bool = False
    """The turn was open to ordinary frames."""


def choose(pool: Pool, viewer: Viewer, now_s: float) -> Choice | None:
    """Choose for a session that has room."""
    is_sample = _is_sample_due(pool, viewer, now_s)
    test = _find_test(pool, viewer, is_sample_due=is_sample)
    if test is not None:
        return Choice(test, "test", is_sample=test.face.threat < pool.limits.incident_threat)
    turns = pool.spotter(viewer.spotter).turns + 1
    is_rotation = turns % pool.limits.rotation_every == 0
    work = None if is_rotation else _find_due(pool, viewer)
    if work is not None:
        return Choice(work, "urgent")
    if not is_rotation and not is_sample:
        return None
    incident = _find_longest_without(pool, viewer, has_samples=is_sample)
    return Choice(incident, "rotation", is_sample=is_sample) if incident else None


def choose_in_review(pool: Pool, viewer: Viewer) -> Choice | None:
    """Choose for a session that reviews: the worst first, of equal ones the oldest."""
    incidents = (pool.records.incidents[name] for name in pool.index.review)
    found = next((it for it in incidents if viewer.may_review(it)), None)
    return Choice(found, "review") if found else None


def _is_sample_due(pool: Pool, viewer: Viewer, now_s: float) -> bool:
    sampled_s = pool.spotter(viewer.spotter).sampled_s
    return sampled_s is None or now_s - sampled_s >= pool.limits.sample_every_s


def _find_due(pool: Pool, viewer: Viewer) -> Incident | None:
    incidents = pool.records.incidents
    waiting = (incidents[name] for name in pool.index.urgent)
    return next((incident for incident in waiting if viewer.may_see(incident)), None)


def _find_longest_without(pool: Pool, viewer: Viewer, *, has_samples: bool) -> Incident | None:
    for camera in pool.index.rotation:
        waiting = pool.index.incidents_of(camera)
        visible = [i for i in waiting if viewer.may_see(i) and (has_samples or i.is_work)]
        if visible:
            return max(visible, key=lambda incident: (incident.weight, -incident.since_s))
    return None


def _find_test(pool: Pool, viewer: Viewer, *, is_sample_due: bool) -> Incident | None:
    """Return a test frame if one is due and no work waits; an ordinary one in place of a sample."""
    if not pool.limits.test_every or pool.spotter(viewer.spotter).until_test != 0:
        return None
    if len(pool.index.worst) > pool.limits.busy_waiting or _find_due(pool, viewer) is not None:
        return None
    tests = (pool.records.incidents[name] for name in sorted(pool.index.tests))
    free = (t for t in tests if t.lease_id is None and viewer.may_see(t))
    least = 0.0 if is_sample_due else pool.limits.incident_threat
    return next((t for t in free if t.face.threat >= least), None)


def count_down(pool: Pool, spotter: str, turn: Turn, draw: Draw) -> int:
    """Return the dispatches until this spotter's next test frame, after one of this kind."""
    left = pool.spotter(spotter).until_test
    if left is None or turn == "test":
        return _draw_gap(pool.limits, draw)
    return left if turn in {"swap", "review"} else max(left - 1, 0)


def _draw_gap(limits: Limits, draw: Draw) -> int:
    # Half to one and a half of the mean: nobody can count on it, and it cannot come in a row.
    return max(1, round(limits.test_every * (0.5 + draw.random())))


def find_swap(pool: Pool, viewer: Viewer, prefetched: Lease) -> Incident | None:
    """Return the incident that a prefetched lease must yield to, if there is one."""
    held = pool.records.incidents.get(prefetched.incident_id)
    if held is None or prefetched.turn in {"rotation", "review"}:
        return None
    first = _find_due(pool, viewer)
    if first is None or held.is_test:
        return first
    if pool.records.cameras[held.camera].has_yielded:
        return None
    gain = band_of(first.weight) - band_of(held.weight)
    latest_s = pool.index.due_s(held) - pool.limits.doubling_s
    is_worse = gain > 0 or (gain == 0 and pool.index.due_s(first) <= latest_s)
    return first if is_worse else None
