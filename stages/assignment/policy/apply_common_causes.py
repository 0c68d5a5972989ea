"""How the facts of a common cause change the pool."""

from stages.assignment.policy import commands as c
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Gathering, Incident


def note_cause(pool: Pool, incident: Incident, now_s: float) -> None:
    """Remember that a camera had a cause; older ones are forgotten."""
    before = pool.records.common.get(incident.common, {})
    oldest_s = now_s - pool.limits.common_within_s
    recent = {camera: at_s for camera, at_s in before.items() if at_s >= oldest_s}
    pool.records.common[incident.common] = recent | {incident.camera: now_s}


def gather(pool: Pool, fact: c.Gathered, now_s: float) -> None:
    """Begin a common cause."""
    gathering = Gathering(cause=fact.cause, since_s=now_s, last_s=now_s)
    pool.records.gatherings[fact.gathering_id] = gathering


def join(pool: Pool, fact: c.Joined, now_s: float) -> None:
    """Make an incident part of it."""
    incident = pool.records.incidents[fact.incident_id]
    incident.gathering = fact.gathering_id
    incident.weight_max = fact.weight_max
    incident.is_held = fact.is_held
    gathering = pool.records.gatherings[fact.gathering_id]
    gathering.last_s = now_s
    if fact.is_held and gathering.held_since_s is None:
        gathering.held_since_s = now_s
    pool.index.refile(incident)


def offer(pool: Pool, fact: c.Offered, now_s: float) -> None:
    """Let an incident wait for a person."""
    incident = pool.records.incidents[fact.incident_id]
    incident.is_held = False
    incident.fresh_s = now_s  # it was held back so that it is asked about once, not too late
    gathering = pool.records.gatherings.get(incident.gathering)
    if gathering is not None:
        gathering.is_offered, gathering.held_since_s = True, None
    pool.index.refile(incident)


def scatter(pool: Pool, fact: c.Scattered, _now_s: float) -> None:
    """End a common cause; what joined it stays together."""
    del pool.records.gatherings[fact.gathering_id]
