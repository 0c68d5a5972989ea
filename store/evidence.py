"""Evidence: the judged frame and its strip, as files named by their hash beside the store.

A file is copied, synced and renamed before the verdict is answered, so that whoever was told
"recorded" can have it shown. Equal content is one file.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from seda.disk.durable import make_directory, sync_directory, write_synced
from store.file.database import Transaction

_SYNCS_AT_ONCE = 8


class Evidence:
    """A folder of files that are never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_made = False

    def keep(self, content: bytes) -> str:
        """Bring content to the disk and give its hash."""
        return self.keep_all([content])[0]

    def keep_all(self, contents: Sequence[bytes]) -> list[str]:
        """Bring contents to the disk together, and give the hash of each.

        Syncs that are under way at the same time share the journal's: 16 pictures take as long as
        one (4 ms instead of 55, ext4).
        """
        digests = [sha256(content).hexdigest() for content in contents]
        found = dict(zip(digests, contents, strict=True))
        folders = {self.locate(digest).parent for digest in found}
        if not self._is_made:
            make_directory(self._folder)
            self._is_made = True
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
        with ThreadPoolExecutor(min(_SYNCS_AT_ONCE, len(found) or 1)) as pool:
            fresh = {self.locate(name): it for name, it in found.items() if not self._has(name, it)}
            try:
                list(pool.map(write_synced, map(_beside, fresh), fresh.values()))
                for path in fresh:
                    _beside(path).rename(path)
            except OSError:
                for path in fresh:  # half files would be what fills a full disk
                    _beside(path).unlink(missing_ok=True)
                raise
            # Also where nothing is new: whoever wrote it may have died before this.
            list(pool.map(sync_directory, (self._folder, *folders)))
        return digests

    def locate(self, digest: str) -> Path:
        """Return the path of a file by its hash; a request can name it in no other way."""
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError(f"{digest!r} is not a SHA-256 in lower-case hexadecimal")
        return self._folder / digest[:2] / f"{digest}.jpg"

    def _has(self, digest: str, content: bytes) -> bool:
        """Whether a file is there and is this, so that one that is damaged is written anew."""
        try:
            return self.locate(digest).read_bytes() == content
        except OSError:
            return False

    def is_intact(self, digest: str) -> bool:
        """Whether a file is there and is what was kept."""
        path = self.locate(digest)
        return path.exists() and sha256(path.read_bytes()).hexdigest() == digest

    def discard(self, digest: str) -> None:
        """Remove a file; one that is gone already is no error."""
        self.locate(digest).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_suffix(".fresh")


def note_evidence(tx: Transaction, root: str, digest: str, size_bytes: int) -> None:
    """Remember a file and the incident that it belongs to; called after `Evidence.keep`."""
    tx.run(
        "INSERT INTO evidence VALUES (?, ?, ?, ?) ON CONFLICT (sha256)"
        " DO UPDATE SET kept_s = excluded.kept_s",
        *(digest, root, size_bytes, tx.at_s),
    )
