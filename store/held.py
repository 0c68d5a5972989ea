"""Alarms that are held back while somebody works on their camera, and raised when that is over."""

from store.alarms import Occasion
from store.file.database import Transaction


def hold_alarm(tx: Transaction, occasion: Occasion, why: str) -> None:
    """Keep an alarm for later; the ledger says why it was not raised at once."""
    row = tx.run(
        "INSERT INTO held_alarms VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
        *(occasion.root, occasion.camera, occasion.cause, occasion.sentence),
        *(occasion.actor, occasion.frame_id, tx.at_s),
    ).fetchone()
    if row is not None:
        content = {"camera": occasion.camera, "cause": occasion.cause, "why": why}
        tx.note("alarm held back", occasion.root, occasion.actor, content)


def drop_held(tx: Transaction, root: str, actor: str) -> bool:
    """Forget a held alarm, because what it was about is over; say whether there was one."""
    row = tx.run("DELETE FROM held_alarms WHERE root = ? RETURNING camera", root).fetchone()
    if row is not None:
        tx.note("held alarm dropped", root, actor, {"camera": row["camera"]})
    return row is not None


def list_held(tx: Transaction) -> set[str]:
    """Return the cameras that have alarms held back."""
    return {row["camera"] for row in tx.run("SELECT DISTINCT camera FROM held_alarms")}


def take_held(tx: Transaction, camera: str) -> list[Occasion]:
    """Return a camera's held alarms, the oldest first, and hold them no more."""
    rows = tx.run("SELECT * FROM held_alarms WHERE camera = ? ORDER BY at_s", camera).fetchall()
    tx.run("DELETE FROM held_alarms WHERE camera = ?", camera)
    names = ("root", "camera", "cause", "sentence", "actor", "frame_id")
    return [Occasion(**{name: row[name] for name in names}) for row in rows]
