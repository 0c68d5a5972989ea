"""The life of a lease after it was given: shown, decided, given back, undone.

Generators like those of `admission`: the caller applies each command before the next.
"""

from collections.abc import Iterator

from stages.assignment.policy import commands as c
from stages.assignment.policy.admission import settle, trim
from stages.assignment.policy.choice import Draw
from stages.assignment.policy.happenings import Decided, Undone
from stages.assignment.policy.limits import LEASES_PER_SESSION
from stages.assignment.policy.opinions import conclude
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import EndedLease, Incident, Lease


def note_shown(pool: Pool, session: str, lease_id: str) -> Iterator[c.Command]:
    """Believe a page about what is on its screen, even where the lease has ended meanwhile."""
    live, ended = pool.records.leases.get(lease_id), pool.records.ended.get(lease_id)
    holder = live or ended
    if holder is None or holder.session != session:
        yield c.Unheld(session, lease_id)
        return
    if ended is not None and ended.verdict is None:
        yield c.Unheld(session, lease_id)
    incident = pool.incident_of(lease_id)
    is_new = incident is not None and holder.spotter not in incident.seen_by
    if is_new or (live is not None and live.shown_s is None):
        yield c.Shown(lease_id)


def decide(pool: Pool, decided: Decided, draw: Draw) -> Iterator[c.Fact]:
    """End a lease by its verdict; one that comes late counts, one that comes twice does not."""
    yield from _adopt(pool, decided)
    live, ended = (
        pool.records.leases.get(decided.lease_id),
        pool.records.ended.get(decided.lease_id),
    )
    holder = live or ended
    if holder is None or decided.attempt != holder.undone + 1:
        return
    if ended is not None and ended.verdict is not None:
        return
    item = pool.item_of(decided.lease_id)
    covered = [it for it in item if _is_covered(it, holder, decided)]
    joined = [it.incident_id for it in covered if it.incident_id != holder.incident_id]
    yield c.Judged(decided.lease_id, decided.verdict, tuple(joined))
    yield from conclude(pool, covered, draw)
    for camera in sorted({it.camera for it in item if it.is_free}):
        yield from trim(pool, camera)
    for incident in covered:
        if not incident.is_test:
            yield from settle(pool, incident)
    if live is not None:
        yield from _show_next(pool, live.session)


def _is_covered(incident: Incident, holder: Lease | EndedLease, decided: Decided) -> bool:
    """Return whether the verdict is recorded for this one of the item."""
    if incident.incident_id == holder.incident_id:
        return True
    return not decided.joined_ids.isdisjoint(frame.frame_id for frame in incident.frames)


def _adopt(pool: Pool, decided: Decided) -> Iterator[c.Fact]:
    """Take in a lease that is not known, if what it was about is still here.

    After a power cut the store may know of leases that the journal has lost.
    """
    name = decided.lease_id
    if name in pool.records.leases or name in pool.records.ended or not decided.frame_id:
        return
    names = (decided.frame_id, *decided.joined)
    found = (pool.find_incident(frame_id) for frame_id in names)
    fresh = [it for it in found if it is not None and not _is_counted(it, decided)]
    if fresh:
        yield c.Adopted(
            lease_id=name,
            incident_id=fresh[0].incident_id,
            spotter=decided.spotter,
            undone=decided.attempt - 1,
            joined=tuple(it.incident_id for it in fresh[1:]),
        )


def _is_counted(incident: Incident, decided: Decided) -> bool:
    """Return whether this verdict was taken in so long ago that its lease is forgotten."""
    if incident.is_test:
        return decided.spotter in incident.seen_by
    return any(opinion.lease_id == decided.lease_id for opinion in incident.opinions)


def _show_next(pool: Pool, session: str) -> Iterator[c.Fact]:
    """Start the clock of the prefetched frame: the page shows it as the verdict is given."""
    leases = pool.leases_of(session)
    if leases and leases[0].shown_s is None:
        yield c.Shown(leases[0].lease_id)


def give_back(pool: Pool, lease_id: str, reason: c.Return, draw: Draw) -> Iterator[c.Fact]:
    """End a lease without a verdict."""
    if lease_id not in pool.records.leases:
        return
    yield c.Returned(lease_id, reason)
    item = [it for it in pool.item_of(lease_id) if not it.is_test]
    # A verdict that came late, while someone else had the frame, counts now.
    yield from conclude(pool, item, draw)
    for camera in sorted({it.camera for it in item}):
        yield from trim(pool, camera)


def undo(pool: Pool, undone: Undone, draw: Draw) -> Iterator[c.Fact]:
    """Give the frame back to the person who decided, and their surplus to others."""
    ended = pool.records.ended.get(undone.lease_id)
    if ended is None or ended.verdict is None or undone.attempt != ended.undone + 1:
        return
    incident = pool.incident_of(undone.lease_id)
    if incident is None or incident.is_test:
        return
    yield c.Reopened(undone.lease_id)
    held = pool.leases_of(ended.session)
    # What nobody has seen goes first; what was just undone stays.
    others = [lease for lease in held if lease.lease_id != undone.lease_id]
    others.sort(key=lambda lease: lease.shown_s is not None)
    for lease in others[: max(0, len(held) - LEASES_PER_SESSION)]:
        yield from give_back(pool, lease.lease_id, "undone", draw)
