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

MIGRATIONS: tuple[str, ...] = (_FIRST,)


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
