"""What others read of the store: every statement of the pages' lists, and what limits them.

Each function works in one short read-only transaction (`opened`), gives rows and knows nothing of
who may see what, except that it is told a scope: cameras, or None for all of them.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Row

import attrs

from store.file.content import to_json
from store.file.database import Transaction, read

LIMIT_S = 5.0
"""No list takes longer; one that does is given up and leaves the disk to others."""
NOTES_BYTES = 16 * 1024
"""Of an alarm's notes: a list of many alarms has to fit, and the ledger has them all."""
_LOOK_EVERY_STEPS = 20_000
_SHORT_HASH = "lower(substr(hex(secret_sha256), 1, 16))"
_ABOUT_CAMERA = (
    "verdicts.rowid IN (WITH asked(name) AS (SELECT ?)"
    " SELECT v.rowid FROM asked JOIN verdicts AS v ON v.camera = name UNION"
    " SELECT v.rowid FROM asked JOIN joined AS j ON j.camera = name"
    " JOIN verdicts AS v ON v.lease_id = j.lease_id AND v.attempt = j.attempt)"
)
"""Shown by it, or decided with a frame of another camera."""

Scope = frozenset[str] | None


@attrs.frozen
class KeptFrame:
    """A judged frame and its files, by the names that assignment gave them."""

    camera: str
    files: dict[str, str]
    """Hashes of their contents."""


@attrs.frozen
class Wanted:
    """Which decisions are wanted."""

    scope: Scope = None
    camera: str | None = None
    person: str | None = None
    person_part: str | None = None
    """A part of the person's name, in whatever case."""
    verdict: str | None = None
    band: str | None = None
    outcome: str | None = None
    from_s: float | None = None
    until_s: float | None = None


@contextmanager
def opened(path: Path) -> Iterator[Transaction]:
    """Open the store for one list; raises sqlite3.Error where it is not there or takes too long."""
    until_s = time.monotonic() + LIMIT_S
    with read(path) as tx:
        tx.connection.set_progress_handler(lambda: time.monotonic() > until_s, _LOOK_EVERY_STEPS)
        yield tx


def find_frame(tx: Transaction, frame_id: str) -> KeptFrame | None:
    """Return what is kept of a judged frame."""
    frame = tx.one("SELECT camera FROM frames WHERE frame_id = ?", frame_id)
    if frame is None:
        return None
    rows = tx.run("SELECT name, sha256 FROM frame_files WHERE frame_id = ?", frame_id)
    return KeptFrame(frame["camera"], {row["name"]: row["sha256"] for row in rows})


def find_known_picture(tx: Transaction, frame_id: str) -> KeptFrame | None:
    """Return the picture of a test frame, in use or not."""
    row = tx.one("SELECT camera, frame_sha256 FROM known_frames WHERE frame_id = ?", frame_id)
    return KeptFrame(row["camera"], {"frame.jpg": row["frame_sha256"]}) if row else None


def list_verdicts(
    tx: Transaction, wanted: Wanted, before: tuple[float, int] | None, most: int
) -> list[Row]:
    """Return decisions, the newest first, with the alarm that each raised and a test's answer."""
    conditions, values = _conditions(wanted)
    if before is not None:
        conditions.append("(verdicts.at_s, verdicts.rowid) < (?, ?)")
        values += before
    return tx.run(
        "SELECT verdicts.*, verdicts.rowid AS place, alarm_id, state, outcome, is_target,"  # noqa: S608 - conditions are constants
        " (SELECT count(*) FROM joined AS j WHERE j.lease_id = verdicts.lease_id"
        " AND j.attempt = verdicts.attempt"
        " AND (? IS NULL OR j.camera IN (SELECT value FROM json_each(?)))) AS joined"
        " FROM verdicts"
        " LEFT JOIN alarms ON alarms.root = verdicts.root AND verdict = 'suspicious'"
        " AND NOT is_test"
        " LEFT JOIN known_frames ON is_test AND known_frames.frame_id = incident_id"
        f" WHERE {' AND '.join(conditions)}"
        " ORDER BY verdicts.at_s DESC, verdicts.rowid DESC LIMIT ?",
        *[_cameras(wanted.scope)] * 2,
        *values,
        most,
    ).fetchall()


def _conditions(wanted: Wanted) -> tuple[list[str], list[object]]:
    """Return the conditions that are asked for, each with its value."""
    # Nobody finds a decision by a camera that they may not see.
    is_seen = wanted.scope is None or wanted.camera in wanted.scope
    possible: tuple[tuple[str, object], ...] = (
        ("verdicts.camera IN (SELECT value FROM json_each(?))", _cameras(wanted.scope)),
        (_ABOUT_CAMERA if is_seen else "verdicts.camera = ?", wanted.camera),
        ("spotter = ?", wanted.person),
        ("instr(lower(spotter), lower(?))", wanted.person_part),
        ("verdict = ?", wanted.verdict),
        ("band = ?", wanted.band),
        ("outcome = ?", wanted.outcome),
        ("verdicts.at_s >= ?", wanted.from_s),
        ("verdicts.at_s < ?", wanted.until_s),
    )
    asked = [(condition, value) for condition, value in possible if value is not None]
    return ["1", *(condition for condition, _ in asked)], [value for _, value in asked]


