"""The data directory at a start: held by one supervisor, writable, and with what belongs together.

What is wrong is a sentence with what to do, and seda does not start: each of these would cost
decisions or evidence if it went on. The lock is a file of its own, held by flock for as long as the
supervisor lives; a second one may have another run directory and would not see the first there.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from seda.disk.durable import make_directory
from seda.disk.locking import Locked, lock_file
from seda.keys import lease_key

LOCK = "supervisor.lock"
_PID_BYTES = 32
_STORE, _EVIDENCE = Path("alarm", "store.sqlite"), Path("alarm", "evidence")
"""As store.file.places has them."""


class DataDirectoryError(Exception):
    """The data directory cannot be used; the words say what to do."""


class DataDirectoryInUse(DataDirectoryError):
    """Another supervisor holds it."""


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the directory, made where there is none; raise DataDirectoryError where it is wrong."""
    lock = _lock(path)
    try:
        if found := list(problems(path)):
            raise DataDirectoryError("\n".join(found))
        yield
    finally:
        os.close(lock)


def problems(path: Path) -> Iterator[str]:
    """Name what is wrong with a directory that is there."""
    unwritable = [it for it in _directories(path) if not os.access(it, os.W_OK | os.X_OK)]
    for folder in unwritable:
        yield (
            f"this user may not write in {folder}: give it to this user (chown, chmod u+rwx), or"
            " mount its disk for writing"
        )
    if not unwritable:
        yield from _key_problems(path)
        yield from _store_problems(path / _STORE, path / _EVIDENCE)


def _directories(path: Path) -> Iterator[Path]:
    """Name the directory and those of the stages."""
    if path.is_dir():
        yield path
        yield from sorted(it for it in path.iterdir() if it.is_dir() and not it.is_symlink())


def _key_problems(path: Path) -> Iterator[str]:
    if (path / lease_key.FILE).exists():
        try:
            lease_key.read(str(path))
        except lease_key.LeaseKeyError as error:
            yield str(error)


def _store_problems(store: Path, evidence: Path) -> Iterator[str]:
    """Say so where evidence is there and the store that tells what it is about is not."""
    if not _has_files(evidence):
        return
    if not store.exists() or store.stat().st_size == 0:
        what = "is missing" if not store.exists() else "is empty"
    else:
        what = _damage(store)
    if what:
        yield (
            f"the store {store} {what}, but evidence of earlier decisions lies in {evidence}: bring"
            f" the store back from a backup, or move {store.parent} away to begin anew"
        )


def _has_files(folder: Path) -> bool:
    return next((True for _, _, names in os.walk(folder) if names), False)


def _damage(store: Path) -> str:
    """Say what is wrong with a store that is there: its newest line has to be readable."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)
        ) as db:
            found = db.execute("SELECT 1 FROM ledger ORDER BY number DESC LIMIT 1").fetchone()
    except sqlite3.Error as error:
        return f"is damaged ({error})"
    return "" if found else "knows of no decision"


def _lock(path: Path) -> int:
    name = path / LOCK
    try:
        make_directory(path)
        lock = lock_file(name)
    except Locked:
        pid = name.read_bytes()[:_PID_BYTES].decode(errors="replace").strip()
        raise DataDirectoryInUse(
            f"another seda runs on the data directory {path} (process {pid or 'unknown'}): stop"
            " that one, or give this one a data_directory of its own"
        ) from None
    except OSError as error:
        raise DataDirectoryError(
            f"the data directory {path} cannot be written: {error.strerror}; let this user write "
            "there, make room, or set data_directory to another place"
        ) from None
    os.pwrite(lock, str(os.getpid()).ljust(_PID_BYTES).encode(), 0)
    return lock
