"""The person whom a secret belongs to, read from the store and remembered until that changes.

The store is alarm's; here it is only read, by one connection that stays open. `PRAGMA data_version`
says whether anybody wrote since, for a few microseconds a request, so a session that was revoked is
known to be so with the next request.
"""

import sqlite3
import time
from pathlib import Path

import attrs

from seda.requests import Person
from store.file.database import Missing, Transaction
from store.people import devices, people

_REMEMBERED_MAX = 4096
_BUSY_S = 0.05
"""A reader waits for nobody in WAL mode, but for a moment while the writer opens or recovers."""
SECRET_CHARACTERS_MAX = 128


class StoreUnavailable(Exception):
    """The store cannot be read now."""


@attrs.frozen
class _Remembered:
    person: Person | None
    expires_s: float
    """Wall time, as the store has it."""


class CredentialCache:
    """The store, as the access control asks it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._remembered: dict[tuple[people.Kind, str], _Remembered] = {}

    def find(self, kind: people.Kind, secret: str) -> Person | None:
        """Return whom this secret lets in, if anybody, or raise Away."""
        if not secret or len(secret) > SECRET_CHARACTERS_MAX:
            return None
        try:
            return self._find(kind, secret)
        except sqlite3.Error as error:
            self.close()
            raise StoreUnavailable(str(error)) from error

    def find_user(self, name: str) -> tuple[Person | None, str | None, list[str]]:
        """Return a user, their password's hash and their sessions' addresses, or raise Away."""
        try:
            transaction = self._open()
            password_hash = people.find_password_hash(transaction, name)
            addresses = people.list_session_addresses(transaction, name)
            return _person(people.get_user(transaction, name)), password_hash, addresses
        except Missing:
            return None, None, []
        except sqlite3.Error as error:
            self.close()
            raise StoreUnavailable(str(error)) from error

    @staticmethod
    def find_device(device: str, name: str, password_hash: str | None) -> str:
        """Return the mark of a browser on which this person has signed in; "" where it is none."""
        return devices.find_device(device, name, password_hash, time.time())

    def close(self) -> None:
        """Close the store; it is opened again when it is next asked."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._remembered.clear()

    def _find(self, kind: people.Kind, secret: str) -> Person | None:
        transaction = self._open()
        (version,) = transaction.connection.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._remembered) >= _REMEMBERED_MAX:
            self._version = version
            self._remembered.clear()
        now_s = time.time()
        known = self._remembered.get((kind, secret))
        if known is None:
            known = _look_up(transaction, kind, secret, now_s)
            self._remembered[kind, secret] = known
        return known.person if now_s < known.expires_s else None

    def _open(self) -> Transaction:
        if self._connection is None:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=True
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA query_only = ON")
        return Transaction(self._connection, 0.0)


def _look_up(transaction: Transaction, kind: people.Kind, secret: str, now_s: float) -> _Remembered:
    found = people.find_credential(transaction, kind, secret, now_s)
    if found is None:
        return _Remembered(None, 0.0)
    return _Remembered(_person(found.user, found.session, found.expires_s), found.expires_s)


def _person(user: people.User, session: str = "", expires_s: float | None = None) -> Person:
    return Person(user.name, user.role, user.scope, session, expires_s)
