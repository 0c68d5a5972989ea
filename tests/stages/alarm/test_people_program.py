"""`seda user`, as a program, while nothing runs: it writes the store itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from store.file.database import Store, read, verify
from store.file.places import store_path
from store.people import people
from store.people.passwords import is_password
from testing.waiting import PATIENCE_S

CONFIGURATION = """\
data_directory = "data"
run_directory = "run"
[web]
address = "0.0.0.0:8443"
[[camera]]
name = "gate"
url = "http://127.0.0.1:9/gate"
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Have a configuration."""
    (tmp_path / "seda.toml").write_text(CONFIGURATION)
    return tmp_path


def seda(place: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "seda", "user", *arguments],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def test_users_are_kept_without_seda_running(place: Path) -> None:
    """Added with a password from a pipe, listed, changed, removed; the last admin stays."""
    password = "correct horse battery"  # noqa: S105 - of this test
    assert seda(place, "add", "root", "--role", "admin", typed=f"{password}\n").returncode == 0
    assert seda(place, "add", "anna", "--scope", "gate", typed=f"{password}\n").returncode == 0
    listed = json.loads(seda(place, "list", "--json").stdout)
    assert [(it["name"], it["role"], it["scope"]) for it in listed] == [
        ("anna", "spotter", ["gate"]),
        ("root", "admin", None),
    ]
    path = store_path(place / "data")
    with read(path) as tx:
        assert is_password(people.find_password_hash(tx, "anna"), password)
        assert verify(tx) is None
        (line,) = tx.run("SELECT actor FROM ledger WHERE kind = 'user added' AND subject = 'anna'")
        assert line["actor"].startswith("local:")
    assert seda(place, "role", "anna", "--role", "supervisor", "--scope", "all").returncode == 0
    assert "supervisor   all cameras" in seda(place, "list").stdout
    refused = seda(place, "remove", "root")
    assert (refused.returncode, "only admin" in refused.stderr) == (1, True)
    assert seda(place, "remove", "anna").returncode == 0
    assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("add", "anna"), "short\n", "12 to 1024 characters"),
        (("add", "a b"), "correct horse battery\n", "a user's name"),
        (("password", "nobody"), "correct horse battery\n", "no user nobody"),
        (("link", "nobody"), "", "no user nobody"),
    ],
)
def test_what_can_not_be_is_said(
    place: Path, arguments: tuple[str, ...], typed: str, words: str
) -> None:
    """In a sentence, with an exit code."""
    done = seda(place, *arguments, typed=typed)
    assert done.returncode == 1
    assert words in done.stderr


def test_the_first_link_is_the_admins(place: Path) -> None:
    """There is nobody yet: it makes the admin, who has no password; the address is one to click."""
    done = seda(place, "link", "admin")
    address, _, secret = done.stdout.strip().partition("#link=")
    assert address.startswith("http://")
    assert address.endswith(":8443/")
    with read(store_path(place / "data")) as tx:
        assert people.find_password_hash(tx, "admin") == ""
        assert [it.role for it in people.list_users(tx)] == ["admin"]
    store = Store(store_path(place / "data"))
    try:
        user = store.write_one(1.0, lambda tx: people.redeem_link(tx, secret))
    finally:
        store.close()
    assert user is not None
    assert user.name == "admin"


def test_a_store_that_somebody_writes_is_left_alone(place: Path) -> None:
    """The message says so."""
    seda(place, "link", "admin")
    store = Store(store_path(place / "data"))
    try:
        done = seda(place, "link", "admin")
    finally:
        store.close()
    assert done.returncode == 1
    assert "written by another process" in done.stderr


def test_nobody_waits_for_what_judges_pictures(place: Path) -> None:
    """A person at a terminal has no use for numpy, nor for a loop that serves many."""
    command = [sys.executable, "-P", "-X", "importtime", "-m", "stages.alarm.people", "list"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    listed = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {line.rpartition("|")[2].strip() for line in listed.stderr.splitlines()}
    assert "stages.alarm.dispatch" in loaded
    assert not loaded & {"numpy", "PIL", "onnxruntime", "av", "trio", "httpx"}
