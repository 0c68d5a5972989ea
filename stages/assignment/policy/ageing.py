"""What follows from the passing of time. Generators like those of `admission`."""

from collections.abc import Iterator

from stages.assignment.policy import commands as c
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Incident, Lease


def find_expired(pool: Pool, now_s: float) -> list[str]:
    """Return the leases that ran out, with what else an idle session holds."""
    expired: dict[str, None] = {}
    for held in pool.index.sessions.values():
        leases = [pool.records.leases[name] for name in held]
        ran_out = [lease for lease in leases if _has_run_out(lease, pool.limits, now_s)]
        is_idle = any(lease.shown_s is not None for lease in ran_out)
        expired |= dict.fromkeys(lease.lease_id for lease in (leases if is_idle else ran_out))
    return list(expired)


def _has_run_out(lease: Lease, limits: Limits, now_s: float) -> bool:
    if lease.turn == "review":
        return now_s - lease.leased_s >= limits.review_lease_s
    if lease.shown_s is None:
        return now_s - lease.leased_s >= limits.prefetch_s
    return now_s - lease.shown_s >= limits.lease_s


def age(pool: Pool, now_s: float) -> Iterator[c.Fact]:
    """Say what is overdue, what nobody else will take, and what can be forgotten."""
    incidents = pool.records.incidents
    for incident in _find_overdue(pool, now_s):
        yield c.Overdue(incident.incident_id)
    referred: set[str] = set()
    yield from _put_off(pool, now_s)
    for incident in [incidents[name] for name in pool.index.worst]:
        if incident.back_s is not None and now_s - incident.back_s >= pool.limits.stranded_s:
            yield from _give_up(incident, referred)
    for name in sorted(pool.index.closed):
        closed_s = incidents[name].closed_s
        if closed_s is not None and now_s - closed_s >= pool.limits.undo_s:
            yield c.Forgotten(name)


def _put_off(pool: Pool, now_s: float) -> Iterator[c.Fact]:
    """Take what is old out of the way of what is fresh: work to review, samples altogether.

    A second opinion was asked for after all that, and has a limit of its own.
    """
    for incident in [pool.records.incidents[name] for name in pool.index.worst]:
        fresh_s = incident.fresh_s or incident.came_s
        if incident.opinions or now_s - fresh_s < pool.limits.review_after_s:
            continue
        if incident.is_work:
            yield c.Deferred(incident.incident_id)
        else:
            yield c.Dropped(incident.incident_id, "too old")


def _find_overdue(pool: Pool, now_s: float) -> list[Incident]:
    overdue = []
    for name in [*pool.index.worst, *pool.index.review]:
        incident = pool.records.incidents[name]
        if incident.weight < pool.limits.top_threat:
            continue
        is_late = now_s - incident.since_s >= pool.limits.top_target_s
        if is_late and not incident.opinions and not incident.is_overdue:
            overdue.append(incident)
    return overdue


def _give_up(incident: Incident, referred: set[str]) -> Iterator[c.Fact]:
    """Drop what nobody else takes; of what was asked about together one is referred."""
    if not incident.opinions:  # everybody there left it; of the top band it was overdue
        yield c.Dropped(incident.incident_id, "stranded")
        return
    yield c.Closed(incident.incident_id)
    question = incident.gathering or incident.incident_id
    if incident.second_reason != "sample" and question not in referred:
        referred.add(question)
        yield c.Referred(incident.incident_id, "stranded")
