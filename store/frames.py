"""Which files of the evidence belong to a judged frame, by the names that assignment gave them."""

from collections.abc import Iterable

import attrs

from store.evidence import note_evidence
from store.file.database import Transaction

PICTURE, HEAT, USUAL, FACTS = "frame.jpg", "heat.png", "usual.jpg", "facts.json"


@attrs.frozen
class Kept:
    """A file of a frame that is on the disk."""

    name: str
    sha256: str
    size_bytes: int


def note_frame(
    tx: Transaction, frame_id: str, camera: str, root: str, files: Iterable[Kept]
) -> None:
    """Remember a frame's files; called after `Evidence.keep`."""
    tx.run(
        "INSERT INTO frames VALUES (?, ?, ?, ?) ON CONFLICT (frame_id)"
        " DO UPDATE SET kept_s = excluded.kept_s",
        *(frame_id, camera, root, tx.at_s),
    )
    for file in files:
        note_evidence(tx, root, file.sha256, file.size_bytes)
        tx.run(
            "INSERT INTO frame_files VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            *(frame_id, file.name, file.sha256),
        )


def link_frame(tx: Transaction, old_id: str, new_id: str) -> None:
    """Give the files of a frame to another one too."""
    tx.run(
        "INSERT INTO frames SELECT ?, camera, root, ? FROM frames WHERE frame_id = ?",
        *(new_id, tx.at_s, old_id),
    )
    tx.run(
        "INSERT INTO frame_files SELECT ?, name, sha256 FROM frame_files WHERE frame_id = ?",
        *(new_id, old_id),
    )


def find_file(tx: Transaction, frame_id: str, name: str) -> str | None:
    """Return the hash of a frame's file."""
    statement = "SELECT sha256 FROM frame_files WHERE frame_id = ? AND name = ?"
    row = tx.one(statement, frame_id, name)
    return row["sha256"] if row is not None else None


def find_files(tx: Transaction, frame_id: str) -> dict[str, str]:
    """Return the hashes of a frame's files by their names."""
    rows = tx.run("SELECT name, sha256 FROM frame_files WHERE frame_id = ? ORDER BY name", frame_id)
    return {row["name"]: row["sha256"] for row in rows}


def find_newest(tx: Transaction, camera: str, name: str) -> str | None:
    """Return the hash of such a file of the frame of a camera that was kept last."""
    row = tx.one(
        "SELECT sha256 FROM frames JOIN frame_files USING (frame_id)"
        " WHERE camera = ? AND name = ? ORDER BY kept_s DESC LIMIT 1",
        *(camera, name),
    )
    return row["sha256"] if row is not None else None


def list_files(tx: Transaction, frame_id: str) -> list[str]:
    """Return the names of a frame's files."""
    rows = tx.run("SELECT name FROM frame_files WHERE frame_id = ? ORDER BY name", frame_id)
    return [row["name"] for row in rows]


def find_camera(tx: Transaction, frame_id: str) -> str | None:
    """Return the camera of a frame that is kept."""
    row = tx.one("SELECT camera FROM frames WHERE frame_id = ?", frame_id)
    return row["camera"] if row is not None else None
