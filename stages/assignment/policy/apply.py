"""How a fact changes the pool. Deciding and replaying the journal both go through here.

Facts of leases stand in `apply_leases`.
"""

from collections.abc import Callable
from typing import Any

from stages.assignment.policy import apply_common_causes as common
from stages.assignment.policy import apply_leases as leases
from stages.assignment.policy import commands as c
from stages.assignment.policy.limits import RECENT_FRAMES
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Camera, Incident, Thread


def apply(pool: Pool, fact: c.Fact, now_s: float) -> None:
    """Change the pool by one fact."""
    _APPLY[type(fact)](pool, fact, now_s)


def _admit(pool: Pool, fact: c.Admitted, now_s: float) -> None:
    frame = fact.frame
    camera = pool.records.cameras.setdefault(frame.camera, Camera())
    _remember(camera, frame.frame_id)
    incident = pool.records.incidents.get(fact.incident_id)
    if incident is None:
        incident = _open(pool, fact, now_s)
    incident.frames = [f for f in incident.frames if f.frame_id != fact.displaced]
    incident.frames.append(frame)
    incident.threat = max(incident.threat, frame.threat)
    sent_s = now_s - frame.lag_s
    incident.fresh_s = max(incident.fresh_s, sent_s) if incident.fresh_s else sent_s
    thread = camera.thread_for(frame)
    if fact.is_decided and thread is not None:
        thread.last_sequence = frame.sequence
    elif not fact.is_ordinary:
        _carry_on(camera, fact)
    if incident.common:
        common.note_cause(pool, incident, now_s)
    pool.index.refile(incident)


def _open(pool: Pool, fact: c.Admitted, now_s: float) -> Incident:
    incident = Incident(
        incident_id=fact.incident_id,
        root=fact.root,
        camera=fact.frame.camera,
        since_s=fact.since_s,
        came_s=now_s,
        common="" if fact.is_ordinary else fact.frame.common,
        is_held=fact.is_held,
        is_ordinary=fact.is_ordinary,
        is_decided=fact.is_decided,
    )
    pool.records.incidents[fact.incident_id] = incident
    return incident


def _remember(camera: Camera, frame_id: str) -> None:
    camera.recent.append(frame_id)
    del camera.recent[:-RECENT_FRAMES]


def _carry_on(camera: Camera, fact: c.Admitted) -> None:
    frame, before = fact.frame, camera.thread_for(fact.frame)
    carries_on = before is not None and before.root == fact.root
    thread = Thread(
        incident_id=fact.incident_id,
        root=fact.root,
        epoch=frame.epoch,
        first_sequence=before.first_sequence if before and carries_on else frame.sequence,
        last_sequence=frame.sequence,
        decided=before.decided if before and carries_on else None,
    )
    if frame.common:
        camera.common_thread = thread
    else:
        camera.thread = thread


def _refuse(pool: Pool, fact: c.Refused, _now_s: float) -> None:
    camera = pool.records.cameras.setdefault(fact.camera, Camera())
    _remember(camera, fact.frame_id)
    thread = camera.common_thread if fact.is_common else camera.thread
    if fact.sequence is not None and thread is not None:
        thread.last_sequence = fact.sequence


def _settle(pool: Pool, fact: c.Settled, _now_s: float) -> None:
    incident = pool.records.incidents[fact.incident_id]
    incident.is_decided = True
    pool.index.refile(incident)


def _defer(pool: Pool, fact: c.Deferred, _now_s: float) -> None:
    incident = pool.records.incidents[fact.incident_id]
    incident.is_deferred = True
    pool.index.refile(incident)


def _remove(pool: Pool, fact: c.Dropped | c.Forgotten, _now_s: float) -> None:
    _remove_incident(pool, fact.incident_id)


def _drop_picture(pool: Pool, fact: c.PictureDropped, _now_s: float) -> None:
    incident = pool.records.incidents[fact.incident_id]
    incident.frames = [it for it in incident.frames if it.frame_id != fact.frame_id]
    incident.threat = max(it.threat for it in incident.frames)
    pool.index.refile(incident)


def _add_test(pool: Pool, fact: c.TestAdded, now_s: float) -> None:
    frame = fact.frame
    incident = Incident(
        incident_id=frame.frame_id,
        root=frame.frame_id,
        camera=frame.camera,
        since_s=now_s,
        is_test=True,
        frames=[frame],
        # It may have been withdrawn while somebody held it, and is theirs still.
        lease_id=next(
            (
                it.lease_id
                for it in pool.records.leases.values()
                if it.incident_id == frame.frame_id
            ),
            None,
        ),
    )
    pool.records.incidents[frame.frame_id] = incident
    pool.index.refile(incident)


def _remove_test(pool: Pool, fact: c.TestRemoved, _now_s: float) -> None:
    _remove_incident(pool, fact.frame_id)


def _remove_incident(pool: Pool, incident_id: str) -> None:
    incident = pool.records.incidents.pop(incident_id)
    pool.index.remove(incident)


def _ask_second(pool: Pool, fact: c.SecondAsked, now_s: float) -> None:
    incident = pool.records.incidents[fact.incident_id]
    incident.second_reason = fact.reason
    # A new question is asked now; with its first place it would pass everything that waits.
    incident.since_s = incident.back_s = now_s
    pool.index.refile(incident)


def _close(pool: Pool, fact: c.Closed, now_s: float) -> None:
    incident = pool.records.incidents[fact.incident_id]
    incident.closed_s = now_s
    pool.index.refile(incident)


def _refer(pool: Pool, fact: c.Referred, _now_s: float) -> None:
    """Change nothing: the list of what supervisors are to look at is the alarm stage's."""


def _note_overdue(pool: Pool, fact: c.Overdue, _now_s: float) -> None:
    pool.records.incidents[fact.incident_id].is_overdue = True


# Key and parameter agree line by line, which the type system cannot express.
_APPLY: dict[type[c.Fact], Callable[[Pool, Any, float], None]] = {
    c.Admitted: _admit,
    c.Refused: _refuse,
    c.Dropped: _remove,
    c.PictureDropped: _drop_picture,
    c.Deferred: _defer,
    c.Settled: _settle,
    c.Gathered: common.gather,
    c.Joined: common.join,
    c.Offered: common.offer,
    c.Scattered: common.scatter,
    c.TestAdded: _add_test,
    c.TestRemoved: _remove_test,
    c.Leased: leases.lease,
    c.Shown: leases.show,
    c.Returned: leases.give_back,
    c.Adopted: leases.adopt,
    c.Judged: leases.judge,
    c.Reopened: leases.reopen,
    c.SecondAsked: _ask_second,
    c.Closed: _close,
    c.Referred: _refer,
    c.Overdue: _note_overdue,
    c.Forgotten: _remove,
}
