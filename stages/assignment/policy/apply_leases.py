"""How the facts of a lease change the pool.

What a lease is about may be gone by now: a test frame can be withdrawn while someone looks at it,
and a verdict may come for a frame that was dropped meanwhile. That is never an error.
"""

from stages.assignment.policy import commands as c
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import EndedLease, Incident, Lease, Opinion, Spotter


def lease(pool: Pool, fact: c.Leased, now_s: float) -> None:
    """Put an incident into a session's hands."""
    spotter = pool.records.spotters.setdefault(fact.spotter, Spotter())
    spotter.until_test = fact.until_test
    held = Lease(
        lease_id=fact.lease_id,
        incident_id=fact.incident_id,
        spotter=fact.spotter,
        session=fact.session,
        turn=fact.turn,
        leased_s=now_s,
        joined=list(fact.joined),
    )
    if fact.turn in {"urgent", "rotation"}:
        spotter.turns += 1
    if fact.is_sample:
        spotter.sampled_s = now_s
    pool.records.lease_count += 1
    _hold(pool, held)
    if fact.turn == "rotation":
        _use_turn(pool, held)


def _use_turn(pool: Pool, held: Lease) -> None:
    """Use the turn of every camera of an item: each has a frame on the way to a person."""
    pool.records.rotation += 1
    held.turn_given = pool.records.rotation
    held.turn_cameras = sorted({it.camera for it in pool.item_of(held.lease_id)})
    for name in held.turn_cameras:
        pool.records.cameras[name].held_turns.append(held.turn_given)
        pool.index.refile_camera(name)


def _hold(pool: Pool, held: Lease) -> None:
    pool.records.leases[held.lease_id] = held
    pool.index.hold(held)
    for incident in pool.item_of(held.lease_id):
        incident.lease_id = held.lease_id
        pool.index.refile(incident)


def show(pool: Pool, fact: c.Shown, now_s: float) -> None:
    """Start a lease's clock and remember who saw what."""
    live = pool.records.leases.get(fact.lease_id)
    if live is not None:
        live.shown_s = now_s
    holder = live or pool.records.ended[fact.lease_id]
    for incident in pool.item_of(fact.lease_id):
        incident.seen_by.add(holder.spotter)
        if not incident.is_test:
            camera = pool.records.cameras[incident.camera]
            camera.looked_s, camera.has_yielded = now_s, False


def give_back(pool: Pool, fact: c.Returned, now_s: float) -> None:
    """Put the incident back in its place, its camera's rotation turn with it."""
    held = _end_lease(pool, fact.lease_id)
    _end_turn(pool, held, is_kept=False)
    for incident in pool.item_of(fact.lease_id):
        if incident.lease_id == fact.lease_id:
            _put_back(pool, incident, held, fact.reason, now_s)


def _put_back(pool: Pool, incident: Incident, held: Lease, reason: c.Return, now_s: float) -> None:
    incident.lease_id = None
    if reason == "undelivered":
        # Its clock was started in the belief that it would arrive; its spotter may have it again.
        incident.seen_by.discard(held.spotter)
    if incident.seen_by:
        incident.back_s = now_s
    if incident.is_test and held.shown_s is None:
        pool.records.spotters[held.spotter].until_test = 0
    if not incident.is_test and reason == "yielded":
        pool.records.cameras[incident.camera].has_yielded = True
    pool.index.refile(incident)


def _end_turn(pool: Pool, held: Lease, *, is_kept: bool) -> None:
    # A lease of an earlier version names none.
    names = held.turn_cameras or [it.camera for it in pool.item_of(held.lease_id)]
    for name in names if held.turn_given else ():
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
            joined=held.joined,
        ),
    )
    return held


def adopt(pool: Pool, fact: c.Adopted, _now_s: float) -> None:
    """Remember a lease that ended by a verdict, and of which nothing else is known."""
    _remember_ended(
        pool,
        fact.lease_id,
        EndedLease(
            incident_id=fact.incident_id,
            spotter=fact.spotter,
            session="",
            undone=fact.undone,
            joined=list(fact.joined),
        ),
    )


def _remember_ended(pool: Pool, lease_id: str, lease: EndedLease) -> None:
    ended = pool.records.ended
    ended[lease_id] = lease
    while len(ended) > pool.limits.ended_max:
        del ended[next(iter(ended))]


def judge(pool: Pool, fact: c.Judged, now_s: float) -> None:
    """Add a verdict to its incidents and end the lease if it lives."""
    if fact.lease_id in pool.records.leases:
        _end_turn(pool, _end_lease(pool, fact.lease_id), is_kept=True)
    ended = pool.records.ended[fact.lease_id]
    ended.verdict = fact.verdict
    for incident in pool.item_of(fact.lease_id):
        was_held = incident.lease_id == fact.lease_id
        if was_held:
            incident.lease_id = None
        if incident.incident_id == ended.incident_id or incident.incident_id in fact.joined:
            _note_opinion(pool, incident, fact, ended.spotter)
        elif was_held and incident.seen_by:
            incident.back_s = now_s  # nothing is recorded of it, so that somebody else is asked
        pool.index.refile(incident)


def _note_opinion(pool: Pool, incident: Incident, fact: c.Judged, spotter: str) -> None:
    incident.seen_by.add(spotter)
    if incident.is_test:
        return
    incident.opinions.append(Opinion(fact.lease_id, spotter, fact.verdict))
    thread = pool.records.cameras[incident.camera].thread_of(incident.root)
    if thread is not None:
        thread.decided = max(thread.decided or 0.0, incident.threat)


def reopen(pool: Pool, fact: c.Reopened, now_s: float) -> None:
    """Take a verdict back, and give the incident to its spotter again unless another has it."""
    ended = pool.records.ended[fact.lease_id]
    ended.verdict = None
    ended.undone += 1
    item = pool.item_of(fact.lease_id)
    for incident in item:
        _forget_opinion(pool, incident, fact.lease_id)
    first = pool.incident_of(fact.lease_id)
    if first is not None and first.lease_id is None:
        free = [it.incident_id for it in item if it is not first and it.lease_id is None]
        del pool.records.ended[fact.lease_id]
        _hold(pool, _revive(fact.lease_id, ended, free, now_s))


def _forget_opinion(pool: Pool, incident: Incident, lease_id: str) -> None:
    thread = pool.records.cameras[incident.camera].thread_of(incident.root)
    if thread is not None:
        thread.decided = None
    incident.opinions = [it for it in incident.opinions if it.lease_id != lease_id]
    if not incident.opinions:
        incident.second_reason = None
    if incident.lease_id is None:
        incident.closed_s = None
    pool.index.refile(incident)


def _revive(lease_id: str, ended: EndedLease, joined: list[str], now_s: float) -> Lease:
    return Lease(
        lease_id=lease_id,
        incident_id=ended.incident_id,
        spotter=ended.spotter,
        session=ended.session,
        turn="urgent",
        leased_s=now_s,
        shown_s=now_s,
        undone=ended.undone,
        joined=joined,
    )