def list_open_alarms(
    tx: Transaction, wanted: Wanted, state: str | None, after: tuple[float, int] | None, most: int
) -> list[Row]:
    """Return the alarms that are not over, the oldest first."""
    return _alarms(
        tx,
        wanted,
        ("raised", "acknowledged") if state is None else (state,),
        ("(raised_s, alarm_id) > (?, ?)", "raised_s, alarm_id"),
        after,
        most,
    )


def list_ended_alarms(
    tx: Transaction, wanted: Wanted, state: str | None, before: tuple[float, int] | None, most: int
) -> list[Row]:
    """Return the alarms that are over, those that ended last first."""
    return _alarms(
        tx,
        wanted,
        ("resolved", "withdrawn") if state is None else (state,),
        ("(changed_s, alarm_id) < (?, ?)", "changed_s DESC, alarm_id DESC"),
        before,
        most,
    )


def _alarms(
    tx: Transaction,
    wanted: Wanted,
    states: Iterable[str],
    order: tuple[str, str],
    place: tuple[float, int] | None,
    most: int,
) -> list[Row]:
    """Return alarms; those that are about no camera are everybody's."""
    beyond, by = order
    conditions = ["state IN (SELECT value FROM json_each(?))"]
    values: list[object] = [to_json(list(states))]
    if wanted.scope is not None:
        conditions.append("(camera = '' OR camera IN (SELECT value FROM json_each(?)))")
        values.append(_cameras(wanted.scope))
    if wanted.camera is not None:
        conditions.append("camera = ?")
        values.append(wanted.camera)
    if place is not None:
        conditions.append(beyond)
        values += place
    return tx.run(
        f"SELECT * FROM alarms WHERE {' AND '.join(conditions)} ORDER BY {by} LIMIT ?",  # noqa: S608 - constants
        *values,
        most,
    ).fetchall()


def list_notes(tx: Transaction, alarm_id: int) -> list[Row]:
    """Return what was written beside an alarm of late, oldest first, within NOTES_BYTES."""
    statement = "SELECT author, text, at_s FROM notes WHERE alarm_id = ? ORDER BY note_id DESC"
    found: list[Row] = []
    left_bytes = NOTES_BYTES
    for row in tx.run(statement, alarm_id):
        left_bytes -= len(row["text"].encode("utf-8", "replace"))
        if left_bytes < 0 and found:
            break
        found.append(row)
    return found[::-1]


def list_deliveries(tx: Transaction, alarm_id: int) -> list[Row]:
    """Return how far an alarm's messages have come: of each channel the newest one."""
    return tx.run(
        "SELECT * FROM deliveries WHERE delivery_id IN"
        " (SELECT max(delivery_id) FROM deliveries WHERE alarm_id = ? GROUP BY channel)"
        " ORDER BY channel",
        alarm_id,
    ).fetchall()


def list_handover_notes(tx: Transaction, most: int) -> list[Row]:
    """Return what earlier watches left, the newest first."""
    statement = "SELECT author, text, at_s FROM handover_notes ORDER BY note_id DESC LIMIT ?"
    return tx.run(statement, most).fetchall()


def list_decision_times(tx: Transaction, person: str, from_s: float) -> list[Row]:
    """Return when a person decided and what, the oldest first; what was undone does not count."""
    return tx.run(
        "SELECT at_s, verdict FROM verdicts WHERE spotter = ? AND at_s >= ? AND undone_s IS NULL"
        " ORDER BY at_s",
        *(person, from_s),
    ).fetchall()


def list_known_frames(tx: Transaction, scope: Scope) -> list[Row]:
    """Return the test frames in use, the newest first, with how often each was answered."""
    return tx.run(
        "SELECT known_frames.*, (SELECT count(*) FROM verdicts WHERE is_test"
        " AND incident_id = frame_id) AS answers FROM known_frames WHERE withdrawn_s IS NULL"
        " AND (?1 IS NULL OR camera IN (SELECT value FROM json_each(?1)))"
        " ORDER BY added_s DESC, frame_id LIMIT 2000",
        _cameras(scope),
    ).fetchall()


def list_tested(tx: Transaction) -> list[str]:
    """Return the names of everybody who has answered a test frame."""
    rows = tx.run("SELECT DISTINCT spotter FROM verdicts WHERE is_test ORDER BY spotter LIMIT 1000")
    return [row["spotter"] for row in rows]


def list_people(tx: Transaction, now_s: float) -> list[Row]:
    """Return all users, by name, with how many tokens each has."""
    return tx.run(
        "SELECT name, role, scope, made_s, (SELECT count(*) FROM credentials WHERE user = name"
        " AND kind = 'token' AND expires_s > ?) AS tokens FROM users ORDER BY name LIMIT 5000",
        now_s,
    ).fetchall()


def list_tokens(tx: Transaction, name: str, now_s: float) -> list[Row]:
    """Return a user's tokens that are valid, by label."""
    return tx.run(
        "SELECT label, user, made_s, expires_s FROM credentials WHERE kind = 'token'"
        " AND user = ? AND expires_s > ? ORDER BY label",
        *(name, now_s),
    ).fetchall()


def find_expiry(tx: Transaction, name: str, session: str) -> float | None:
    """Return until when a session or token lasts, by the name that is no secret."""
    row = tx.one(
        "SELECT expires_s FROM credentials WHERE user = ? AND kind != 'link'"  # noqa: S608 - a constant
        f" AND {_SHORT_HASH} = ?",
        *(name, session),
    )
    return None if row is None else float(row["expires_s"])


def _cameras(scope: Scope) -> str | None:
    return None if scope is None else to_json(sorted(scope))
