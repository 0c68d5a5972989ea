"""The append-only file that makes the pool survive a crash. It stores facts and knows no policy.

Theory of operation. The stage calls `append` with the facts of each happening and `commit` once for
all that it handled in one turn of its loop: one write for the group, before any of its commands is
carried out. What is written survives the death of the process; what is synced survives a power cut.
`commit` syncs by itself where `sync_every_s` is 0; otherwise the stage calls `sync` from a thread
when `is_sync_due` says so, and a power cut (which takes every connection and browser's hold with
it) loses at most that much. Verdicts are not at stake: they are in the store before they come here.
But leases may have been given by what is lost, so each opening draws a new generation, which is
part of every lease id, and syncs it before it returns: no id occurs twice, whatever was lost.

A crash in the middle of a write leaves a torn record at the end. Opening cuts the file after the
last whole record, keeps what it cut beside the journal, and says so. The facts of that record were
never acted upon, because acting waits for the write. Damage with whole records behind it is no torn
end: what follows it cannot be applied without what is missing, so it is cut off as well, and the
whole file is kept.

When the file has grown to a multiple of its snapshot, `compact` writes header and snapshot to a new
file, syncs it and renames it over the old one, so that at every instant one whole journal exists.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from seda.descriptors import write_all
from seda.disk import room
from seda.disk.durable import make_directory, sync_directory
from seda.disk.locking import Locked, lock_file
from stages.assignment.clock import wall_s
from stages.assignment.journal.records import (
    VERSION,
    Batch,
    Header,
    JournalDamageError,
    Snapshot,
    count_records,
    decode,
    encode_batch,
    encode_header,
    encode_snapshot,
    frame_record,
    split_records,
)
from stages.assignment.policy.commands import Fact

COMPACT_BYTES_MIN = 4 * 1024 * 1024
"""Smaller files are replayed in a fraction of a second and not worth rewriting."""

COMPACT_FACTOR = 4
"""Rewriting a file this many times its snapshot keeps the cost of it to a third of the writing."""


class JournalInUseError(Exception):
    """Another process writes this journal."""


@attrs.frozen
class Damage:
    """What opening cut off, and where it is kept."""

    offset_bytes: int
    lost_bytes: int
    kept_at: Path
    records_after: int = 0
    """Whole records behind the damage; none where only the end was torn."""


@attrs.frozen
class Past:
    """What a journal held when it was opened."""

    generation: str
    snapshot: Snapshot | None
    batches: tuple[Batch, ...]
    damage: Damage | None
    boot: str = ""
    """Which start of the machine it was opened in before."""

    @property
    def clocks_s(self) -> tuple[float, float] | None:
        """The policy's clock and the wall clock at the last record."""
        last = self.batches[-1] if self.batches else self.snapshot
        return (last.now_s, last.wall_s) if last else None


