"""How the facts of a lease change the pool.

What a lease is about may be gone by now: a test frame can be withdrawn while someone looks at it,
and a verdict may come for a frame that was let go meanwhile. That is never an error.
"""

from stages.assignment import commands as c
from stages.assignment.policy_pool import Pool
from stages.assignment.policy_records import EndedLease, Incident, Lease, Opinion, Spotter, Thread


def lease(pool: Pool, fact: c.Leased, now_s: float) -> None:
    """Put an incident into a session's hands."""
    incident = pool.records.incidents[fact.incident_id]
    spotter = pool.records.spotters.setdefault(fact.spotter, Spotter())
    spotter.until_test = fact.until_test
    held = Lease(
        lease_id=fact.lease_id,
        incident_id=fact.incident_id,
        spotter=fact.spotter,
        session=fact.session,
        turn=fact.turn,
        leased_s=now_s,
    )
    if fact.turn in {"urgent", "rotation"}:
        spotter.turns += 1
    if fact.turn == "rotation":
        _use_turn(pool, incident.camera, held)
    pool.records.lease_count += 1
    _hold(pool, incident, held)


def _use_turn(pool: Pool, name: str, held: Lease) -> None:
    camera = pool.records.cameras[name]
    pool.records.rotation += 1
    held.turn_given = pool.records.rotation
    camera.held_turns.append(held.turn_given)
    pool.index.refile_camera(name)


def _hold(pool: Pool, incident: Incident, held: Lease) -> None:
    incident.lease_id = held.lease_id
    pool.records.leases[held.lease_id] = held
    pool.index.hold(held)
    pool.index.refile(incident)


def show(pool: Pool, fact: c.Shown, now_s: float) -> None:
    """Start a lease's clock and remember who saw what."""
    live = pool.records.leases.get(fact.lease_id)
    if live is not None:
        live.shown_s = now_s
    holder = live or pool.records.ended[fact.lease_id]
    incident = pool.incident_of(fact.lease_id)
    if incident is None:
        return
    incident.seen_by.add(holder.spotter)
    if not incident.is_test:
        camera = pool.records.cameras[incident.camera]
        camera.looked_s, camera.has_yielded = now_s, False


def give_back(pool: Pool, fact: c.Returned, now_s: float) -> None:
    """Put the incident back in its place, its camera's rotation turn with it."""
    held = _end_lease(pool, fact.lease_id)
    incident = pool.records.incidents.get(held.incident_id)
    if incident is None:
        return
    incident.lease_id = None
    if fact.reason == "undelivered":
        # Its clock was started in the belief that it would arrive; its spotter may have it again.
        incident.seen_by.discard(held.spotter)
    if incident.seen_by:
        incident.back_s = now_s
    if incident.is_test and held.shown_s is None:
        pool.records.spotters[held.spotter].until_test = 0
    if not incident.is_test and fact.reason == "yielded":
        pool.records.cameras[incident.camera].has_yielded = True
    _end_turn(pool, incident.camera, held, is_kept=False)
    pool.index.refile(incident)


def _end_turn(pool: Pool, name: str, held: Lease, *, is_kept: bool) -> None:
    if not held.turn_given:
        return
    camera = pool.records.cameras[name]
    camera.held_turns.remove(held.turn_given)
    if is_kept:
        camera.turn = max(camera.turn, held.turn_given)
    pool.index.refile_camera(name)


def _end_lease(pool: Pool, lease_id: str) -> Lease:
    held = pool.records.leases.pop(lease_id)
    pool.index.release(held)
    _remember_ended(
        pool,
        lease_id,
        EndedLease(
            incident_id=held.incident_id,
            spotter=held.spotter,
            session=held.session,
            undone=held.undone,
        ),
    )
    return held


def adopt(pool: Pool, fact: c.Adopted, _now_s: float) -> None:
    """Remember a lease that ended by a verdict, and of which nothing else is known."""
    _remember_ended(
        pool,
        fact.lease_id,
        EndedLease(
            incident_id=fact.incident_id, spotter=fact.spotter, session="", undone=fact.undone
        ),
    )


def _remember_ended(pool: Pool, lease_id: str, lease: EndedLease) -> None:
    ended = pool.records.ended
    ended[lease_id] = lease
    while len(ended) > pool.limits.ended_max:
        del ended[next(iter(ended))]


def judge(pool: Pool, fact: c.Judged, _now_s: float) -> None:
    """Add a verdict to its incident and end the lease if it lives."""
    incident = pool.incident_of(fact.lease_id)
    if fact.lease_id in pool.records.leases:
        held = _end_lease(pool, fact.lease_id)
        if incident is not None:
            incident.lease_id = None
            _end_turn(pool, incident.camera, held, is_kept=True)
    ended = pool.records.ended[fact.lease_id]
    ended.verdict = fact.verdict
    if incident is None:
        return
    incident.seen_by.add(ended.spotter)
    if not incident.is_test:
        incident.opinions.append(Opinion(fact.lease_id, ended.spotter, fact.verdict))
        thread = _thread_of(pool, incident)
        if thread is not None:
            thread.decided = max(thread.decided or 0.0, incident.threat)
    pool.index.refile(incident)


def _thread_of(pool: Pool, incident: Incident) -> Thread | None:
    """Give what carries the incident on, if the camera's next frames may."""
    thread = pool.records.cameras[incident.camera].thread
    return thread if thread is not None and thread.root == incident.root else None


def reopen(pool: Pool, fact: c.Reopened, now_s: float) -> None:
    """Take a verdict back, and give the incident to its spotter again unless another has it."""
    ended = pool.records.ended[fact.lease_id]
    ended.verdict = None
    ended.undone += 1
    incident = pool.records.incidents[ended.incident_id]
    thread = _thread_of(pool, incident)
    if thread is not None:
        thread.decided = None
    incident.opinions = [o for o in incident.opinions if o.lease_id != fact.lease_id]
    if not incident.opinions:
        incident.second_reason = None
    if incident.lease_id is None:
        incident.closed_s = None
        del pool.records.ended[fact.lease_id]
        _hold(pool, incident, _revive(fact.lease_id, ended, now_s))


def _revive(lease_id: str, ended: EndedLease, now_s: float) -> Lease:
    return Lease(
        lease_id=lease_id,
        incident_id=ended.incident_id,
        spotter=ended.spotter,
        session=ended.session,
        turn="urgent",
        leased_s=now_s,
        shown_s=now_s,
        undone=ended.undone,
    )
