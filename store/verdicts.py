"""Verdicts, taking them back, and the outcomes of leases.

A verdict's id is its lease's, so that sending it again is harmless: the same verdict gets the same
answer, another one for the same lease is refused until the first is taken back. It is a repeat only
where lease, frame and picture match: a lease that names another frame is never believed.
"""

from collections.abc import Sequence
from sqlite3 import Row

import attrs

from seda.decisions import VerdictWord
from spotter_web.views import AlarmRecord
from store.alarms import (
    BY_VERDICT,
    Occasion,
    add_note,
    find_by_root,
    raise_alarm,
    withdraw_alarm,
)
from store.file.database import Missing, Refused, Transaction
from store.held import drop_held, hold_alarm
from store.joined import Frame, count_joined, record_joined

NOTE_SHOWN = 200
"""Characters of a note in an alarm's sentence; all of it stands among the alarm's notes."""
NONE_OF_YOURS = "there is no verdict of yours to take back for this frame"


class AnotherFrame(Refused):
    """A verdict under a lease that the store knows for another frame: no repeat, and not new."""


@attrs.frozen(kw_only=True)
class Verdict:
    """What a spotter decided, and about what."""

    lease_id: str
    incident_id: str
    """The name outside of the frame that was shown."""
    root: str
    camera: str
    spotter: str
    verdict: VerdictWord
    threat: float
    frame_sha256: str
    is_test: bool = False
    band: str = "ordinary"
    captured_s: float = 0.0
    note: str = ""
    mark: str = ""
    """As JSON; what a lesson is about."""
    words: str = ""
    """What was said beside the frame."""
    held: str = ""
    """Why an alarm would be held back; empty where it is not."""
    joined: tuple[Frame, ...] = ()
    """The frames of other cameras that it is about, too."""


@attrs.frozen
class Recorded:
    """A verdict is in the store."""

    is_new: bool
    attempt: int
    alarm: AlarmRecord | None
    at_s: float


@attrs.frozen
class Undone:
    """A verdict is taken back."""

    attempt: int
    alarm: AlarmRecord | None
    """What was withdrawn for it."""


def record_verdict(tx: Transaction, verdict: Verdict, channels: Sequence[str]) -> Recorded:
    """Record a verdict; *suspicious* raises an alarm, except on a test frame."""
    _refuse_another_frame(tx, verdict)
    standing = _find_standing(tx, verdict.lease_id)
    if standing is not None:
        return _repeat(tx, verdict, standing)
    last = tx.one("SELECT max(attempt) AS n FROM verdicts WHERE lease_id = ?", verdict.lease_id)
    attempt = (last["n"] or 0 if last else 0) + 1
    _insert(tx, verdict, attempt)
    return Recorded(is_new=True, attempt=attempt, alarm=_alarm(tx, verdict, channels), at_s=tx.at_s)


def _alarm(tx: Transaction, verdict: Verdict, channels: Sequence[str]) -> AlarmRecord | None:
    """Raise the alarm that a verdict is, or hold it back."""
    if verdict.verdict != "suspicious" or verdict.is_test:
        return None
    occasion = Occasion(
        root=verdict.root,
        camera=verdict.camera,
        cause=BY_VERDICT,
        actor=verdict.spotter,
        sentence=_sentence(verdict),
        frame_id=verdict.incident_id,
    )
    if verdict.held:
        hold_alarm(tx, occasion, verdict.held)
        return None
    alarm = raise_alarm(tx, occasion, channels)
    if verdict.note:
        add_note(tx, alarm.alarm_id, verdict.spotter, verdict.note)
    return alarm


def _sentence(verdict: Verdict) -> str:
    """Return what happened: in the spotter's words if there are any, else in those beside it.

    How many other cameras had the same, but not which: not all may know them.
    """
    said = f"{_happened(verdict)} Seen by {verdict.spotter}."
    cameras = {frame.camera for frame in verdict.joined} - {verdict.camera}
    others = "another camera" if len(cameras) == 1 else f"{len(cameras)} other cameras"
    return f"{said} The same happened on {others} at that time." if cameras else said


