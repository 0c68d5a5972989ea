"""What assignment and anomaly have to be told of verdicts: an outbox in the verdicts' rows."""

from collections.abc import Iterable
from sqlite3 import Row

import attrs

from stages.store.database import Transaction
from stages.store.verdicts import VerdictWord

_COLUMNS = (
    "lease_id, attempt, spotter, camera, verdict, at_s, is_test, mark, told,"
    " undone_s IS NOT NULL AS is_undone"
)


@attrs.frozen(kw_only=True)
class Tale:
    """A verdict of which something is still to be told."""

    lease_id: str
    attempt: int
    spotter: str
    camera: str
    verdict: VerdictWord
    at_s: float
    is_test: bool
    mark: str
    told: int
    """0 nothing, 1 the verdict."""
    is_undone: bool


def list_untold(tx: Transaction, most: int) -> list[Tale]:
    """Give verdicts of which something was not told, the oldest first."""
    rows = tx.run(
        f"SELECT {_COLUMNS} FROM verdicts"  # noqa: S608 - a constant
        " WHERE told = 0 OR (told = 1 AND undone_s IS NOT NULL) ORDER BY at_s LIMIT ?",
        most,
    )
    return [_read(row) for row in rows]


def forget_telling(tx: Transaction, since_s: float) -> int:
    """Have told once more what was told of late; give how many verdicts that are."""
    return tx.run("UPDATE verdicts SET told = 0, told_s = NULL WHERE told_s >= ?", since_s).rowcount


def mark_told(tx: Transaction, tales: Iterable[Tale]) -> None:
    """Remember that all that is known of these verdicts was told."""
    for tale in tales:
        tx.run(
            "UPDATE verdicts SET told = ?, told_s = ? WHERE lease_id = ? AND attempt = ?",
            *(1 + tale.is_undone, tx.at_s, tale.lease_id, tale.attempt),
        )


def _read(row: Row) -> Tale:
    values = dict(row)
    is_test, is_undone = bool(values.pop("is_test")), bool(values.pop("is_undone"))
    return Tale(**values, is_test=is_test, is_undone=is_undone)
