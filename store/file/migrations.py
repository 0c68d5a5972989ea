"""The schema, as numbered steps that are applied in order and never changed once released."""

import sqlite3

_FIRST = """
CREATE TABLE ledger (
    number INTEGER PRIMARY KEY,
    at_s REAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    content TEXT NOT NULL,
    frame_sha256 TEXT NOT NULL,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX ledger_by_subject ON ledger (subject, number);

-- The last entry that retention took away: the chain is verified from here.
CREATE TABLE anchor (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;

CREATE TABLE verdicts (
    lease_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    incident_id TEXT NOT NULL,
    root TEXT NOT NULL,
    camera TEXT NOT NULL,
    spotter TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('clear', 'suspicious', 'unsure')),
    threat REAL NOT NULL,
    is_test INTEGER NOT NULL,
    frame_sha256 TEXT NOT NULL,
    at_s REAL NOT NULL,
    undone_s REAL,
    PRIMARY KEY (lease_id, attempt)
) STRICT;
CREATE INDEX verdicts_by_root ON verdicts (root);
CREATE INDEX verdicts_by_time ON verdicts (at_s);
CREATE UNIQUE INDEX verdicts_standing ON verdicts (lease_id) WHERE undone_s IS NULL;

CREATE TABLE leases (
    lease_id TEXT PRIMARY KEY,
    incident_id TEXT NOT NULL,
    spotter TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at_s REAL NOT NULL
) STRICT;
CREATE INDEX leases_by_time ON leases (at_s);

CREATE TABLE alarms (
    alarm_id INTEGER PRIMARY KEY,
    root TEXT NOT NULL UNIQUE,
    camera TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('raised', 'acknowledged', 'resolved', 'withdrawn')),
    raised_s REAL NOT NULL,
    changed_s REAL NOT NULL,
    holder TEXT,
    outcome TEXT
) STRICT;
CREATE INDEX alarms_by_state ON alarms (state, raised_s);

CREATE TABLE notes (
    note_id INTEGER PRIMARY KEY,
    alarm_id INTEGER NOT NULL REFERENCES alarms ON DELETE CASCADE,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    at_s REAL NOT NULL
) STRICT;

CREATE TABLE deliveries (
    delivery_id INTEGER PRIMARY KEY,
    alarm_id INTEGER NOT NULL REFERENCES alarms ON DELETE CASCADE,
    channel TEXT NOT NULL,
    body TEXT NOT NULL,
    made_s REAL NOT NULL,
    due_s REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    delivered_s REAL,
    receipt TEXT
) STRICT;
CREATE INDEX deliveries_due ON deliveries (due_s) WHERE due_s IS NOT NULL;

CREATE TABLE known_frames (
    frame_id TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    threat REAL NOT NULL,
    is_target INTEGER NOT NULL,
    frame_sha256 TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_s REAL NOT NULL,
    withdrawn_s REAL
) STRICT;

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('spotter', 'supervisor', 'admin')),
    scope TEXT,
    made_s REAL NOT NULL
) STRICT;

CREATE TABLE credentials (
    secret_sha256 BLOB PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('session', 'token', 'link')),
    user TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    label TEXT NOT NULL,
    made_s REAL NOT NULL,
    expires_s REAL NOT NULL
) STRICT;
CREATE INDEX credentials_by_user ON credentials (user);

CREATE TABLE evidence (
    sha256 TEXT PRIMARY KEY,
    root TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    kept_s REAL NOT NULL
) STRICT;
CREATE INDEX evidence_by_root ON evidence (root);
CREATE INDEX evidence_by_time ON evidence (kept_s);
"""

