"""What many cameras have in common: recognised, held back for a moment, asked about as one item.

Some causes meet many cameras at once: evening comes and they switch to infrared, the lights of a
hall go out, lightning. Each camera alone finds that as rare as it is there, so that two hundred of
them would fill the top band. Together they are one item of work.

*Recognised* is a cause by the number of different cameras that had it within `common_within_s`.
Until then each of its frames is held for `common_look_s`, and while others have it too for
`common_company_s`, because more may follow; one that stays alone is offered as any other frame is.
Once recognised, all that wait of the same cause are joined, and so is who comes later, for as long
as the rate stays above half of that. What is in somebody's hands then stays what it was, and so
does what began long before.

*Held* is a gathering until nobody joined for `common_quiet_s`, or for `common_hold_s` at most. Who
joins while some of it waits for a person waits with it; who comes when all of it was taken comes
late and is held for longer, so that an evening is few items and not one a minute.

*Asked about* are all that wait of a gathering and that this spotter may see, under one lease. The
most telling one is shown. A frame with any other cause is never part of it: it stands alone, in its
own band, also where its camera has joined.

The functions are generators like those of `admission`, or only look.
"""

from collections.abc import Iterable, Iterator

import attrs

from stages.assignment.policy import commands as c
from stages.assignment.policy.choice import Choice, Viewer
from stages.assignment.policy.happenings import Frame
from stages.assignment.policy.limits import ITEM_INCIDENTS_MAX, Limits
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Gathering, Incident


def cause_of(frame: Frame, limits: Limits) -> str:
    """Return the cause that a frame may have in common with others; empty where it may not."""
    return frame.common if frame.threat >= limits.incident_threat else ""


def find_held(pool: Pool, frame: Frame) -> Incident | None:
    """Find what is held of a frame's camera and cause; the frame is one more picture of it."""
    of_cause = pool.index.incidents_with(cause_of(frame, pool.limits))
    return next(
        (it for it in of_cause if it.camera == frame.camera and it.is_held and it.is_fresh), None
    )


def held_of(pool: Pool, camera: str) -> list[Incident]:
    """Return what is held of a camera."""
    return [
        incident
        for cause in pool.index.common
        for incident in pool.index.incidents_with(cause)
        if incident.camera == camera and incident.is_held
    ]


def gather(pool: Pool, frame: Frame, now_s: float) -> Iterator[c.Fact]:
    """Say what a frame that was just let in has in common with others."""
    cause = cause_of(frame, pool.limits)
    incident = _find_incident(pool, cause, frame)
    if incident is None or incident.gathering or not _is_recent(pool, incident, now_s):
        return
    known = _find_gathering(pool, cause)
    cameras = _count_cameras(pool, cause, now_s)
    if known and cameras >= pool.limits.common_cameras / 2:
        yield _join(pool, incident, known)
    elif not known and cameras >= pool.limits.common_cameras:
        yield c.Gathered(incident.incident_id, cause)
        for other in _list_recent(pool, cause, now_s):
            yield _join(pool, other, incident.incident_id)


def _find_incident(pool: Pool, cause: str, frame: Frame) -> Incident | None:
    of_cause = (it for it in pool.index.incidents_with(cause) if it.camera == frame.camera)
    return next((it for it in of_cause if it.frames[-1].frame_id == frame.frame_id), None)


def _find_gathering(pool: Pool, cause: str) -> str:
    gatherings = pool.records.gatherings.items()
    return next((name for name, it in gatherings if it.cause == cause), "")


def _count_cameras(pool: Pool, cause: str, now_s: float) -> int:
    """Count the cameras that had a cause of late, whatever became of their frames."""
    times_s = pool.records.common.get(cause, {}).values()
    return sum(now_s - at_s <= pool.limits.common_within_s for at_s in times_s)


