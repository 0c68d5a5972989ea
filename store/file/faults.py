"""Which errors are the disk's, so that what was to be written may be tried again. Pure."""

import sqlite3

from seda.disk import room

_PRIMARY = 0xFF
_REFUSED_ROOM = frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE})
"""What SQLite says where a quota is used up, and not the disk itself.

Not a sync that failed: another one may succeed without what the first has lost.
"""
_FAILED_DISK = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)


def is_not_recorded(error: Exception) -> bool:
    """Whether the disk failed, not the change: it may be tried again and succeed."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return code is not None and code & _PRIMARY in _FAILED_DISK
    return isinstance(error, OSError)


def is_out_of_room(error: Exception) -> bool:
    """Whether the disk is full, or this user's part of it."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None) or 0
        return code & _PRIMARY == sqlite3.SQLITE_FULL or code in _REFUSED_ROOM
    return room.is_full(error)
