"""What assignment and anomaly have to be told of verdicts: an outbox in the verdicts' rows."""

from collections.abc import Iterable, Sequence
from sqlite3 import Row

import attrs

from seda.decisions import VerdictWord
from store.file.database import Transaction
from store.joined import list_joined

_COLUMNS = (
    "lease_id, attempt, incident_id AS frame_id, spotter, camera, verdict, at_s, is_test, mark,"
    " told, undone_s IS NOT NULL AS is_undone"
)
_AT_ONCE = 500
"""Names in one statement."""


@attrs.frozen(kw_only=True)
class PendingNotice:
    """A verdict of which something is still to be told."""

    lease_id: str
    attempt: int
    frame_id: str
    spotter: str
    camera: str
    verdict: VerdictWord
    at_s: float
    is_test: bool
    mark: str
    told: int
    """0 nothing, 1 the verdict."""
    is_undone: bool
    joined: tuple[str, ...] = ()
    """The frames of other cameras that it is recorded for, too."""


def list_untold(tx: Transaction, most: int) -> list[PendingNotice]:
    """Return verdicts of which something was not told, the oldest first."""
    rows = tx.run(
        f"SELECT {_COLUMNS} FROM verdicts"  # noqa: S608 - a constant
        " WHERE told = 0 OR (told = 1 AND undone_s IS NOT NULL) ORDER BY at_s LIMIT ?",
        most,
    )
    return [_read(tx, row) for row in rows]


def list_decided(tx: Transaction, frame_ids: Sequence[str]) -> list[PendingNotice]:
    """Return every verdict on these frames, in the order in which they came."""
    found: dict[tuple[str, int], PendingNotice] = {}
    for start in range(0, len(frame_ids), _AT_ONCE):
        names = frame_ids[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(names))
        rows = tx.run(
            f"SELECT {_COLUMNS} FROM verdicts WHERE incident_id IN ({marks})"  # noqa: S608 - marks
            " OR (lease_id, attempt) IN"
            f" (SELECT lease_id, attempt FROM joined WHERE frame_id IN ({marks}))",
            *names,
            *names,
        )
        found |= {(row["lease_id"], row["attempt"]): _read(tx, row) for row in rows}
    return sorted(found.values(), key=lambda pending: (pending.at_s, pending.attempt))


def forget_telling(tx: Transaction, span_s: float) -> int:
    """Have told once more what was told last; give how many verdicts that are.

    The span counts back from the last telling: whoever may have lost it may have been off for days.
    """
    return tx.run(
        "UPDATE verdicts SET told = 0, told_s = NULL"
        " WHERE told_s >= (SELECT max(told_s) FROM verdicts) - ?",
        span_s,
    ).rowcount


def mark_told(tx: Transaction, untold: Iterable[PendingNotice]) -> None:
    """Remember that all that is known of these verdicts was told."""
    for pending in untold:
        tx.run(
            "UPDATE verdicts SET told = ?, told_s = ? WHERE lease_id = ? AND attempt = ?",
            *(1 + pending.is_undone, tx.at_s, pending.lease_id, pending.attempt),
        )


def _read(tx: Transaction, row: Row) -> PendingNotice:
    values = dict(row)
    is_test, is_undone = bool(values.pop("is_test")), bool(values.pop("is_undone"))
    joined = list_joined(tx, row["lease_id"], row["attempt"])
    return PendingNotice(**values, is_test=is_test, is_undone=is_undone, joined=joined)
