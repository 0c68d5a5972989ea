"""A store that cannot be opened: nothing dies, nothing is recorded, and everybody hears of it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from store.file.database import Store
from store.file.places import store_path
from store.people.people import User, add_user
from tests.stages.alarm.serving import RunningAlarmStage, serving


def keep_store(folder: Path) -> bytes:
    """Make a store as an earlier run left it; give its content."""
    path = store_path(folder)
    path.parent.mkdir(parents=True)
    Store(path).close()
    return path.read_bytes()


def decide(alarm: RunningAlarmStage) -> int:
    """Decide about a frame; give the answer's status."""
    return alarm.answer(alarm.decide(alarm.lease())).status


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: bytes(len(content)),
        lambda content: content[: len(content) // 2],
        lambda content: content[:60] + b"\0\0\0\x63" + content[64:],  # a later schema
        lambda content: content[:100] + bytes(4000) + content[4100:],
    ],
    ids=["zeros", "cut", "newer", "no schema"],
)
def test_a_store_that_can_not_be_opened_is_said_until_it_is_mended(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Decisions are refused loudly, the file is named, and its return is noticed (R24)."""
    content = keep_store(tmp_path)
    path = store_path(tmp_path)
    path.write_bytes(damage(content))
    with serving(tmp_path) as alarm:
        assert decide(alarm) == 503
        alarm.wait(lambda: str(path) in alarm.trouble)
        assert alarm.counts["unreadable_files"] == 1
        path.write_bytes(content)
        alarm.wait(lambda: not alarm.trouble)
        assert decide(alarm) == 200


def flip(path: Path, table: str, column: str, key: bytes) -> None:
    """Flip the one bit in the newest row's header that makes a blob of its text."""
    content = bytearray(path.read_bytes())
    at = -1
    while (at := content.find(key, at + 1)) >= 0:
        for place in range(at - 1, max(at - 70, 0), -1):
            content[place] ^= 1
            path.write_bytes(content)
            if _kind(path, table, column) == "blob":
                return
            content[place] ^= 1
    raise AssertionError(f"no bit makes a blob of {table}.{column}")


def _kind(path: Path, table: str, column: str) -> str:
    statement = f"SELECT typeof({column}) FROM {table} ORDER BY rowid DESC LIMIT 1"  # noqa: S608
    with closing(sqlite3.connect(path)) as store:
        try:
            return str(store.execute(statement).fetchone()[0])
        except (sqlite3.Error, TypeError):
            return ""


@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        ("verdicts", "mark", "lease_id"),
        ("verdicts", "incident_id", "lease_id"),
        ("alarms", "sentence", "root"),
        ("users", "role", "name"),
    ],
)
def test_one_flipped_bit_costs_its_row_at_most(
    tmp_path: Path, table: str, column: str, key: str
) -> None:
    """The stage starts, records, and names the row; what was written stands there again (R24)."""
    with serving(tmp_path) as alarm:
        assert decide(alarm) == 200
        alarm.wait(lambda: alarm.rows("SELECT * FROM verdicts")[-1]["told"] == 1)
    path = store_path(tmp_path)
    with closing(Store(path)) as store:
        user = User(name="somebody", role="admin", scope=None)
        store.write_one(1.0, lambda tx: add_user(tx, user, "", "test"))
    with closing(sqlite3.connect(path)) as raw:
        newest = f"SELECT {key}, {column} FROM {table} ORDER BY rowid DESC LIMIT 1"  # noqa: S608
        name, before = raw.execute(newest).fetchone()
    flip(path, table, column, name.encode())
    with serving(tmp_path) as alarm:
        alarm.wait(lambda: alarm.counts.get("unreadable_rows") == 1)
        assert decide(alarm) == 200
        assert not alarm.trouble
    with closing(sqlite3.connect(path)) as raw:
        rows = f"SELECT {column} FROM {table} WHERE {key} = ?"  # noqa: S608
        assert raw.execute(rows, (name,)).fetchone() == (before,)
