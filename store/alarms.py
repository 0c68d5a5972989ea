"""Alarms and their life: raised, acknowledged, resolved or withdrawn, with notes.

An alarm is one for each root incident, however often it is raised. Every change is a line of the
ledger and goes to every channel through the outbox, in the same transaction.
"""

from collections.abc import Sequence
from typing import Literal

import attrs

from spotter_web.views import AlarmRecord, Outcome
from store.file.content import to_json
from store.file.database import Missing, Refused, Transaction

NOTE_CHARS_MAX = 4000
NOTES_MAX = 200
"""Of one alarm: a telephone book is none."""
BY_VERDICT = "verdict"
"""The cause of an alarm that a person raised by saying *suspicious*."""

_TAKEN_FROM = {"acknowledged": {"raised"}, "resolved": {"raised", "acknowledged"}}


@attrs.frozen(kw_only=True)
class Occasion:
    """Why there is to be an alarm."""

    root: str
    camera: str
    cause: str
    actor: str
    sentence: str = ""
    frame_id: str = ""


def raise_alarm(tx: Transaction, occasion: Occasion, channels: Sequence[str]) -> AlarmRecord:
    """Raise an alarm, or give the one that is raised already; one that was over is raised again.

    Where a person finds suspicious what was an alarm for another cause, it becomes theirs.
    """
    before = find_by_root(tx, occasion.root)
    is_theirs = occasion.cause == BY_VERDICT and before is not None and before.cause != BY_VERDICT
    if before is not None and before.is_open and not is_theirs:
        return before
    tx.run(
        "INSERT INTO alarms (root, camera, cause, state, raised_s, changed_s, sentence, raised_by,"
        " frame_id) VALUES (?, ?, ?, 'raised', ?, ?, ?, ?, ?)"
        " ON CONFLICT (root) DO UPDATE SET cause = excluded.cause, state = 'raised',"
        " raised_s = excluded.raised_s, changed_s = excluded.changed_s, holder = NULL,"
        " outcome = NULL, sentence = excluded.sentence, raised_by = excluded.raised_by,"
        " frame_id = excluded.frame_id",
        *(occasion.root, occasion.camera, occasion.cause, tx.at_s, tx.at_s),
        *(occasion.sentence, occasion.actor, occasion.frame_id),
    )
    (row,) = tx.run("SELECT * FROM alarms WHERE root = ?", occasion.root)
    return _tell(tx, AlarmRecord(**dict(row)), occasion.actor, channels)


def acknowledge(tx: Transaction, alarm_id: int, actor: str, channels: Sequence[str]) -> AlarmRecord:
    """Take an alarm on oneself."""
    return _change(tx, alarm_id, "acknowledged", actor, None, channels)


def resolve(
    tx: Transaction, alarm_id: int, actor: str, outcome: Outcome, channels: Sequence[str]
) -> AlarmRecord:
    """End an alarm; an outcome is mandatory."""
    return _change(tx, alarm_id, "resolved", actor, outcome, channels)


def withdraw_alarm(
    tx: Transaction, root: str, actor: str, channels: Sequence[str]
) -> AlarmRecord | None:
    """Take an alarm back because the verdict that raised it was undone."""
    alarm = find_by_root(tx, root)
    if alarm is None or not alarm.is_open or alarm.cause != BY_VERDICT:
        return None
    tx.run("UPDATE alarms SET state = 'withdrawn', changed_s = ? WHERE root = ?", tx.at_s, root)
    return _tell(tx, find(tx, alarm.alarm_id), actor, channels)


def add_note(tx: Transaction, alarm_id: int, author: str, text: str) -> None:
    """Write something beside an alarm."""
    find(tx, alarm_id)
    if not 0 < len(text) <= NOTE_CHARS_MAX:
        raise Refused(f"a note has 1 to {NOTE_CHARS_MAX} characters, not {len(text)}")
    if count_notes(tx, alarm_id) >= NOTES_MAX:
        raise Refused(f"alarm {alarm_id} has {NOTES_MAX} notes, and no room for more")
    tx.run(
        "INSERT INTO notes (alarm_id, author, text, at_s) VALUES (?, ?, ?, ?)",
        *(alarm_id, author, text, tx.at_s),
    )
    tx.note("alarm noted", str(alarm_id), author, {"text": text})


def count_notes(tx: Transaction, alarm_id: int) -> int:
    """Count what was written beside an alarm."""
    (row,) = tx.run("SELECT count(*) AS n FROM notes WHERE alarm_id = ?", alarm_id)
    number: int = row["n"]
    return number


def find(tx: Transaction, alarm_id: int) -> AlarmRecord:
    """Return an alarm."""
    row = tx.one("SELECT * FROM alarms WHERE alarm_id = ?", alarm_id)
    if row is None:
        raise Missing(f"there is no alarm {alarm_id}")
    return AlarmRecord(**dict(row))


def find_by_root(tx: Transaction, root: str) -> AlarmRecord | None:
    """Return the alarm of an incident, if it has one."""
    row = tx.one("SELECT * FROM alarms WHERE root = ?", root)
    return AlarmRecord(**dict(row)) if row is not None else None


def list_open(tx: Transaction) -> list[AlarmRecord]:
    """Return the alarms that are not over, the oldest first."""
    rows = tx.run(
        "SELECT * FROM alarms WHERE state IN ('raised', 'acknowledged') ORDER BY raised_s"
    )
    return [AlarmRecord(**dict(row)) for row in rows]


def list_changed(tx: Transaction, since_s: float) -> list[AlarmRecord]:
    """Return the alarms that are open or changed of late."""
    rows = tx.run(
        "SELECT * FROM alarms WHERE state IN ('raised', 'acknowledged') OR changed_s >= ?"
        " ORDER BY raised_s",
        since_s,
    )
    return [AlarmRecord(**dict(row)) for row in rows]


def _change(
    tx: Transaction,
    alarm_id: int,
    state: Literal["acknowledged", "resolved"],
    actor: str,
    outcome: Outcome | None,
    channels: Sequence[str],
) -> AlarmRecord:
    alarm = find(tx, alarm_id)
    if alarm.state == state and (alarm.holder, alarm.outcome) == (actor, outcome):
        return alarm
    if alarm.state not in _TAKEN_FROM[state]:
        by = f" by {alarm.holder}" if alarm.holder else ""
        raise Refused(f"alarm {alarm_id} is {alarm.state}{by} and cannot be {state}")
    tx.run(
        "UPDATE alarms SET state = ?, holder = ?, outcome = ?, changed_s = ? WHERE alarm_id = ?",
        *(state, actor, outcome, tx.at_s, alarm_id),
    )
    return _tell(tx, find(tx, alarm_id), actor, channels)


def _tell(tx: Transaction, alarm: AlarmRecord, actor: str, channels: Sequence[str]) -> AlarmRecord:
    """Note what an alarm became, and put it into the outbox of every channel."""
    body = attrs.asdict(alarm)
    tx.note(f"alarm {alarm.state}", str(alarm.alarm_id), actor, body)
    for channel in channels:
        tx.run(
            "INSERT INTO deliveries (alarm_id, channel, body, made_s, due_s)"
            " VALUES (?, ?, ?, ?, ?)",
            *(alarm.alarm_id, channel, to_json(body), tx.at_s, tx.at_s),
        )
    return alarm
