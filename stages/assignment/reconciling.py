"""What the store knows of frames that the journal takes for undecided.

The store is synced at each verdict and the journal every second, so after a power cut the journal
may lack verdicts, and even the leases that they were given on. Whoever opens the journal asks the
store, read-only, before a frame is given to anybody.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from stages.assignment.policy.happenings import Decided, Undone
from stages.assignment.policy.pool import Pool
from store.file.database import read
from store.pending_notices import PendingNotice, list_decided


def find_decided(store: Path, pool: Pool) -> list[Decided | Undone]:
    """Return what the store knows of the pool's frames, or raise sqlite3.Error."""
    if not store.exists():
        return []
    with read(store) as tx:
        return list(_happenings(list_decided(tx, list(_frames(pool)))))


def _frames(pool: Pool) -> Iterator[str]:
    """Name the frames; those of tests are asked about for ever, by one person after the other."""
    for incident in pool.records.incidents.values():
        if not incident.is_test:
            yield from (frame.frame_id for frame in incident.frames)


def _happenings(untold: Iterable[PendingNotice]) -> Iterator[Decided | Undone]:
    for pending in untold:
        about = pending.frame_id, pending.spotter, pending.joined
        yield Decided(pending.lease_id, pending.verdict, pending.attempt, *about)
        if pending.is_undone:
            yield Undone(pending.lease_id, pending.attempt)