def _list_recent(pool: Pool, cause: str, now_s: float) -> list[Incident]:
    """List what came of late and waits, or is held, and nobody gave a verdict on."""
    return [
        it
        for it in pool.index.incidents_with(cause)
        if it.is_free and not it.opinions and _is_recent(pool, it, now_s)
    ]


def _is_recent(pool: Pool, incident: Incident, now_s: float) -> bool:
    return now_s - incident.came_s <= pool.limits.common_within_s


def _join(pool: Pool, incident: Incident, gathering_id: str) -> c.Joined:
    gathering = pool.records.gatherings[gathering_id]
    waits = any(
        it.gathering == gathering_id and it.is_waiting
        for it in pool.index.incidents_with(gathering.cause)
    )
    return c.Joined(
        incident_id=incident.incident_id,
        gathering_id=gathering_id,
        weight_max=pool.limits.common_threat,
        is_held=not waits,
    )


def offer(pool: Pool, now_s: float) -> Iterator[c.Fact]:
    """Offer what was held for long enough, and end what nobody joined for a while."""
    # All of it before the first is offered: what comes after that comes late.
    of_causes = (
        it for cause in sorted(pool.index.common) for it in pool.index.incidents_with(cause)
    )
    due = [it for it in of_causes if it.is_held and _is_due(pool, it, now_s)]
    for incident in due:
        yield c.Offered(incident.incident_id)
    for name, gathering in list(pool.records.gatherings.items()):
        if _is_over(gathering, pool.limits, now_s):
            yield c.Scattered(name)


def _is_due(pool: Pool, incident: Incident, now_s: float) -> bool:
    limits, gathering = pool.limits, pool.records.gatherings.get(incident.gathering)
    if gathering is None or gathering.held_since_s is None:
        in_company = _has_company(pool, incident, now_s)
        longest_s = limits.common_company_s if in_company else limits.common_look_s
        return now_s - incident.came_s >= longest_s
    quiet_s, hold_s = limits.common_quiet_s, limits.common_hold_s
    if gathering.is_offered:
        quiet_s, hold_s = limits.common_within_s, limits.common_late_s
    is_quiet = now_s - gathering.last_s >= quiet_s or _is_over(gathering, limits, now_s)
    return is_quiet or now_s - gathering.held_since_s >= hold_s


def _has_company(pool: Pool, incident: Incident, now_s: float) -> bool:
    """Return whether another camera had the same a moment ago, so that more may follow."""
    times_s = pool.records.common.get(incident.common, {})
    return any(
        now_s - at_s < pool.limits.common_quiet_s
        for camera, at_s in times_s.items()
        if camera != incident.camera
    )


def _is_over(gathering: Gathering, limits: Limits, now_s: float) -> bool:
    is_long = now_s - gathering.since_s >= limits.common_span_s
    return is_long or now_s - gathering.last_s >= limits.common_within_s


def widen(pool: Pool, choice: Choice, viewer: Viewer) -> Choice:
    """Return the whole item of what was chosen: the most telling one first, the others with it."""
    chosen = choice.incident
    if not chosen.gathering:
        return choice
    alike = _list_alike(pool, chosen)
    item = [it for it in alike if it is chosen or (it.is_waiting and viewer.may_see(it))]
    first = min(item, key=lambda it: (-it.threat, it.came_s, it.incident_id))
    # The one whose turn it is goes with it, however many there are.
    others = [it for it in (chosen, *item) if it is not first]
    joined = tuple(dict.fromkeys(it.incident_id for it in others))[: ITEM_INCIDENTS_MAX - 1]
    return attrs.evolve(choice, incident=first, joined=joined)


def _list_alike(pool: Pool, chosen: Incident) -> Iterable[Incident]:
    """List what is asked about together: of one gathering, and with the same question."""
    return (
        it
        for it in pool.index.incidents_with(chosen.common)
        if it.gathering == chosen.gathering
        and it.second_reason == chosen.second_reason
        and it.is_deferred == chosen.is_deferred
    )
