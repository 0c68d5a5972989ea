"""Users, and the secrets that let them in."""

from functools import partial
from pathlib import Path

import argon2
import pytest
from argon2.exceptions import VerifyMismatchError

from store.file.database import Refused, Store, read
from store.people import passwords, people
from store.people.passwords import hash_password, is_password
from testing.messages.sessions import name_secret
from tests.store.scripted import count, find_break_in, open_store

HASH = "hash"
"""The store does not look into it."""

ANNA = people.User(name="anna", role="admin", scope=None)
BERT = people.User(name="bert", role="spotter", scope=frozenset({"gate", "yard"}))


def add(store: Store, *users: people.User) -> None:
    """Add users."""
    for user in users:
        store.write_one(1.0, partial(people.add_user, user=user, password_hash=HASH, actor="seda"))


def issue(store: Store, kind: people.Kind, at_s: float = 1.0, lasts_s: float = 60.0) -> str:
    """Issue a secret to bert."""
    secret = store.write_one(at_s, lambda tx: people.issue(tx, kind, "bert", lasts_s, "label"))
    assert isinstance(secret, str)
    return secret


def holder(store: Store, kind: people.Kind, secret: str, at_s: float = 2.0) -> people.User | None:
    """Ask who a secret belongs to."""
    user = store.write_one(0.0, lambda tx: people.find_holder(tx, kind, secret, at_s))
    assert user is None or isinstance(user, people.User)
    return user


def test_users_have_role_and_scope(tmp_path: Path) -> None:
    """What was put in comes out, and can be changed."""
    path = tmp_path / "store"
    with open_store(path) as store:
        add(store, ANNA, BERT)
        changed = people.User(name="bert", role="supervisor", scope=frozenset())
        store.write_one(2.0, lambda tx: people.change_user(tx, changed, "anna"))
    with read(path) as tx:
        assert people.list_users(tx) == [ANNA, changed]
        assert people.find_password_hash(tx, "bert") == "hash"
        assert people.find_password_hash(tx, "nobody") is None
    assert find_break_in(path) is None


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../etc", "<b>", "a\n", ".", ".."])
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    """A name is a word."""
    with open_store(tmp_path / "store") as store, pytest.raises(Refused, match="a user's name"):
        add(store, people.User(name=name, role="spotter", scope=None))


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    """A second user of that name is refused."""
    with open_store(tmp_path / "store") as store:
        add(store, ANNA)
        with pytest.raises(Refused, match="there is a user anna already"):
            add(store, ANNA)


def test_the_last_admin_stays(tmp_path: Path) -> None:
    """Nobody can lock everybody out."""
    with open_store(tmp_path / "store") as store:
        add(store, ANNA, BERT)
        with pytest.raises(Refused, match="only admin"):
            store.write_one(2.0, lambda tx: people.remove_user(tx, "anna", "anna"))
        demoted = people.User(name="anna", role="spotter", scope=None)
        with pytest.raises(Refused, match="only admin"):
            store.write_one(2.0, lambda tx: people.change_user(tx, demoted, "anna"))
        store.write_one(2.0, lambda tx: people.remove_user(tx, "bert", "anna"))
        with pytest.raises(Refused, match="no user bert"):
            store.write_one(2.0, lambda tx: people.remove_user(tx, "bert", "anna"))


def test_a_session_lives_until_it_expires_or_is_revoked(tmp_path: Path) -> None:
    """And only under its own kind; the store knows no secret, only hashes."""
    path = tmp_path / "store"
    with open_store(path) as store:
        add(store, BERT)
        secret, other = issue(store, "session"), issue(store, "session")
        assert holder(store, "session", secret) == BERT
        assert holder(store, "token", secret) is None
        assert holder(store, "session", secret + "x") is None
        assert holder(store, "session", secret, at_s=61.0) is None
        store.write_one(2.0, lambda tx: people.revoke(tx, secret, "bert"))
        assert holder(store, "session", secret) is None
        assert holder(store, "session", other) == BERT
    files = [file.read_bytes() for file in tmp_path.iterdir()]
    assert not any(secret.encode() in content for content in files)


def test_a_removed_user_has_no_session(tmp_path: Path) -> None:
    """Cookies of a removed user let nobody in."""
    with open_store(tmp_path / "store") as store:
        add(store, BERT)
        secret = issue(store, "session")
        store.write_one(2.0, lambda tx: people.remove_user(tx, "bert", "anna"))
        assert holder(store, "session", secret) is None
        add(store, BERT)
        assert holder(store, "session", secret) is None


