"""The file: group commit, refusals, readers, the chain, and a writer that is killed."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from store.file.chain import Break
from store.file.database import Refused, Store, StoreInUse, Transaction, read
from store.file.migrations import MIGRATIONS, TooNewError
from tests.store.scripted import count, decide, find_break_in, open_store

WRITER = [sys.executable, "-m", "tests.store.crashing_writer"]


def refuse(_tx: Transaction) -> None:
    """A change that cannot be made."""
    raise Refused("no")


def write_note(tx: Transaction) -> str:
    """A change that can."""
    return tx.note("note", "subject", "anna").kind


def test_the_file_is_safe_against_power_cuts(tmp_path: Path) -> None:
    """Write-ahead log, and synced at every commit."""
    with open_store(tmp_path / "store") as store:
        assert store.write_one(0.0, lambda tx: tx.run("PRAGMA journal_mode").fetchone()[0]) == "wal"
        assert store.write_one(0.0, lambda tx: tx.run("PRAGMA synchronous").fetchone()[0]) == 2


def test_a_refused_change_leaves_the_rest_of_its_group(tmp_path: Path) -> None:
    """Several requests share a sync, but not their mistakes."""
    path = tmp_path / "store"

    def write_and_refuse(tx: Transaction) -> None:
        write_note(tx)
        raise Refused("half done")

    with open_store(path) as store:
        results = store.write(1.0, [write_note, write_and_refuse, refuse, write_note])
    assert [str(result) for result in results] == ["note", "half done", "no", "note"]
    with read(path) as tx:
        assert count(tx, "ledger") == 2
    assert find_break_in(path) is None


def test_any_other_error_undoes_the_group(tmp_path: Path) -> None:
    """A bug answers nobody "recorded"."""
    path = tmp_path / "store"
    with open_store(path) as store:
        with pytest.raises(sqlite3.OperationalError):
            store.write(1.0, [write_note, lambda tx: tx.run("NONSENSE")])
        assert store.write(1.0, [write_note]) == ["note"]
    with read(path) as tx:
        assert count(tx, "ledger") == 1


def test_one_refused_change_is_raised(tmp_path: Path) -> None:
    """Whoever makes a single change hears of its refusal as an error."""
    with open_store(tmp_path / "store") as store, pytest.raises(Refused, match="no"):
        store.write_one(1.0, refuse)


def test_there_is_one_writer(tmp_path: Path) -> None:
    """A second writer is refused, until the first has gone."""
    path = tmp_path / "store"
    with open_store(path), pytest.raises(StoreInUse, match="another process"):
        Store(path)
    Store(path).close()


def test_a_reader_sees_one_instant_and_writes_nothing(tmp_path: Path) -> None:
    """While it reads, commits go on without it."""
    path = tmp_path / "store"
    with open_store(path) as store:
        store.write(1.0, [write_note])
        with read(path) as tx:
            assert count(tx, "ledger") == 1
            store.write(2.0, [write_note])
            assert count(tx, "ledger") == 1
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                write_note(tx)
        with read(path) as tx:
            assert count(tx, "ledger") == 2


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """Rather than written to with too old a schema."""
    path = tmp_path / "store"
    with open_store(path) as store:
        assert store.schema == len(MIGRATIONS)
        store.write_one(0.0, lambda _tx: None)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(TooNewError, match="run the version that wrote it"):
        Store(path)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE ledger SET content = '{}' WHERE number = 3", "3 is not what was written"),
        ("UPDATE ledger SET at_s = 1 WHERE number = 3", "3 is not what was written"),
        ("UPDATE ledger SET frame_sha256 = '' WHERE number = 3", "3 is not what was written"),
        ("DELETE FROM ledger WHERE number = 3", "3 is missing"),
        ("DELETE FROM ledger WHERE number = 1", "1 is missing"),
        ("UPDATE ledger SET digest = x'00' WHERE number = 3", "3 is not what was written"),
    ],
)
def test_the_chain_shows_what_was_tampered_with(tmp_path: Path, statement: str, found: str) -> None:
    """Whatever is changed or taken out afterwards breaks the chain where it was."""
    path = tmp_path / "store"
    with open_store(path) as store:
        for n in range(3):
            decide(store, f"g-{n}", root=f"r{n}")
        assert find_break_in(path) is None
        store.write_one(0.0, lambda tx: tx.run(statement))
    broken = find_break_in(path)
    assert isinstance(broken, Break)
    assert found in broken.reason


def test_an_entry_that_was_rewritten_with_its_digest_breaks_the_next(tmp_path: Path) -> None:
    """A forger would have to rewrite everything that follows, too."""
    path = tmp_path / "store"
    with open_store(path) as store:
        store.write(1.0, [write_note, write_note])

        def forge(tx: Transaction) -> None:
            tx.run("DELETE FROM ledger WHERE number = 2")
            tx.note("forged", "subject", "anna")
            tx.run("UPDATE ledger SET number = 3, previous = zeroblob(32) WHERE number = 2")
            tx.run("DELETE FROM ledger WHERE number = 2")

        store.write_one(2.0, forge)
    assert find_break_in(path) == Break(2, "entry 2 is missing")


@pytest.mark.parametrize("kill_after", [3, 60, 150])
def test_a_killed_writer_loses_nothing_that_was_answered(tmp_path: Path, kill_after: int) -> None:
    """Killed while it writes as fast as it can: every answered verdict is there, whole."""
    path = tmp_path / "store"
    answered: list[str] = []
    with subprocess.Popen([*WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        while len(answered) < kill_after:
            answered += writer.stdout.readline().split()
        writer.kill()
        answered += writer.stdout.read().split()
    with open_store(path):
        pass
    with read(path) as tx:
        recorded = {row["lease_id"] for row in tx.run("SELECT lease_id FROM verdicts")}
        assert set(answered) <= recorded
        assert len(recorded) % 3 == 0, "a group is all or nothing"
        assert count(tx, "alarms") == count(tx, "deliveries") == len(recorded)
    assert find_break_in(path) is None


def test_a_writer_killed_in_a_transaction_leaves_none_of_it(tmp_path: Path) -> None:
    """Two verdicts of the group were written when it died; nobody was told, and none is there."""
    path = tmp_path / "store"
    arguments = [*WRITER, str(path), "halfway"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        while writer.stdout.readline() != "halfway\n":
            pass
        with pytest.raises(StoreInUse):
            Store(path)
        writer.kill()
    with open_store(path):
        pass
    with read(path) as tx:
        assert count(tx, "verdicts") == 15
    assert find_break_in(path) is None
