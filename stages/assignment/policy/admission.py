"""Which frames are let into the pool, and which leave it unseen.

The functions are generators that decide one fact at a time: the caller applies each fact before it
asks for the next, so that every decision sees the pool as it is.

A camera keeps one *ordinary* frame, the most telling of late since it was last attended to: a newer
one takes its place (and its place in the order) unless the older one is worse and not too old: who
comes back after a while is not to begin with what was there then. A frame from the threat
of an *incident* on is kept beside it, up to a number for each camera; those of neighbouring chunks
become pictures of one incident, so that they are one decision. What a person has seen changes no
more: a later frame of the same event starts a new incident that names the first as its root. Once
there is a verdict, what goes on and is no worse takes the camera's ordinary place and waits as if
it were of no threat: who found a stopped lorry clear would be asked about it before all others,
with every chunk. Worse is asked about at once, the same after `incident_chunks_max` or a pause.
"""

from collections import Counter
from collections.abc import Iterator

from stages.assignment.policy import commands as c
from stages.assignment.policy.common_causes import cause_of, find_held, gather, held_of, offer
from stages.assignment.policy.happenings import Frame
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Camera, Incident, Thread


def admit(pool: Pool, frame: Frame, now_s: float) -> Iterator[c.Command]:
    """Take a scored frame in, or say why not."""
    camera = pool.records.cameras.get(frame.camera, Camera())
    if frame.frame_id in camera.recent:
        yield c.Repeated(frame.frame_id)
        return
    thread = _find_thread(camera, frame, pool.limits)
    incident = _find_open(pool, frame, thread)
    settled = thread is not None and _is_decided(thread, frame.threat, pool.limits)
    if incident is not None and incident.is_fresh and incident.is_decided == settled:
        yield _join(incident, frame, pool.limits)
    else:
        yield from _take_place(pool, frame, thread, now_s, is_decided=settled)
    yield from gather(pool, frame, now_s)
    yield from shed(pool, now_s)


def _find_thread(camera: Camera, frame: Frame, limits: Limits) -> Thread | None:
    """Return the incident that the frame carries on, if it is a neighbour of its last one."""
    thread = camera.thread_for(frame)
    if thread is None or frame.epoch != thread.epoch or not _is_incident(frame, limits):
        return None
    gap = frame.sequence - thread.last_sequence
    length = frame.sequence - thread.first_sequence
    is_neighbour = 0 < gap <= limits.incident_gap_chunks and length < limits.incident_chunks_max
    return thread if is_neighbour else None


def _is_incident(frame: Frame, limits: Limits) -> bool:
    """Return whether a frame is somebody's work and no sample."""
    return frame.threat >= limits.incident_threat or frame.breaks_rule


def _find_open(pool: Pool, frame: Frame, thread: Thread | None) -> Incident | None:
    """Return the incident that the frame may be one more picture of."""
    held = find_held(pool, frame)
    if held is not None or thread is None:
        return held
    return pool.records.incidents.get(thread.incident_id)


def _is_decided(thread: Thread, threat: float, limits: Limits) -> bool:
    """Return whether somebody gave a verdict on this already, or on no less of the same."""
    return thread.decided is not None and threat < thread.decided + limits.incident_worse


def settle(pool: Pool, judged: Incident) -> Iterator[c.Fact]:
    """Say what came of an incident while somebody looked at it, and is no worse."""
    thread = pool.records.cameras[judged.camera].thread_of(judged.root)
    if thread is None:
        return
    others = pool.index.incidents_of(judged.camera)
    for other in [*others, *held_of(pool, judged.camera)]:
        carries_on = other.root == judged.root and other.is_fresh and not other.is_decided
        if carries_on and _is_decided(thread, other.threat, pool.limits):
            yield c.Settled(other.incident_id)


def _join(incident: Incident, frame: Frame, limits: Limits) -> c.Admitted:
    displaced = None
    if len(incident.frames) >= limits.incident_frames_max:
        displaced = min(incident.frames, key=lambda picture: picture.threat).frame_id
    return c.Admitted(
        frame=frame,
        incident_id=incident.incident_id,
        is_ordinary=False,
        root=incident.root,
        since_s=incident.since_s,
        displaced=displaced,
        is_decided=incident.is_decided,
    )


def _take_place(
    pool: Pool, frame: Frame, thread: Thread | None, now_s: float, *, is_decided: bool
) -> Iterator[c.Fact]:
    is_ordinary = is_decided or not _is_incident(frame, pool.limits)
    rival = _find_rival(pool, frame.camera, is_ordinary=is_ordinary)
    if rival is not None and rival.threat > frame.threat and not _is_stale(rival, frame, pool):
        sequence = frame.sequence if is_decided else None
        is_common = bool(frame.common)
        yield c.Refused(frame.frame_id, frame.camera, "worse waits", sequence, is_common)
        return
    if rival is not None:
        yield c.Dropped(rival.incident_id, "newer")
    yield c.Admitted(
        frame=frame,
        incident_id=frame.frame_id,
        is_ordinary=is_ordinary,
        root=thread.root if thread else frame.frame_id,
        since_s=now_s if rival is None else rival.since_s,
        is_decided=is_decided,
        is_held=bool(cause_of(frame, pool.limits)) and not is_decided,
    )


