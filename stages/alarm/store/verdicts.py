"""Verdicts, taking them back, and the outcomes of leases.

A verdict's id is its lease's, so that sending it again is harmless: the same verdict gets the same
answer, another one for the same lease is refused until the first is taken back.
"""

from collections.abc import Sequence
from typing import Literal

import attrs

from stages.alarm.store.alarms import Alarm, raise_alarm, withdraw_alarm
from stages.alarm.store.database import Refused, Transaction

VerdictWord = Literal["clear", "suspicious", "unsure"]


@attrs.frozen(kw_only=True)
class Verdict:
    """What a spotter decided, and about what."""

    lease_id: str
    incident_id: str
    root: str
    camera: str
    spotter: str
    verdict: VerdictWord
    threat: float
    frame_sha256: str
    is_test: bool = False


@attrs.frozen
class Recorded:
    """A verdict is in the store."""

    is_new: bool
    attempt: int
    alarm: Alarm | None


def record_verdict(tx: Transaction, verdict: Verdict, channels: Sequence[str]) -> Recorded:
    """Record a verdict; *suspicious* raises an alarm, except on a test frame."""
    standing = tx.one(
        "SELECT * FROM verdicts WHERE lease_id = ? AND undone_s IS NULL", verdict.lease_id
    )
    if standing is not None:
        return _repeat(tx, verdict, standing["spotter"], standing["verdict"], standing["attempt"])
    last = tx.one("SELECT max(attempt) AS n FROM verdicts WHERE lease_id = ?", verdict.lease_id)
    attempt = (last["n"] or 0 if last else 0) + 1
    _insert(tx, verdict, attempt)
    alarm = None
    if verdict.verdict == "suspicious" and not verdict.is_test:
        cause = "verdict"
        alarm = raise_alarm(tx, verdict.root, verdict.camera, cause, verdict.spotter, channels)
    return Recorded(is_new=True, attempt=attempt, alarm=alarm)


def _repeat(tx: Transaction, verdict: Verdict, spotter: str, word: str, attempt: int) -> Recorded:
    if spotter != verdict.spotter:
        raise Refused("this frame was decided by someone else under the same lease")
    if word != verdict.verdict:
        raise Refused(f"this frame is decided as {word}; undo that first")
    row = tx.one("SELECT * FROM alarms WHERE root = ?", verdict.root)
    is_alarm = row is not None and word == "suspicious" and not verdict.is_test
    alarm = Alarm(**dict(row)) if row is not None and is_alarm else None
    return Recorded(is_new=False, attempt=attempt, alarm=alarm)


def _insert(tx: Transaction, verdict: Verdict, attempt: int) -> None:
    tx.run(
        "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        *(verdict.lease_id, attempt, verdict.incident_id, verdict.root, verdict.camera),
        *(verdict.spotter, verdict.verdict, verdict.threat, int(verdict.is_test)),
        *(verdict.frame_sha256, tx.at_s),
    )
    note_lease(tx, verdict.lease_id, verdict.incident_id, verdict.spotter, "decided")
    content = {**attrs.asdict(verdict), "attempt": attempt}
    tx.note("verdict", verdict.lease_id, verdict.spotter, content, verdict.frame_sha256)


def undo_verdict(
    tx: Transaction, lease_id: str, spotter: str, window_s: float, channels: Sequence[str]
) -> int:
    """Take a verdict back within its window; give its attempt."""
    row = tx.one("SELECT * FROM verdicts WHERE lease_id = ? AND undone_s IS NULL", lease_id)
    if row is None or row["spotter"] != spotter:
        raise Refused("there is no verdict of yours to take back for this frame")
    if row["is_test"]:
        raise Refused("this was a test frame, and you know its answer by now")
    if tx.at_s - row["at_s"] > window_s:
        raise Refused(f"a verdict can be taken back for {window_s:g} s; this one is older")
    attempt: int = row["attempt"]
    tx.run(
        "UPDATE verdicts SET undone_s = ? WHERE lease_id = ? AND attempt = ?",
        *(tx.at_s, lease_id, attempt),
    )
    tx.note("verdict undone", lease_id, spotter, {"attempt": attempt}, row["frame_sha256"])
    if row["verdict"] == "suspicious" and not _has_other_suspicion(tx, row["root"]):
        withdraw_alarm(tx, row["root"], spotter, channels)
    return attempt


def _has_other_suspicion(tx: Transaction, root: str) -> bool:
    statement = (
        "SELECT 1 FROM verdicts WHERE root = ? AND verdict = 'suspicious' AND undone_s IS NULL"
        " AND NOT is_test"
    )
    return tx.one(statement, root) is not None


def note_lease(
    tx: Transaction, lease_id: str, incident_id: str, spotter: str, outcome: str
) -> None:
    """Remember how a lease ended; the last word counts, as a verdict may come after expiry."""
    tx.run(
        "INSERT INTO leases VALUES (?, ?, ?, ?, ?) ON CONFLICT (lease_id)"
        " DO UPDATE SET outcome = excluded.outcome, at_s = excluded.at_s"
        " WHERE leases.outcome != 'decided'",
        *(lease_id, incident_id, spotter, outcome, tx.at_s),
    )
