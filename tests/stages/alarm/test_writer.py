"""Group commit: shared syncs, lonely failures, a disk that is full."""

import errno
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest
import trio

from seda.requests import Ask
from stages.alarm.dispatch import explain
from stages.alarm.requests import Request
from stages.alarm.writer import GROUP_MAX, Writer
from store.file.database import Missing, Refused, Store, Transaction, read
from store.file.faults import is_not_recorded
from tests.stages.alarm.serving import CLIENT
from tests.store.scripted import count, open_store

REQUEST = Request(Ask(CLIENT, None, "verdict"), b"")


def note(tx: Transaction) -> float:
    """A change; gives the time of its transaction."""
    tx.note("note", "subject", "anna")
    return tx.at_s


def break_down(_tx: Transaction) -> None:
    """A bug."""
    raise ZeroDivisionError("a bug")


def misspell(tx: Transaction) -> None:
    """A bug that only the database finds."""
    tx.run("NONSENSE")


async def gather(store: Store, changes: list[object]) -> list[object]:
    """Write all at once; give results and errors."""
    results: list[object] = [None] * len(changes)
    times = iter(range(1000))
    writer = Writer(store, lambda: float(next(times)))

    async def write(place: int) -> None:
        try:
            results[place] = await writer.write(changes[place])  # type: ignore[arg-type]  # a change
        except Exception as error:  # noqa: BLE001 - it is what is asked for
            results[place] = error

    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer.run)
        async with trio.open_nursery() as writes:
            for place in range(len(changes)):
                writes.start_soon(write, place)
        nursery.cancel_scope.cancel()
    return results


async def test_what_waits_at_the_same_moment_shares_a_transaction(tmp_path: Path) -> None:
    """Groups are bounded."""
    with open_store(tmp_path / "store") as store:
        times = await gather(store, [note] * (2 * GROUP_MAX))
    assert len(set(times)) <= 4


@pytest.mark.parametrize("bug", [break_down, misspell])
async def test_a_bug_in_one_write_spares_the_others(tmp_path: Path, bug: object) -> None:
    """It is answered 500, the rest is recorded."""
    path = tmp_path / "store"
    with open_store(path) as store:
        results = await gather(store, [note, bug, note])
        assert await gather(store, [note]) == [0.0]
    assert isinstance(results[1], ZeroDivisionError | sqlite3.OperationalError)
    assert explain(REQUEST, results[1]).status == 500
    with read(path) as tx:
        assert count(tx, "ledger") == 3


async def test_a_full_disk_records_nothing_and_says_so(tmp_path: Path) -> None:
    """Everybody of the group is told 503; once there is room again it goes on."""
    path = tmp_path / "store"

    def fill(tx: Transaction) -> None:
        tx.note("note", "subject", "anna", "x" * 100_000)

    with open_store(path) as store:
        store.write_one(0.0, lambda tx: tx.run("PRAGMA max_page_count = 60"))
        results = await gather(store, [fill, fill, fill])
        for error in results:
            assert isinstance(error, Exception)
            assert is_not_recorded(error)
            answer = explain(REQUEST, error)
            assert (answer.status, answer.headers) == (503, (("Retry-After", "5"),))
        with read(path) as tx:
            assert count(tx, "ledger") == 0
        store.write_one(0.0, lambda tx: tx.run("PRAGMA max_page_count = 100000"))
        assert await gather(store, [note]) == [0.0]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Missing("x"), 404),
        (Refused("x"), 409),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (ValueError("x"), 500),
    ],
)
def test_everybody_is_answered(error: Exception, status: int) -> None:
    """Whatever a write came to."""
    assert explain(REQUEST, error).status == status


async def test_what_nobody_waits_for_is_tried_until_the_disk_takes_it(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    """Later each time, for ever."""
    del autojump_clock
    tries: list[float] = []

    def fail_thrice(tx: Transaction) -> str:
        tries.append(trio.from_thread.run_sync(trio.current_time))
        if len(tries) <= 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return tx.note("note", "subject", "anna").kind

    with open_store(tmp_path / "store") as store:
        writer = Writer(store, lambda: 1.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run)
            assert await writer.insist(fail_thrice) == "note"
            nursery.cancel_scope.cancel()
    assert [round(b - a) for a, b in pairwise(tries)] == [1, 2, 4]
