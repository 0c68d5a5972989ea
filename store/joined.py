"""The frames of other cameras that a verdict is recorded for, because of a common cause.

One decision, and one line of the ledger for each frame, which names its picture: *clear* and
*unsure* are said of every one of them; *suspicious* is said of the frame that was shown, and the
others are named beside its alarm.
"""

from collections.abc import Sequence

import attrs

from store.file.database import Transaction

CLEARED, NAMED = "joined verdict", "joined to an alarm"


@attrs.frozen
class Frame:
    """One of them."""

    frame_id: str
    camera: str
    sha256: str


def record_joined(
    tx: Transaction,
    lease_id: str,
    attempt: int,
    verdict: str,
    spotter: str,
    frames: Sequence[Frame],
) -> None:
    """Record a verdict for each frame; called once, in the verdict's own transaction."""
    kind = NAMED if verdict == "suspicious" else CLEARED
    for frame in frames:
        tx.run(
            "INSERT INTO joined VALUES (?, ?, ?, ?, ?)",
            *(lease_id, attempt, frame.frame_id, frame.camera, frame.sha256),
        )
        content = {**attrs.asdict(frame), "verdict": verdict, "attempt": attempt}
        tx.note(kind, lease_id, spotter, content, frame.sha256)


def list_joined(tx: Transaction, lease_id: str, attempt: int) -> tuple[str, ...]:
    """Name the frames that a verdict is recorded for besides the one that was shown."""
    rows = tx.run(
        "SELECT frame_id FROM joined WHERE lease_id = ? AND attempt = ? ORDER BY frame_id",
        *(lease_id, attempt),
    )
    return tuple(row["frame_id"] for row in rows)


def count_joined(tx: Transaction, lease_id: str, attempt: int) -> int:
    """Count them."""
    return len(list_joined(tx, lease_id, attempt))


def count_joined_to(tx: Transaction, frame_id: str) -> int:
    """Count what stands beside the frame of an alarm that a person raised."""
    row = tx.one(
        "SELECT count(*) AS n FROM joined JOIN verdicts USING (lease_id, attempt)"
        " WHERE incident_id = ? AND verdict = 'suspicious' AND undone_s IS NULL",
        frame_id,
    )
    return int(row["n"]) if row is not None else 0
