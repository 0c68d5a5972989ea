"""Numbers of connections, each greater than any before of its camera, whatever the clock does.

A number is the wall time in milliseconds, or one more than the highest there was. Whoever takes a
camera over (another handler, the next start) may find a clock that was set back meanwhile, and with
numbers below the old ones every chunk would be late for ever. So the highest is handed on in a file
of the stage. It is written with each connection and synced now and then; after a start of the
machine, of which the last writes may be missing, numbers go on a good deal above what it says.
"""

import fcntl
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import msgspec

from seda import logs
from seda.disk import small_files
from seda.disk.durable import replace_file
from seda.disk.small_files import Unreadable, set_aside
from stages.camera.source.clocks import Epochs

FILE = "epoch.json"
SYNC_EVERY_S = 60.0
AFTER_BOOT_MS = 10 * 60 * 1000
"""More than is connected between two syncs and what the disk does by itself."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")

_log = logs.get(__name__)


@attrs.frozen
class Highest:
    """What stands in the file."""

    epoch: int
    boot: str
    """Of the machine, when it was written."""
    checksum: int
    """A changed digit would be believed."""


class KeptEpochs:
    """The numbers of one handler, which are those of all handlers and starts."""

    def __init__(
        self, folder: Path, count: Callable[[str], None], now_ms: Callable[[], int]
    ) -> None:
        self._path = folder / FILE
        self._count = count
        self._boot = _BOOT.read_text().strip() if _BOOT.exists() else ""
        self._epochs = Epochs(now_ms)
        self._synced_s = float("-inf")
        self._is_failing = False

    def next(self) -> int:
        """Return one more."""
        with self._alone():
            self._epochs.rise_to(self._read())
            epoch = self._epochs.next()
            self._write(epoch)
        return epoch

    def note(self, epoch: int) -> None:
        """Another process made this number for a camera of ours; raise ValueError if it cannot be.

        It would be everybody's: whoever reads what a stranger sends could spoil all others' by it.
        """
        with self._alone():
            highest = self._read()
            if not 0 <= epoch <= self._epochs.highest(highest) + AFTER_BOOT_MS:
                raise ValueError(f"a connection with the number {epoch}")
            if epoch > highest:
                self._epochs.rise_to(epoch)
                self._write(epoch)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other handlers out: they read and write the same file."""
        try:
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:  # nothing can be read or written there, which writing says
            yield
            return
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)  # held for two small files, and left with a process
            yield
        finally:
            os.close(folder)

    def _read(self) -> int:
        try:
            found = small_files.read(self._path, Highest)
            if found is None:
                return 0
            if found != _sealed(found.epoch, found.boot):
                raise Unreadable(self._path, "its checksum is wrong")
        except Unreadable as error:
            self._count("unreadable_files")
            _log.warning("what was the highest connection is not known", why=set_aside(error))
            return 0
        return found.epoch + (0 if found.boot == self._boot else AFTER_BOOT_MS)

    def _write(self, epoch: int) -> None:
        content = msgspec.json.encode(_sealed(epoch, self._boot))
        now_s = time.monotonic()
        try:
            if now_s - self._synced_s >= SYNC_EVERY_S:
                replace_file(self._path, content)
                self._synced_s = now_s
            else:
                fresh = self._path.with_name(f"{FILE}.new")
                fresh.write_bytes(content)
                fresh.replace(self._path)
            self._is_failing = False
        except OSError as error:
            if not self._is_failing:
                words = (
                    "the highest connection cannot be noted; it is tried again with the next one"
                )
                _log.warning(words, path=str(self._path), why=error.strerror)
            self._is_failing = True


def _sealed(epoch: int, boot: str) -> Highest:
    return Highest(epoch, boot, zlib.crc32(f"{epoch} {boot}".encode()))
