"""Users, and the secrets that identify them: sessions, tokens of machines, one-time links.

Of a secret only its hash is stored; it is long and random, so that one fast hash is enough (unlike
a password). Using a session writes nothing.
"""

import re
from collections.abc import Iterable
from hashlib import sha256
from secrets import token_urlsafe
from sqlite3 import Row
from typing import Literal

import attrs

from store.file.content import from_json, to_json
from store.file.database import Missing, Refused, Transaction

Role = Literal["spotter", "supervisor", "admin"]
Kind = Literal["session", "token", "link"]
SECRET_BYTES = 32

NO_PASSWORD = ""
"""In place of a hash: nobody signs in by a password, only by a link or a token."""
SESSIONS_MAX = 20
"""Of one user; the oldest gives way."""
TOKENS_MAX = 50
EXPIRED_MAX = 50
"""Tokens of one user that are kept although the clock says that they are worth nothing: it may be
wrong. Beyond these the oldest go."""

_NAME = re.compile(r"(?=.*[^.])[\w.@-]{1,64}")
"""One of dots alone could stand in no address."""
_NAME_BY_HASH = "lower(substr(hex(secret_sha256), 1, 16))"


@attrs.frozen(kw_only=True)
class User:
    """Who may what."""

    name: str
    role: Role
    scope: frozenset[str] | None
    """The cameras that they may see; None for all."""


@attrs.frozen(kw_only=True)
class Credential:
    """A session, token or link that is valid now."""

    user: User
    session: str
    """Tells it apart from others and is no secret: the beginning of the secret's hash."""
    expires_s: float


def add_user(tx: Transaction, user: User, password_hash: str, actor: str) -> None:
    """Add a user, whose password was hashed elsewhere: that takes longer than a writer has."""
    if not _NAME.fullmatch(user.name):
        raise Refused(
            "a user's name has 1 to 64 letters, digits, dots, dashes, underlines or @,"
            " and not dots alone"
        )
    if tx.one("SELECT 1 FROM users WHERE name = ?", user.name) is not None:
        raise Refused(f"there is a user {user.name} already")
    tx.run(
        "INSERT INTO users VALUES (?, ?, ?, ?, ?)",
        *(user.name, password_hash, user.role, _pack(user.scope), tx.at_s),
    )
    tx.note("user added", user.name, actor, {"role": user.role, "scope": _list(user.scope)})


def remove_user(tx: Transaction, name: str, actor: str) -> None:
    """Remove a user and everything that lets them in; what they decided stays."""
    user = get_user(tx, name)
    _keep_an_admin(tx, user, None)
    tx.run("DELETE FROM users WHERE name = ?", name)
    tx.note("user removed", name, actor)


def change_user(tx: Transaction, user: User, actor: str) -> None:
    """Change a user's role and scope, at once for the sessions they have."""
    _keep_an_admin(tx, get_user(tx, user.name), user.role)
    tx.run(
        "UPDATE users SET role = ?, scope = ? WHERE name = ?",
        *(user.role, _pack(user.scope), user.name),
    )
    tx.note("user changed", user.name, actor, {"role": user.role, "scope": _list(user.scope)})


def change_password(tx: Transaction, name: str, password_hash: str, actor: str) -> None:
    """Change a password; whoever is signed in by the old one is out, and so are their tokens."""
    get_user(tx, name)
    tx.run("UPDATE users SET password_hash = ? WHERE name = ?", password_hash, name)
    tx.run("DELETE FROM credentials WHERE user = ?", name)
    tx.note("password changed", name, actor)


def list_users(tx: Transaction) -> list[User]:
    """Return all users, by name."""
    return [_read(row) for row in tx.run("SELECT name, role, scope FROM users ORDER BY name")]


def find_password_hash(tx: Transaction, name: str) -> str | None:
    """Return a user's password hash."""
    row = tx.one("SELECT password_hash FROM users WHERE name = ?", name)
    return row["password_hash"] if row is not None else None


def issue(tx: Transaction, kind: Kind, name: str, lasts_s: float, label: str = "") -> str:
    """Make a secret for a user and give it, which is the only time that it is known."""
    get_user(tx, name)
    secret = token_urlsafe(SECRET_BYTES)
    _make_room(tx, kind, name)
    tx.run(
        "INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?)",
        *(_hash(secret), kind, name, label, tx.at_s, tx.at_s + lasts_s),
    )
    tx.note(f"{kind} issued", name, name, {"label": label, "lasts_s": lasts_s})
    return secret


def issue_token(tx: Transaction, name: str, lasts_s: float, label: str) -> str:
    """Make a token for a machine; each of a user's has a label of its own."""
    statement = (
        "SELECT 1 FROM credentials WHERE user = ? AND kind = 'token' AND label = ?"
        " AND expires_s > ?"
    )
    if tx.one(statement, name, label, tx.at_s) is not None:
        raise Refused(f"you have a token {label} already; remove it or take another label")
    return issue(tx, "token", name, lasts_s, label)


def find_credential(tx: Transaction, kind: Kind, secret: str, now_s: float) -> Credential | None:
    """Say whose a secret is and until when, if it still is anybody's."""
    row = tx.one(
        f"SELECT name, role, scope, expires_s, {_NAME_BY_HASH} AS session"  # noqa: S608 - a constant
        " FROM credentials JOIN users ON users.name = credentials.user"
        " WHERE secret_sha256 = ? AND kind = ? AND expires_s > ?",
        *(_hash(secret), kind, now_s),
    )
    if row is None:
        return None
    return Credential(user=_read(row), session=row["session"], expires_s=row["expires_s"])


