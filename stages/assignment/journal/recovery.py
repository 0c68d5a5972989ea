"""From a journal back to a pool, and from a pool to a snapshot; and the clock that spans both.

The policy's clock never stops and never goes back, while the machine's monotonic clock starts anew
with each boot. So the journal carries the wall clock beside the policy's, and after a restart the
policy's goes on from where it was plus what the wall clock says has passed since.
"""

from stages.assignment.journal.journal import Past
from stages.assignment.journal.records import Snapshot
from stages.assignment.policy.apply import apply
from stages.assignment.policy.limits import Limits
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Records


def restore_pool(past: Past, limits: Limits) -> Pool:
    """Replay a journal: the pool is what its facts make it."""
    records = past.snapshot.records if past.snapshot else Records()
    records.generation = past.generation
    pool = Pool(records, limits)
    for batch in past.batches:
        for fact in batch.facts:
            apply(pool, fact, batch.now_s)
    return pool


def take_snapshot(pool: Pool, now_s: float, wall_s: float) -> Snapshot:
    """Say everything that the journal's facts led to."""
    return Snapshot(now_s=now_s, wall_s=wall_s, records=pool.records)


def resume_clock_s(past: Past, wall_s: float) -> float:
    """Return the policy's time at a restart; 0 where there is no past."""
    if past.clocks_s is None:
        return 0.0
    now_s, last_wall_s = past.clocks_s
    # A wall clock that was set back meanwhile must not make anything younger than it was.
    return now_s + max(0.0, wall_s - last_wall_s)