def test_a_changed_password_signs_out(tmp_path: Path) -> None:
    """Whoever stole a session loses it, and whoever made a token of it loses that."""
    with open_store(tmp_path / "store") as store:
        add(store, BERT)
        session, token = issue(store, "session"), issue(store, "token")
        store.write_one(2.0, lambda tx: people.change_password(tx, "bert", "new", "bert"))
        assert holder(store, "session", session) is None
        assert holder(store, "token", token) is None


def test_a_sign_in_link_works_once(tmp_path: Path) -> None:
    """It says who may come in, and then it is nothing."""
    with open_store(tmp_path / "store") as store:
        add(store, BERT)
        older, link = issue(store, "link"), issue(store, "link")
        assert store.write_one(2.0, lambda tx: people.redeem_link(tx, older)) is None
        assert store.write_one(2.0, lambda tx: people.redeem_link(tx, link)) == BERT
        assert store.write_one(3.0, lambda tx: people.redeem_link(tx, link)) is None


def test_sign_ins_and_refusals_are_in_the_ledger(tmp_path: Path) -> None:
    """Every one of them, with the address."""
    path = tmp_path / "store"
    with open_store(path) as store:
        add(store, BERT)
        issue(store, "session")
        store.write_one(3.0, lambda tx: people.note_refused_sign_in(tx, "eve", "192.0.2.1"))
    with read(path) as tx:
        rows = tx.run("SELECT kind, subject, content FROM ledger ORDER BY number")
        noted = [(row["kind"], row["subject"]) for row in rows]
    assert noted == [("user added", "bert"), ("session issued", "bert"), ("sign-in refused", "eve")]


def test_passwords_are_hashed_and_verified() -> None:
    """Argon2id with a salt; a wrong password, a broken hash and no user are all just wrong."""
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first != second
    assert first.startswith("$argon2id$")
    assert is_password(first, "correct horse")
    assert not is_password(first, "Correct horse")
    assert not is_password("broken", "correct horse")
    assert not is_password(None, "correct horse")
    assert not is_password("", "correct horse")
    assert not is_password(first, "x" * 1025)


def test_no_user_takes_as_long_as_a_wrong_password() -> None:
    """What is verified then is whole and asks for as much work, and nothing is its password."""
    asked = argon2.extract_parameters(passwords._NOBODY)
    assert asked == argon2.extract_parameters(hash_password("correct horse"))
    with pytest.raises(VerifyMismatchError):
        argon2.PasswordHasher().verify(passwords._NOBODY, "correct horse")


@pytest.mark.parametrize("password", ["eleven char", "x" * 1025])
def test_passwords_have_a_length(password: str) -> None:
    """The message says which."""
    with pytest.raises(ValueError, match="12 to 1024 characters"):
        hash_password(password)


def test_a_clock_that_is_ahead_refuses_what_expired_and_deletes_none_of_it(tmp_path: Path) -> None:
    """Once the clock is right again it lets in; of expired tokens the oldest give way to many."""
    with open_store(tmp_path / "store") as store:
        add(store, BERT)
        session, token = issue(store, "session"), issue(store, "token")
        ahead_s = 1e9
        for _ in range(people.EXPIRED_MAX):
            new = store.write_one(ahead_s, lambda tx: people.issue(tx, "token", "bert", 60.0))
            assert holder(store, "token", new, at_s=ahead_s + 1.0) == BERT
            assert holder(store, "token", token, at_s=ahead_s) is None
            ahead_s += 100.0
        assert holder(store, "session", session) == BERT
        assert holder(store, "token", token) == BERT
        store.write_one(ahead_s, lambda tx: people.issue(tx, "token", "bert", 60.0))
        store.write_one(ahead_s, lambda tx: people.issue(tx, "token", "bert", 60.0))
        assert holder(store, "token", token) is None


def test_a_token_is_removed_with_the_expired_ones_of_its_label(tmp_path: Path) -> None:
    """Else a clock that goes back would bring one of them to life again."""
    with open_store(tmp_path / "store") as store:
        add(store, BERT)
        for at_s in (1.0, 1000.0):
            make = partial(people.issue_token, name="bert", lasts_s=60.0, label="display")
            secret = store.write_one(at_s, make)
            assert holder(store, "token", secret, at_s=at_s + 1.0) == BERT
        remove = partial(people.remove_token, name="bert", label="display", actor="bert")
        assert store.write_one(1001.0, remove) == name_secret(secret)
        assert store.write_one(1.0, lambda tx: count(tx, "credentials")) == 0
