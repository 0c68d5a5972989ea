"""What one watch leaves for the next."""

import attrs

from store.file.database import Refused, Transaction

NOTES_A_DAY = 100
"""Of one person: they are kept for years, and nothing of them gives way on a full disk."""
_DAY_S = 86_400.0


@attrs.frozen
class HandoverNote:
    """What somebody wrote."""

    author: str
    text: str
    at_s: float


def add_handover_note(tx: Transaction, author: str, text: str) -> None:
    """Leave a note."""
    since_s = tx.at_s - _DAY_S
    statement = "SELECT count(*) AS n FROM handover_notes WHERE author = ? AND at_s > ?"
    (row,) = tx.run(statement, author, since_s)
    if row["n"] >= NOTES_A_DAY:
        raise Refused(f"{author} has left {NOTES_A_DAY} notes within a day; that has to do")
    tx.run(
        "INSERT INTO handover_notes (author, text, at_s) VALUES (?, ?, ?)", author, text, tx.at_s
    )
    tx.note("watch handed over", "", author, {"text": text})


def list_handover_notes(tx: Transaction, most: int) -> list[HandoverNote]:
    """Return the notes, the newest first."""
    statement = "SELECT author, text, at_s FROM handover_notes ORDER BY note_id DESC LIMIT ?"
    return [HandoverNote(**dict(row)) for row in tx.run(statement, most)]
