"""A disk that loses its power: what of a folder is on it, and what a cut may leave.

Theory of operation. Every `os.fsync` and `os.fdatasync` of the process is taken down while a `Disk`
watches: of a file its content, of a directory its names. That alone is safe. A cut leaves of
everything else what chance wants: an unsynced name is there or not, an unsynced content is the old
one, the new one, or the new one cut anywhere. SQLite syncs out of sight of Python; what it promises
with `synchronous=FULL`, that a commit which returned is on the disk, is told by `note_commit`.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest import mock

import attrs

_SHARES = (0.0, 0.5, 1.0)
"""Of what was not synced; drawn for each directory: the kernel writes one before another."""
_GONE_AFTER_A_CUT = "-shm"
"""SQLite's index of the log lies in memory and is made anew."""


@attrs.define
class _Synced:
    """What is on the disk for sure, by inode; in memory no inode's number is used again."""

    contents: dict[int, bytes] = attrs.Factory(dict)
    names: dict[int, dict[str, int]] = attrs.Factory(dict)


class Disk:
    """Knows what is synced of everything below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._synced = _Synced()
        self._lock = threading.Lock()
        self.on_event: Callable[[], None] = _do_nothing
        """Called before and after each sync, and before each write: a cut may come there."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take down what is synced; nothing really is, as no power is lost here."""
        with (
            mock.patch.object(os, "fsync", self._sync),
            mock.patch.object(os, "fdatasync", self._sync),
            mock.patch.object(os, "write", self._announce(os.write)),
        ):
            yield

    def _announce(self, write: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
        def announced(descriptor: int, content: bytes) -> int:
            if self._find(descriptor):
                with self._lock:
                    self.on_event()
            return write(descriptor, content)

        return announced

    def _find(self, descriptor: int) -> Path | None:
        """Return the file, if it is one of this disk: an image is opened meanwhile, too."""
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        return path if path.is_relative_to(self._root) else None

    def _sync(self, descriptor: int) -> None:
        path = self._find(descriptor)
        if path is None:
            return
        with self._lock:
            self.on_event()
            inode = os.fstat(descriptor).st_ino
            if path.is_dir():
                self._synced.names[inode] = _names(path)
            elif path.exists():
                self._synced.contents[inode] = path.read_bytes()
            self.on_event()

    def note_commit(self, store: Path) -> None:
        """Take down that SQLite has committed and synced."""
        names = self._synced.names.setdefault(store.parent.stat().st_ino, {})
        for path in store.parent.glob(f"{store.name}*"):
            if not path.name.endswith((_GONE_AFTER_A_CUT, ".lock")):
                names[path.name] = inode = path.stat().st_ino
                self._synced.contents[inode] = path.read_bytes()

    def cut(self, target: Path, chance: Random | None) -> None:
        """Make what a cut may leave; without chance, what is synced and nothing else."""
        self._cut(self._root, target, chance)

    def _cut(self, source: Path, target: Path, chance: Random | None) -> None:
        target.mkdir(mode=0o700)
        luck = _Luck(chance, chance.choice(_SHARES) if chance else 0.0)
        present = _names(source)
        safe = self._synced.names.get(source.stat().st_ino, {})
        for name in sorted(present.keys() | safe.keys()):
            inode = luck.choose(safe.get(name), present.get(name))
            if inode is None or name.endswith(_GONE_AFTER_A_CUT):
                continue
            path = source / name
            if present.get(name) == inode and path.is_dir():
                self._cut(path, target / name, chance)
            else:
                now = path.read_bytes() if present.get(name) == inode else None
                content = luck.tear(self._synced.contents.get(inode, b""), now)
                (target / name).write_bytes(content)


@attrs.frozen
class _Luck:
    """How much of what was not synced is there, in one directory."""

    chance: Random | None
    share: float

    def _is_there(self) -> bool:
        return self.chance is not None and self.chance.random() < self.share

    def choose(self, safe: int | None, present: int | None) -> int | None:
        """Choose what a name stands for: what was synced, or what it became."""
        return present if safe != present and self._is_there() else safe

    def tear(self, safe: bytes, now: bytes | None) -> bytes:
        """Choose what is there of a content: all, nothing, or the new one up to anywhere."""
        if self.chance is None or now is None or now == safe or not self._is_there():
            return safe
        if self._is_there():
            return now
        if now.startswith(safe):
            return now[: self.chance.randint(len(safe), len(now))]
        return now[: self.chance.randrange(len(now) + 1)]


def _do_nothing() -> None:
    """Let the power be."""


def _names(folder: Path) -> dict[str, int]:
    with os.scandir(folder) as entries:
        return {entry.name: entry.inode() for entry in entries}
