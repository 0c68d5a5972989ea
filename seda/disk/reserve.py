"""Room on a disk that is taken beforehand, for what has to be written when nothing else is free.

A file of reserved blocks beside what it is for. It is made while there is plenty of room. When a
write fails because the disk is full, a step of it is given back and the write is tried again at
once, so that whoever fills the disk has a moment to take the step and no more. When there is room
again the file is made whole.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from seda.disk import measuring, room

T = TypeVar("T")


class Reserve:
    """The reserve of one directory's writer."""

    def __init__(self, path: Path, size_bytes: int, step_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._step_bytes = step_bytes
        self.held_bytes = path.stat().st_size if path.exists() else 0
        """Nobody else touches the file."""
        self._lock = Lock()
        """Whoever fills may be in another thread than who writes."""

    @property
    def has_room(self) -> bool:
        """Say whether another step can be written, out of the reserve or beside it."""
        if self.held_bytes:
            return True
        try:
            return measuring.measure(self._path.parent).free_bytes >= self._step_bytes
        except OSError:
            return True  # who writes will be told

    @property
    def is_whole(self) -> bool:
        """Say whether nothing of it was used."""
        return self.held_bytes >= self._size_bytes

    def fill(self) -> None:
        """Take the room, if as much again stays free; what the disk refuses is left to it."""
        if self.is_whole:
            return
        with suppress(OSError), self._lock:
            free_bytes = measuring.measure(self._path.parent).free_bytes + self.held_bytes
            if free_bytes >= 2 * self._size_bytes:
                self._take(self._size_bytes)

    def grow(self, freed_bytes: int) -> None:
        """Take what was given up for this, or as much of it as somebody else has left."""
        wanted_bytes = min(freed_bytes, self._size_bytes - self.held_bytes)
        while wanted_bytes >= self._step_bytes:
            with suppress(OSError), self._lock:
                self._take(self.held_bytes + wanted_bytes)
                return
            wanted_bytes //= 2

    def insist(self, write: Callable[[], T]) -> T:
        """Write; as long as the disk is full, give a step back and write again."""
        while True:
            try:
                return write()
            except OSError as error:
                if not room.is_full(error) or not self.release():
                    raise

    def release(self) -> bool:
        """Give a step back; say whether there was one."""
        with self._lock:
            had_some = self.held_bytes > 0
            if had_some:
                self.held_bytes = max(0, self.held_bytes - self._step_bytes)
                try:
                    os.truncate(self._path, self.held_bytes)
                except OSError:  # somebody has removed it
                    self.held_bytes, had_some = 0, False
        return had_some

    def _take(self, size_bytes: int) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size_bytes)
            self.held_bytes = size_bytes
        except OSError:
            os.ftruncate(descriptor, self.held_bytes)
            raise
        finally:
            os.close(descriptor)
