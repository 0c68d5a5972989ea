"""Test frames and their known answers, and how spotters did on them."""

from sqlite3 import Row

import attrs

from store.file.database import Missing, Refused, Transaction
from store.vigilance import Counts


@attrs.frozen(kw_only=True)
class KnownFrame:
    """A frame whose answer is known; its id is the incident of the verdicts on it."""

    frame_id: str
    camera: str
    threat: float
    is_target: bool
    """Whether *suspicious* is right."""
    frame_sha256: str


def add_known_frame(tx: Transaction, frame: KnownFrame, actor: str) -> None:
    """Let a frame be slipped in from now on; the answer of one that is in use never changes."""
    if find_known_frame(tx, frame.frame_id) is not None:
        raise Refused(f"{frame.frame_id} is a test frame already; withdraw it and add another")
    tx.run(
        "INSERT INTO known_frames VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        *(frame.frame_id, frame.camera, frame.threat, int(frame.is_target), frame.frame_sha256),
        *(actor, tx.at_s),
    )
    content = {"is_target": frame.is_target, "camera": frame.camera}
    tx.note("test frame added", frame.frame_id, actor, content, frame.frame_sha256)


def withdraw_known_frame(tx: Transaction, frame_id: str, actor: str) -> None:
    """Use a frame no more; the answers that were given to it still count."""
    if find_known_frame(tx, frame_id) is None:
        raise Missing(f"there is no test frame {frame_id}")
    changed = tx.run(
        "UPDATE known_frames SET withdrawn_s = ? WHERE frame_id = ? AND withdrawn_s IS NULL",
        *(tx.at_s, frame_id),
    )
    if changed.rowcount:
        tx.note("test frame withdrawn", frame_id, actor)


def find_known_frame(tx: Transaction, frame_id: str) -> KnownFrame | None:
    """Return a test frame, withdrawn or not: this is what the spotter is told after deciding."""
    row = tx.one("SELECT * FROM known_frames WHERE frame_id = ?", frame_id)
    return _read(row) if row is not None else None


def find_by_picture(tx: Transaction, frame_sha256: str) -> KnownFrame | None:
    """Return the test frame in use that shows a picture."""
    statement = "SELECT * FROM known_frames WHERE frame_sha256 = ? AND withdrawn_s IS NULL"
    row = tx.one(statement, frame_sha256)
    return _read(row) if row is not None else None


def list_in_use(tx: Transaction) -> list[str]:
    """Return the ids of the frames that may be slipped in."""
    return [frame.frame_id for frame in list_known_frames(tx)]


def list_known_frames(tx: Transaction) -> list[KnownFrame]:
    """Return the frames that may be slipped in."""
    rows = tx.run("SELECT * FROM known_frames WHERE withdrawn_s IS NULL ORDER BY frame_id")
    return [_read(row) for row in rows]


def list_withdrawn(tx: Transaction, span_s: float) -> list[KnownFrame]:
    """Return the frames that were withdrawn last, counted back from the newest withdrawal."""
    rows = tx.run(
        "SELECT * FROM known_frames"
        " WHERE withdrawn_s >= (SELECT max(withdrawn_s) FROM known_frames) - ?",
        span_s,
    )
    return [_read(row) for row in rows]


def _read(row: Row) -> KnownFrame:
    values = {field.name: row[field.name] for field in attrs.fields(KnownFrame)}
    return KnownFrame(**{**values, "is_target": bool(row["is_target"])})


def count_answers(
    tx: Transaction, spotter: str, low_threat: float = 0.0, high_threat: float = 2.0
) -> Counts:
    """Count a spotter's answers to test frames of a band, from its threat up to below the next."""
    rows = tx.run(
        "SELECT is_target, verdict != 'clear' AS is_flagged FROM verdicts"
        " JOIN known_frames ON frame_id = incident_id"
        " WHERE is_test AND spotter = ? AND known_frames.threat >= ? AND known_frames.threat < ?",
        *(spotter, low_threat, high_threat),
    )
    counts = Counts()
    for row in rows:
        counts = counts.add(is_target=bool(row["is_target"]), is_flagged=bool(row["is_flagged"]))
    return counts
