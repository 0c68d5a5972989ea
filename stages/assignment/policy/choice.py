"""Which incident a request gets. Reads the pool, changes nothing.

Each spotter's turns are counted. Every `rotation_every`-th goes to the camera that is longest
without a rotation turn, and takes its worst frame; the others go to what is due first among all
cameras (see `index`). The first kind bounds the wait of every camera whatever the others send,
the second serves the worst first. Turns are counted for each spotter and not for all together,
because spotters of different scopes could otherwise fall into step: the one who may see a camera
would always have an urgent turn.

A prefetched frame yields to one of twice its threat, waiting counted as threat on both sides. Two
do not: one that came by a rotation turn, and the next one of a camera after one of it yielded.
Without these exceptions a stream of urgent frames kept a quiet camera's frame going from session to
session as the prefetched one, sixty times in a simulated minute, without it ever being shown.
"""

from typing import Protocol

import attrs

from stages.assignment.policy.commands import Turn
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
        in_scope = self.scope is None or incident.camera in self.scope
        return in_scope and self.spotter not in incident.seen_by


@attrs.frozen
class Choice:
    """The incident that a request gets, and by which kind of turn."""

    incident: Incident
    turn: Turn
    joined: tuple[str, ...] = ()
    """The incidents of other cameras that are asked about with it."""


def choose(pool: Pool, viewer: Viewer) -> Choice | None:
    """Choose for a session that has room."""
    test = _find_test(pool, viewer)
    if test is not None:
        return Choice(test, "test")
    turns = pool.spotter(viewer.spotter).turns + 1
    is_rotation = turns % pool.limits.rotation_every == 0
    incident = _find_longest_without(pool, viewer) if is_rotation else _find_due(pool, viewer)
    return Choice(incident, "rotation" if is_rotation else "urgent") if incident else None


def _find_due(pool: Pool, viewer: Viewer) -> Incident | None:
    incidents = pool.records.incidents
    waiting = (incidents[name] for name in pool.index.urgent)
    return next((incident for incident in waiting if viewer.may_see(incident)), None)


def _find_longest_without(pool: Pool, viewer: Viewer) -> Incident | None:
    for camera in pool.index.rotation:
        visible = [i for i in pool.index.incidents_of(camera) if viewer.may_see(i)]
        if visible:
            return max(visible, key=lambda incident: (incident.weight, -incident.since_s))
    return None


def _find_test(pool: Pool, viewer: Viewer) -> Incident | None:
    """Return a test frame if one is due and nothing of weight waits."""
    if not pool.limits.test_every or pool.spotter(viewer.spotter).until_test != 0:
        return None
    if len(pool.index.urgent) > pool.limits.busy_waiting or _has_incident(pool, viewer):
        return None
    tests = (pool.records.incidents[name] for name in sorted(pool.index.tests))
    return next((t for t in tests if t.lease_id is None and viewer.may_see(t)), None)


def _has_incident(pool: Pool, viewer: Viewer) -> bool:
    worst = find_worst(pool, viewer)
    return worst is not None and worst.weight >= pool.limits.incident_threat


def find_worst(pool: Pool, viewer: Viewer) -> Incident | None:
    """Return the waiting incident of the greatest weight that the viewer may see."""
    incidents = pool.records.incidents
    waiting = (incidents[name] for name in pool.index.worst)
    return next((incident for incident in waiting if viewer.may_see(incident)), None)


def count_down(pool: Pool, spotter: str, turn: Turn, draw: Draw) -> int:
    """Return the dispatches until this spotter's next test frame, after one of this kind."""
    left = pool.spotter(spotter).until_test
    if left is None or turn == "test":
        return _draw_gap(pool.limits, draw)
    return left if turn == "swap" else max(left - 1, 0)


def _draw_gap(limits: Limits, draw: Draw) -> int:
    # Half to one and a half of the mean: nobody can count on it, and it cannot come in a row.
    return max(1, round(limits.test_every * (0.5 + draw.random())))


def find_swap(pool: Pool, viewer: Viewer, prefetched: Lease) -> Incident | None:
    """Return the incident that a prefetched lease must yield to, if there is one."""
    held = pool.records.incidents.get(prefetched.incident_id)
    if held is None:
        return None
    if held.is_test:
        worst = find_worst(pool, viewer)
        return worst if worst and worst.weight >= pool.limits.incident_threat else None
    if prefetched.turn == "rotation" or pool.records.cameras[held.camera].has_yielded:
        return None
    latest_s = pool.index.due_s(held) - pool.limits.doubling_s
    first = _find_due(pool, viewer) if pool.index.first_due_s <= latest_s else None
    return first if first and pool.index.due_s(first) <= latest_s else None
