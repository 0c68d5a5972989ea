"""What one watch leaves for the next."""

import attrs

from stages.store.database import Transaction


@attrs.frozen
class HandoverNote:
    """What somebody wrote."""

    author: str
    text: str
    at_s: float


def add_handover_note(tx: Transaction, author: str, text: str) -> None:
    """Leave a note."""
    tx.run(
        "INSERT INTO handover_notes (author, text, at_s) VALUES (?, ?, ?)", author, text, tx.at_s
    )
    tx.note("watch handed over", "", author, {"text": text})


def list_handover_notes(tx: Transaction, most: int) -> list[HandoverNote]:
    """Give the notes, the newest first."""
    statement = "SELECT author, text, at_s FROM handover_notes ORDER BY note_id DESC LIMIT ?"
    return [HandoverNote(**dict(row)) for row in tx.run(statement, most)]