def _happened(verdict: Verdict) -> str:
    words = " ".join(verdict.note.split())[:NOTE_SHOWN]
    if not words and verdict.band != "ordinary":
        words = verdict.words
    if not words:
        return "Something suspicious that seda had found usual."
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _refuse_another_frame(tx: Transaction, verdict: Verdict) -> None:
    """Refuse a lease under which another frame was decided, also where that was taken back."""
    other = tx.one(
        "SELECT incident_id FROM verdicts WHERE lease_id = ?"
        " AND (incident_id != ? OR frame_sha256 != ?)",
        *(verdict.lease_id, verdict.incident_id, verdict.frame_sha256),
    )
    if other is not None:
        raise AnotherFrame(
            f"this was NOT recorded: lease {verdict.lease_id} was for another frame"
            f" ({other['incident_id']}); reload the page, and tell whoever runs seda"
        )


def _repeat(tx: Transaction, verdict: Verdict, standing: Row) -> Recorded:
    if standing["spotter"] != verdict.spotter:
        raise Refused("this frame was decided by someone else under the same lease")
    word: str = standing["verdict"]
    if word != verdict.verdict:
        raise Refused(f"this frame is decided as {word}; undo that first")
    is_alarm = word == "suspicious" and not verdict.is_test
    alarm = find_by_root(tx, verdict.root) if is_alarm else None
    return Recorded(is_new=False, attempt=standing["attempt"], alarm=alarm, at_s=standing["at_s"])


def _insert(tx: Transaction, verdict: Verdict, attempt: int) -> None:
    tx.run(
        "INSERT INTO verdicts (lease_id, attempt, incident_id, root, camera, spotter, verdict,"
        " threat, is_test, frame_sha256, at_s, band, captured_s, note, mark)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(verdict.lease_id, attempt, verdict.incident_id, verdict.root, verdict.camera),
        *(verdict.spotter, verdict.verdict, verdict.threat, int(verdict.is_test)),
        *(verdict.frame_sha256, tx.at_s, verdict.band, verdict.captured_s, verdict.note),
        verdict.mark,
    )
    note_lease(tx, verdict.lease_id, verdict.incident_id, verdict.spotter, "decided")
    content = {**attrs.asdict(verdict), "joined": len(verdict.joined), "attempt": attempt}
    tx.note("verdict", verdict.lease_id, verdict.spotter, content, verdict.frame_sha256)
    about = verdict.lease_id, attempt, verdict.verdict, verdict.spotter
    record_joined(tx, *about, verdict.joined)


def find_camera(tx: Transaction, lease_id: str, frame_id: str) -> str:
    """Return the camera of a verdict on this frame."""
    row = tx.one(
        "SELECT camera FROM verdicts WHERE lease_id = ? AND incident_id = ?", lease_id, frame_id
    )
    if row is None:
        raise Missing(NONE_OF_YOURS)
    camera: str = row["camera"]
    return camera


def undo_verdict(
    tx: Transaction, lease_id: str, spotter: str, window_s: float, channels: Sequence[str]
) -> Undone:
    """Take a verdict back within its window; taking it back again changes nothing."""
    row = _find_standing(tx, lease_id)
    if row is None:
        return _undone_before(tx, lease_id, spotter)
    if row["spotter"] != spotter:
        raise Missing(NONE_OF_YOURS)
    if row["is_test"]:
        raise Refused("this was a test frame, and you know its answer by now")
    if tx.at_s - row["at_s"] > window_s:
        raise Refused(f"a verdict can be taken back for {window_s:g} s; this one is older")
    attempt: int = row["attempt"]
    tx.run(
        "UPDATE verdicts SET undone_s = ? WHERE lease_id = ? AND attempt = ?",
        *(tx.at_s, lease_id, attempt),
    )
    content = {"attempt": attempt, "joined": count_joined(tx, lease_id, attempt)}
    tx.note("verdict undone", lease_id, spotter, content, row["frame_sha256"])
    alarm = None
    if row["verdict"] == "suspicious" and not _has_other_suspicion(tx, row["root"]):
        drop_held(tx, row["root"], spotter)
        alarm = withdraw_alarm(tx, row["root"], spotter, channels)
    return Undone(attempt, alarm)


def _undone_before(tx: Transaction, lease_id: str, spotter: str) -> Undone:
    row = tx.one(
        "SELECT attempt, spotter FROM verdicts WHERE lease_id = ? ORDER BY attempt DESC LIMIT 1",
        lease_id,
    )
    if row is None or row["spotter"] != spotter:
        raise Missing(NONE_OF_YOURS)
    return Undone(row["attempt"], None)


def _find_standing(tx: Transaction, lease_id: str) -> Row | None:
    return tx.one("SELECT * FROM verdicts WHERE lease_id = ? AND undone_s IS NULL", lease_id)


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