class Journal:
    """An open journal; one process at a time holds it."""

    def __init__(self, path: Path, *, sync_every_s: float, generation: str, boot: str = "") -> None:
        """Open or make the journal; `generation` is that of the leases from now on."""
        make_directory(path.parent)
        self._path = path
        self._sync_every_s = sync_every_s
        self._header = Header(version=VERSION, generation=generation, boot=boot)
        self._lock_fd = _lock(path)
        self._pending: list[bytes] = []
        self._synced_s: float | None = None
        self._is_dirty = False
        self._fd = -1
        try:
            self.past = self._recover()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def append(self, now_s: float, wall_s: float, facts: Sequence[Fact]) -> None:
        """Add the facts of one happening to the next commit."""
        batch = Batch(now_s=now_s, wall_s=wall_s, facts=tuple(facts))
        self._pending.append(frame_record(encode_batch(batch)))

    def commit(self) -> None:
        """Write what was appended, whole or not at all; after an error the caller must not act.

        It may commit again: the records still wait.
        """
        if not self._pending:
            return
        whole_bytes = os.fstat(self._fd).st_size
        try:
            write_all(self._fd, b"".join(self._pending))
        except OSError:
            os.ftruncate(self._fd, whole_bytes)
            raise
        self._pending.clear()
        self._is_dirty = True
        if self._sync_every_s == 0:
            self.sync()

    def is_sync_due(self, now_s: float) -> bool:
        """Whether something written waits for longer than it may; asks for the caller's clock."""
        if not self._is_dirty:
            self._synced_s = now_s
            return False
        if self._synced_s is None:
            self._synced_s = now_s
        return now_s - self._synced_s >= self._sync_every_s

    def sync(self) -> None:
        """Bring everything written to the disk; from a thread too, but not during `compact`."""
        self._is_dirty = False
        os.fdatasync(self._fd)

    @property
    def is_due_for_compaction(self) -> bool:
        """Whether the file has outgrown what it says."""
        size = os.fstat(self._fd).st_size
        return size > max(COMPACT_BYTES_MIN, COMPACT_FACTOR * self._base_bytes)

    def compact(self, snapshot: Snapshot, facts: Sequence[Fact] = ()) -> None:
        """Replace the file by a snapshot of what it led to; `facts` are kept as they were."""
        self.commit()
        fd = _write_fresh(self._path, self._header, snapshot, facts)
        os.close(self._fd)
        self._fd = fd
        self._base_bytes = os.fstat(fd).st_size
        self._is_dirty = False
        self.past = Past(self._header.generation, None, (), None)

    def close(self) -> None:
        """Close the file; what was appended and not committed is lost."""
        for fd in (self._fd, self._lock_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock_fd = -1

    def _recover(self) -> Past:
        with suppress(FileNotFoundError):
            _fresh_path(self._path).unlink()
        content = self._path.read_bytes() if self._path.exists() else b""
        ends_and_payloads = list(split_records(content))
        entries = [decode(payload) for _, payload in ends_and_payloads]
        snapshot, batches = _read(entries) if entries else (None, ())
        whole = ends_and_payloads[-1][0] if ends_and_payloads else 0
        damage = _cut(self._path, content, whole) if whole < len(content) else None
        if entries:
            has_snapshot = len(entries) > 1 and isinstance(entries[1], Snapshot)
            self._base_bytes = ends_and_payloads[1 if has_snapshot else 0][0]
            self._fd = _open_generation(self._path, self._header)
        else:
            self._fd = _write_fresh(self._path, self._header, None)
            self._base_bytes = os.fstat(self._fd).st_size
        before = [entry for entry in entries if isinstance(entry, Header)][-1:] or [self._header]
        return Past(self._header.generation, snapshot, batches, damage, before[0].boot)


def _read(entries: list[Header | Snapshot | Batch]) -> tuple[Snapshot | None, tuple[Batch, ...]]:
    header, *rest = entries
    if not isinstance(header, Header) or header.version != VERSION:
        raise JournalDamageError(
            f"the journal does not begin with a header of version {VERSION}: it is not a journal, "
            "or that of another version of seda; move it away to start with an empty pool"
        )
    snapshot = next((entry for entry in rest if isinstance(entry, Snapshot)), None)
    return snapshot, tuple(entry for entry in rest if isinstance(entry, Batch))


def _lock(path: Path) -> int:
    # A file of its own: the journal's is replaced by renaming, which would leave the lock behind.
    try:
        return lock_file(path.with_suffix(".lock"))
    except Locked as error:
        raise JournalInUseError(f"{path} is written by another process; end that first") from error


def _cut(path: Path, content: bytes, whole: int) -> Damage:
    """Cut off what cannot be read, and keep it for whoever wants to know."""
    records_after = count_records(content[whole:])
    if records_after:
        kept_at = path.with_suffix(f".damaged-{wall_s():.0f}")
        kept_at.write_bytes(content)
    else:
        kept_at = path.with_suffix(".torn")
        kept_at.write_bytes(content[whole:])
    os.truncate(path, whole)
    return Damage(whole, len(content) - whole, kept_at, records_after)


def _open_generation(path: Path, header: Header) -> int:
    """Open a journal for appending, with a new generation of lease ids on the disk.

    The record is a header once more, which earlier versions pass over.
    """
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    whole_bytes = os.fstat(fd).st_size
    try:
        write_all(fd, frame_record(encode_header(header)))
        os.fdatasync(fd)
        sync_directory(path.parent)
    except BaseException:
        os.ftruncate(fd, whole_bytes)
        os.close(fd)
        raise
    return fd


def _write_fresh(
    path: Path, header: Header, snapshot: Snapshot | None, facts: Sequence[Fact] = ()
) -> int:
    """Make a new file under another name, bring it to the disk, and rename it into place."""
    payloads = [encode_header(header)]
    if snapshot is not None:
        payloads.append(encode_snapshot(snapshot))
    if snapshot is not None and facts:
        batch = Batch(now_s=snapshot.now_s, wall_s=snapshot.wall_s, facts=tuple(facts))
        payloads.append(encode_batch(batch))
    fresh = _fresh_path(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
    fd = os.open(fresh, flags, 0o600)
    try:
        write_all(fd, b"".join(map(frame_record, payloads)))
        os.fsync(fd)
        fresh.rename(path)
        sync_directory(path.parent)
    except BaseException as error:
        os.close(fd)
        if room.is_full(error):
            fresh.unlink(missing_ok=True)
        raise
    return fd


def _fresh_path(path: Path) -> Path:
    return path.with_suffix(".fresh")
