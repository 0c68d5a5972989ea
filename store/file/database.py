"""The SQLite file: opening it, its one writer, group commit, and readers.

`Store.write` runs several changes in one transaction, each in a savepoint of its own, and commits
once: one sync of the disk for all of them, after which every one of them may be answered. A change
that refuses (a `Refused`) or has a bug is undone alone; a database that fails undoes the group.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from seda.disk.durable import make_directory
from seda.disk.locking import Locked, lock_file
from store.file.chain import START, Break, Entry, find_break, seal
from store.file.content import to_json
from store.file.migrations import migrate

BUSY_S = 5.0
"""How long a reader waits for the writer's checkpoint; it is done long before."""


class Refused(Exception):
    """A change that cannot be made; the message is for the person who asked."""


class Missing(Refused):
    """There is nothing of that name for the person who asked."""


class StoreInUse(Exception):
    """Another process writes this store."""


@attrs.frozen
class Transaction:
    """What a change works with: statements, and the ledger."""

    connection: sqlite3.Connection
    at_s: float

    def run(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Run one statement."""
        return self.connection.execute(statement, values)

    def one(self, statement: str, *values: object) -> sqlite3.Row | None:
        """Return the only row, or None."""
        row: sqlite3.Row | None = self.run(statement, *values).fetchone()
        return row

    def note(
        self, kind: str, subject: str, actor: str, content: object = None, frame_sha256: str = ""
    ) -> Entry:
        """Add a line to the ledger, in the same transaction as what it speaks of."""
        last = self.one("SELECT number, digest FROM ledger ORDER BY number DESC LIMIT 1")
        last = last or self.one("SELECT number, digest FROM anchor")
        entry = seal(
            Entry(
                number=last["number"] + 1 if last else 1,
                at_s=self.at_s,
                kind=kind,
                subject=subject,
                actor=actor,
                content=to_json(content),
                frame_sha256=frame_sha256,
                previous=last["digest"] if last else START,
            )
        )
        self.run("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *attrs.astuple(entry))
        return entry


Change = Callable[[Transaction], Any]


class Store:
    """The writer; there is one, and it holds a lock for as long as it lives."""

    def __init__(self, path: Path) -> None:
        make_directory(path.parent)
        self._lock_fd = _lock(path)
        try:
            # From whatever thread, but never from two at once.
            self._connection = _connect(f"{path.absolute().as_uri()}?mode=rwc", threads=True)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            # Savepoints would open files elsewhere, where the stage may not write.
            self._connection.execute("PRAGMA temp_store = MEMORY")
            self.schema = migrate(self._connection)
        except BaseException:
            os.close(self._lock_fd)
            raise

    def write(self, at_s: float, changes: Sequence[Change]) -> list[Any]:
        """Make the changes and sync; give for each what it returned, or what it raised."""
        with _transaction(self._connection, "BEGIN IMMEDIATE"):
            transaction = Transaction(self._connection, at_s)
            return [_try(transaction, change) for change in changes]

    def write_one(self, at_s: float, change: Change) -> Any:  # noqa: ANN401 - as the change returns
        """Make one change, and raise what it raised."""
        (result,) = self.write(at_s, [change])
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        """Close the file and let the next writer in."""
        self._connection.close()
        os.close(self._lock_fd)


@contextmanager
def read(path: Path) -> Iterator[Transaction]:
    """Open the store read-only for one short transaction: everything in it is of one instant."""
    connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
    try:
        connection.execute("PRAGMA query_only = ON")
        with _transaction(connection, "BEGIN"):
            yield Transaction(connection, 0.0)
    finally:
        connection.close()


def verify(transaction: Transaction) -> Break | None:
    """Verify the chain of the ledger, from the anchor that retention left."""
    anchor = transaction.one("SELECT number, digest FROM anchor")
    rows = transaction.run("SELECT * FROM ledger ORDER BY number")
    entries = (Entry(**dict(row)) for row in rows)
    return find_break(entries, *(tuple(anchor) if anchor else (0, START)))


def _connect(uri: str, *, threads: bool = False) -> sqlite3.Connection:
    # Transactions are begun and ended here and by nobody else, hence no isolation level.
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=not threads
    )
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _text(content: bytes) -> str:
    """Read a text; SQLite has no checksums, and one that is damaged must not end who reads it."""
    return content.decode("utf-8", "replace")


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk ends a transaction by itself; rolling back twice would hide the reason.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _try(transaction: Transaction, change: Change) -> object:
    transaction.run("SAVEPOINT change")
    try:
        result: object = change(transaction)
    except sqlite3.Error:
        raise  # a full disk, say, which has ended the transaction already
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to suffer
        transaction.run("ROLLBACK TO change")
        result = error
    transaction.run("RELEASE change")
    return result


def _lock(path: Path) -> int:
    try:
        return lock_file(Path(f"{path}.lock"))
    except Locked as error:
        raise StoreInUse(f"{path} is written by another process; ask that one") from error
