"""The other frames that a verdict is about, because their cameras have the same cause.

Assignment lays the list of them beside the frame that is shown, and the lease names its hash.
"""

from hashlib import sha256

from seda import logs
from seda.decisions import JoinedFrame, JoinedFrames, Lease
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.evidence.keeping import JOINED, keep_many
from stages.alarm.pending_evidence import Judged
from store.file.database import Transaction

_log = logs.get(__name__)


def read_joined(context: AlarmContext, lease: Lease) -> tuple[JoinedFrame, ...]:
    """Read the list that a lease names; without it the verdict is about one frame alone.

    Assignment hears which frames it is recorded for, and asks about the others again.
    """
    if not lease.joined_sha256:
        return ()
    path = context.frame_directory(lease.frame_id) / JOINED
    try:
        content = small_files.read_bytes(path) or b""
        if sha256(content).hexdigest() != lease.joined_sha256:
            raise Unreadable(path, "it is not the list that the lease names")
        return small_files.decode(content, JoinedFrames, path).frames
    except Unreadable as error:
        about = {"lease": lease.lease_id, "why": str(error)}
        _log.error("a verdict counts for the shown frame alone: the others are unknown", **about)
        return ()


def keep_joined(
    tx: Transaction,
    context: AlarmContext,
    lease: Lease,
    joined: tuple[JoinedFrame, ...],
    *,
    is_flagged: bool,
) -> None:
    """Keep their frames as evidence, for as long as the one that was shown."""
    judged = [Judged(it.frame_id, it.camera, lease.root, it.sha256) for it in joined]
    missing = keep_many(tx, context, judged, is_flagged=is_flagged)
    if missing:
        tx.note("evidence missing", lease.lease_id, "seda", missing, lease.sha256)
        about = {"frame": lease.frame_id, "number": len(missing)}
        _log.error("frames that were decided together are not in the evidence", **about)
