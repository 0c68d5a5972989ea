"""`seda ledger verify`, as a program: whether the chain of hashes holds, and how it says so."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from store.file.places import store_path
from testing.waiting import PATIENCE_S
from tests.store.scripted import decide, open_store

ROOT = Path(__file__).parents[3]
DECISIONS = 3


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Have a configuration, and a store with some decisions."""
    (tmp_path / "seda.toml").write_text("")
    path = store_path(tmp_path / "data")
    path.parent.mkdir(parents=True)
    with open_store(path) as store:
        for number in range(DECISIONS):
            decide(store, f"g-{number}", "clear")
    return tmp_path


def verify(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "seda", "ledger", "verify", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def tamper(place: Path, statement: str) -> None:
    """Change the file as somebody would who can write it."""
    with closing(sqlite3.connect(store_path(place / "data"))) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_ledger_that_holds_gives_the_digest_to_note(place: Path) -> None:
    """While its writer is at work, too; the digest is found again later, when more was written."""
    with open_store(store_path(place / "data")) as store:
        done = verify(place)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"lines 1 to {DECISIONS}" in done.stdout
        digest = done.stdout.split()[-1]
        decide(store, "g-later", "clear")
    later = verify(place, "--holds", digest)
    assert later.returncode == 0
    assert f"lines 1 to {DECISIONS + 1}" in later.stdout


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ledger SET actor = 'eve' WHERE number = 2", "entry 2 is not what was written"),
        ("DELETE FROM ledger WHERE number = 2", "entry 2 is missing"),
    ],
)
def test_the_first_line_that_does_not_hold_is_named(
    place: Path, statement: str, words: str
) -> None:
    """With an exit code, so that a timer can raise it."""
    tamper(place, statement)
    done = verify(place)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_digest_that_is_not_in_it_is_said(place: Path) -> None:
    """A ledger that was written anew holds in itself; only what was noted elsewhere shows it."""
    done = verify(place, "--holds", "ab" * 32)
    assert done.returncode == 1
    assert "written anew" in done.stderr
    assert verify(place, "--holds", "short").returncode == 2


def test_without_a_store_that_is_said(tmp_path: Path) -> None:
    """And none is made."""
    done = verify(tmp_path)
    assert done.returncode == 1
    assert "there is no ledger yet" in done.stderr
    assert not (tmp_path / "data").exists()