_SECOND = """
ALTER TABLE verdicts ADD COLUMN band TEXT NOT NULL DEFAULT 'ordinary';
ALTER TABLE verdicts ADD COLUMN captured_s REAL NOT NULL DEFAULT 0;
ALTER TABLE verdicts ADD COLUMN note TEXT NOT NULL DEFAULT '';
-- What a lesson is about (seda.messages.Mark as JSON); empty where there is nothing to teach.
ALTER TABLE verdicts ADD COLUMN mark TEXT NOT NULL DEFAULT '';
-- What assignment and anomaly were told: 0 nothing yet, 1 the verdict, 2 that it was undone.
ALTER TABLE verdicts ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verdicts ADD COLUMN told_s REAL;
CREATE INDEX verdicts_untold ON verdicts (at_s)
    WHERE told = 0 OR (told = 1 AND undone_s IS NOT NULL);
CREATE INDEX verdicts_by_telling ON verdicts (told_s);
CREATE INDEX verdicts_by_spotter ON verdicts (spotter, at_s);
CREATE INDEX verdicts_by_camera ON verdicts (camera, at_s);
CREATE INDEX verdicts_by_frame ON verdicts (incident_id);

ALTER TABLE alarms ADD COLUMN sentence TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN raised_by TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN frame_id TEXT NOT NULL DEFAULT '';
CREATE INDEX alarms_by_camera ON alarms (camera, raised_s);
CREATE INDEX notes_by_alarm ON notes (alarm_id);
CREATE INDEX deliveries_by_alarm ON deliveries (alarm_id);

-- Alarms of cameras in maintenance: raised when it is over.
CREATE TABLE held_alarms (
    root TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    cause TEXT NOT NULL,
    sentence TEXT NOT NULL,
    actor TEXT NOT NULL,
    frame_id TEXT NOT NULL,
    at_s REAL NOT NULL
) STRICT;

-- A judged frame, and which files belong to it: frame.jpg, heat.png, usual.jpg, facts.json and
-- strip-MILLISECONDS.jpg, as assignment names them.
CREATE TABLE frames (
    frame_id TEXT PRIMARY KEY,
    camera TEXT NOT NULL,
    root TEXT NOT NULL,
    kept_s REAL NOT NULL
) STRICT;
CREATE INDEX frames_by_root ON frames (root);
CREATE TABLE frame_files (
    frame_id TEXT NOT NULL REFERENCES frames ON DELETE CASCADE,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES evidence ON DELETE CASCADE,
    PRIMARY KEY (frame_id, name)
) STRICT;
CREATE INDEX frame_files_by_file ON frame_files (sha256);

CREATE TABLE handover_notes (
    note_id INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    at_s REAL NOT NULL
) STRICT;
"""

_THIRD = """
-- Frames of other cameras that a verdict is recorded for, because of a common cause.
CREATE TABLE joined (
    lease_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    frame_id TEXT NOT NULL,
    camera TEXT NOT NULL,
    frame_sha256 TEXT NOT NULL,
    PRIMARY KEY (lease_id, attempt, frame_id),
    FOREIGN KEY (lease_id, attempt) REFERENCES verdicts ON DELETE CASCADE
) STRICT;
CREATE INDEX joined_by_frame ON joined (frame_id);
CREATE INDEX joined_by_camera ON joined (camera);
"""

_FOURTH = """
-- What the clock showed, a row from one leap to the next (service_time.py).
CREATE TABLE clock (
    number INTEGER PRIMARY KEY,
    from_s REAL NOT NULL,
    until_s REAL NOT NULL,
    -- Time in service when it showed until_s.
    service_s REAL NOT NULL,
    -- The start of the machine, and what it counted since then, at the same moment.
    boot TEXT NOT NULL,
    boot_s REAL NOT NULL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND, _THIRD, _FOURTH)


class TooNewError(Exception):
    """The file was written by a later version."""


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema up to date, each step in a transaction of its own; give its number."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    if number > len(MIGRATIONS):
        raise TooNewError(
            f"the store has schema {number}, this version of seda knows up to {len(MIGRATIONS)}: "
            "run the version that wrote it, or restore an older copy"
        )
    for step in range(number, len(MIGRATIONS)):
        script = f"BEGIN IMMEDIATE; {MIGRATIONS[step]} PRAGMA user_version = {step + 1}; COMMIT;"
        connection.executescript(script)
    return len(MIGRATIONS)
