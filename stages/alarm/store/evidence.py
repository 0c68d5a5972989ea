"""Evidence: the judged frame and its strip, as files named by their hash beside the store.

A file is copied, synced and renamed before the verdict is answered, so that whoever was told
"recorded" can have it shown. Equal content is one file.
"""

import os
from hashlib import sha256
from pathlib import Path

from stages.alarm.store.database import Transaction


class Evidence:
    """A folder of files that are never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Bring content to the disk and give its hash."""
        digest = sha256(content).hexdigest()
        path = self.locate(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".fresh")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        for folder in (path.parent, self._folder):
            _sync(folder)
        return digest

    def locate(self, digest: str) -> Path:
        """Say where a file is, by its hash and by nothing else that anyone could send."""
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError(f"{digest!r} is not a SHA-256 in lower-case hexadecimal")
        return self._folder / digest[:2] / f"{digest}.jpg"

    def is_intact(self, digest: str) -> bool:
        """Whether a file is there and is what was kept."""
        path = self.locate(digest)
        return path.exists() and sha256(path.read_bytes()).hexdigest() == digest

    def discard(self, digest: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self.locate(digest).unlink(missing_ok=True)


def note_evidence(tx: Transaction, root: str, digest: str, size_bytes: int) -> None:
    """Remember a file and the incident that it belongs to; called after `Evidence.keep`."""
    tx.run(
        "INSERT INTO evidence VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(digest, root, size_bytes, tx.at_s),
    )


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