def find_holder(tx: Transaction, kind: Kind, secret: str, now_s: float) -> User | None:
    """Return the person to whom a secret belongs, while it is valid."""
    found = find_credential(tx, kind, secret, now_s)
    return found.user if found is not None else None


def redeem_link(tx: Transaction, secret: str) -> User | None:
    """Return the user whom a one-time link lets in; it is used up by that."""
    user = find_holder(tx, "link", secret, tx.at_s)
    if user is not None:
        revoke(tx, secret, user.name)
    return user


def revoke(tx: Transaction, secret: str, actor: str) -> None:
    """End a session, a token or a link."""
    row = tx.one("SELECT * FROM credentials WHERE secret_sha256 = ?", _hash(secret))
    if row is not None:
        _revoke(tx, row, actor)


def end_session(tx: Transaction, name: str, session: str) -> bool:
    """End a user's session by its name; say whether there was one."""
    row = tx.one(
        "SELECT * FROM credentials WHERE user = ? AND kind = 'session'"  # noqa: S608 - a constant
        f" AND {_NAME_BY_HASH} = ?",
        *(name, session),
    )
    if row is not None:
        _revoke(tx, row, name)
    return row is not None


def remove_token(tx: Transaction, name: str, label: str, actor: str) -> str:
    """Make a user's token worthless; give the name of the session that it was."""
    statement = (
        "SELECT * FROM credentials WHERE user = ? AND kind = 'token' AND label = ?"
        " ORDER BY expires_s"
    )
    rows = tx.run(statement, name, label).fetchall()
    if not rows:
        raise Missing(f"{name} has no token {label}")
    for row in rows:  # expired ones of that label, too
        _revoke(tx, row, actor)
    return _name_hash(rows[-1]["secret_sha256"])


def list_sessions(tx: Transaction, name: str) -> list[str]:
    """Return the names of a user's sessions, tokens among them, the oldest first."""
    rows = tx.run(
        f"SELECT {_NAME_BY_HASH} AS session FROM credentials"  # noqa: S608 - a constant
        " WHERE user = ? AND kind != 'link' ORDER BY made_s, secret_sha256",
        name,
    )
    return [row["session"] for row in rows]


def list_session_addresses(tx: Transaction, name: str) -> list[str]:
    """Return the addresses from which a user's sessions were opened."""
    statement = "SELECT DISTINCT label FROM credentials WHERE user = ? AND kind = 'session'"
    return [row["label"] for row in tx.run(statement, name)]


def note_refused_sign_in(tx: Transaction, name: str, address: str) -> None:
    """Put a sign-in that failed into the ledger."""
    tx.note("sign-in refused", name[:64], "", {"address": address})


def _revoke(tx: Transaction, row: Row, actor: str) -> None:
    tx.run("DELETE FROM credentials WHERE secret_sha256 = ?", row["secret_sha256"])
    tx.note(f"{row['kind']} revoked", row["user"], actor, {"label": row["label"]})


def _make_room(tx: Transaction, kind: Kind, name: str) -> None:
    """Bound what one user has: one link, some tokens, and of sessions the newest."""
    of_kind = "FROM credentials WHERE user = ? AND kind = ?"
    if kind == "link":
        tx.run(f"DELETE {of_kind}", name, kind)
    if kind == "session":
        _keep_newest(tx, of_kind, (name, kind), SESSIONS_MAX - 1)
    if kind == "token":
        valid = tx.run(f"SELECT 1 {of_kind} AND expires_s > ?", name, kind, tx.at_s).fetchall()
        if len(valid) >= TOKENS_MAX:
            raise Refused(f"{name} has {TOKENS_MAX} tokens; remove one that is not used any more")
        _keep_newest(tx, f"{of_kind} AND expires_s <= ?", (name, kind, tx.at_s), EXPIRED_MAX)


def _keep_newest(tx: Transaction, found: str, values: tuple[object, ...], most: int) -> None:
    """Let all but the newest go; rows are in the order in which they were put in."""
    excess = f"SELECT secret_sha256 {found} ORDER BY rowid DESC LIMIT -1 OFFSET ?"
    tx.run(f"DELETE FROM credentials WHERE secret_sha256 IN ({excess})", *values, most)  # noqa: S608 - constants


def get_user(tx: Transaction, name: str) -> User:
    """Return a user, or refuse."""
    row = tx.one("SELECT name, role, scope FROM users WHERE name = ?", name)
    if row is None:
        raise Missing(no_user(name))
    return _read(row)


def no_user(name: str) -> str:
    """Say that there is nobody of this name."""
    return f"there is no user {name}"


def _keep_an_admin(tx: Transaction, before: User, role: Role | None) -> None:
    (row,) = tx.run("SELECT count(*) AS n FROM users WHERE role = 'admin'")
    if before.role == "admin" and role != "admin" and row["n"] == 1:
        raise Refused(f"{before.name} is the only admin; make another one first")


def _name_hash(digest: bytes) -> str:
    return digest.hex()[:16]


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _list(scope: Iterable[str] | None) -> list[str] | None:
    return sorted(scope) if scope is not None else None


def _pack(scope: frozenset[str] | None) -> str | None:
    return to_json(_list(scope)) if scope is not None else None


def _read(row: Row) -> User:
    scope = from_json(row["scope"]) if row["scope"] is not None else None
    cameras = frozenset(map(str, scope)) if isinstance(scope, list) else None
    return User(name=row["name"], role=row["role"], scope=cameras)