def _is_stale(ordinary: Incident, newer: Frame, pool: Pool) -> bool:
    """Return whether an ordinary frame is too old to be kept for having been more telling."""
    face = ordinary.face
    age = newer.sequence - face.sequence
    is_old = face.epoch != newer.epoch or age > pool.limits.ordinary_chunks_max
    return ordinary.is_ordinary and is_old


def _find_rival(pool: Pool, camera: str, *, is_ordinary: bool) -> Incident | None:
    """Return the incident whose place a new one of the camera needs; None where there is room."""
    rivals = _replaceable(pool, camera)
    if is_ordinary and any(rival.is_ordinary for rival in rivals):
        rivals = [rival for rival in rivals if rival.is_ordinary]
    elif len(rivals) < pool.limits.camera_waiting_max:
        return None
    return min(rivals, key=_worth)


def _replaceable(pool: Pool, camera: str) -> list[Incident]:
    """Return what waits of a camera, without what someone has already given a verdict on."""
    return [incident for incident in pool.index.incidents_of(camera) if not incident.opinions]


def _worth(incident: Incident) -> tuple[float, float]:
    return incident.threat, incident.since_s


def trim(pool: Pool, camera: str) -> Iterator[c.Fact]:
    """Drop a camera's surplus incidents after one of its leases came back."""
    ordinary = [incident for incident in _replaceable(pool, camera) if incident.is_ordinary]
    for incident in sorted(ordinary, key=_worth)[:-1]:
        yield c.Dropped(incident.incident_id, "newer")
    excess = len(rest := _replaceable(pool, camera)) - pool.limits.camera_waiting_max
    for incident in sorted(rest, key=_worth)[: max(excess, 0)]:
        yield c.Dropped(incident.incident_id, "worse waits")


def offer_held(pool: Pool, now_s: float) -> Iterator[c.Fact]:
    """Offer what was held for long enough, and drop what its cameras have too much of then."""
    cameras = set()
    for fact in offer(pool, now_s):
        if isinstance(fact, c.Offered):
            cameras.add(pool.records.incidents[fact.incident_id].camera)
        yield fact
    for camera in sorted(cameras):
        yield from trim(pool, camera)


def lose_picture(pool: Pool, frame_id: str) -> Iterator[c.Fact]:
    """Drop a picture that cannot be shown; a spotter who has it on the screen may still decide."""
    incident = pool.find_incident(frame_id)
    if incident is None or incident.is_test:
        return
    if len(incident.frames) > 1:
        yield c.PictureDropped(incident.incident_id, frame_id)
        return
    lease = pool.records.leases.get(incident.lease_id or "")
    if lease is not None and lease.incident_id == incident.incident_id:
        yield c.Returned(lease.lease_id, "gone")
    if incident.closed_s is None:
        yield c.Dropped(incident.incident_id, "picture lost")


def shed(pool: Pool, now_s: float) -> Iterator[c.Fact]:
    """Drop near-zero threats while the load is high, then whatever the pool has no room for."""
    while len(pool.index.worst) > pool.limits.busy_waiting:
        idle = _find_near_zero(pool, now_s)
        if idle is None:
            break
        yield c.Dropped(idle, "near zero")
    yield from make_room(pool)


def make_room(pool: Pool) -> Iterator[c.Fact]:
    """Drop whatever the pool has no room for; an item that comes back may be many."""
    while len(pool.index.worst) > pool.limits.waiting_max:
        yield c.Dropped(_find_victim(pool), "pool full")
    while len(pool.index.review) > pool.limits.review_max:
        yield c.Dropped(_find_least_in_review(pool), "review full")


def _find_near_zero(pool: Pool, now_s: float) -> str | None:
    """Return the least frame of near-zero threat whose camera was looked at not long ago."""
    for name in reversed(pool.index.worst):
        incident = pool.records.incidents[name]
        if incident.weight >= pool.limits.near_zero_threat:
            return None
        looked_s = pool.records.cameras[incident.camera].looked_s
        if looked_s is not None and now_s - looked_s < pool.limits.look_s:
            return name
    return None


def _find_victim(pool: Pool) -> str:
    """Return the least incident of the camera with most waiting; of equal ones the least of all.

    What waits for a second opinion goes too if there is nothing else: its verdict is in the store.
    """
    most = max(len(names) for names in pool.index.waiting.values())
    for name in reversed(pool.index.worst):
        if len(pool.index.waiting[pool.records.incidents[name].camera]) == most:
            return name
    raise AssertionError("a pool that is too full holds an incident")


def _find_least_in_review(pool: Pool) -> str:
    """Return the least incident in review of the camera that has most of them there."""
    cameras = {name: pool.records.incidents[name].camera for name in pool.index.review}
    [(most, _)] = Counter(cameras.values()).most_common(1)
    return next(name for name in reversed(pool.index.review) if cameras[name] == most)
