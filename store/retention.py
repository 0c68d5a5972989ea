"""What is removed by age, by size and by the disk's room: unflagged evidence first, flagged last.

Age is time in service (service_time.py), never the clock alone. Evidence of alarms that are open
does not go by age at all, and for want of room after everything else. Rows go by age only. The
ledger's last removed entry stays as the anchor from which the chain is
verified. Files are removed after the rows that name them: a crash in between leaves a file too
many, which is harmless, and never a row without its file.
"""

import attrs

from store.file.database import Transaction
from store.service_time import find_cutoff, forget_stretches

_FLAGGED_ROOTS = "SELECT root FROM alarms WHERE state != 'withdrawn'"
_OPEN_ROOTS = "SELECT root FROM alarms WHERE state IN ('raised', 'acknowledged')"


def _of(roots: str) -> str:
    """Return the condition of files of these incidents; a usual view belongs to many frames."""
    return (
        f"(evidence.root IN ({roots}) OR sha256 IN (SELECT sha256 FROM frame_files"  # noqa: S608 - constants
        f" JOIN frames USING (frame_id) WHERE frames.root IN ({roots})))"
    )


_FLAGGED, _OPEN = _of(_FLAGGED_ROOTS), _of(_OPEN_ROOTS)
_IN_USE = (
    "sha256 IN (SELECT sha256 FROM frame_files JOIN known_frames USING (frame_id)"
    " WHERE withdrawn_s IS NULL)"
)
"""Of test frames, which stay as long as they are shown."""
BATCH = 500
"""Rows a transaction removes at most, so that no verdict waits for the tidying."""


@attrs.frozen(kw_only=True)
class Keep:
    """How long and how much."""

    evidence_s: float = 30 * 86400.0
    flagged_s: float = 365 * 86400.0
    rows_s: float = 730 * 86400.0
    evidence_bytes_max: int = 20 * 1024**3


@attrs.frozen(kw_only=True)
class Missing:
    """How many bytes of the disk have to be given back."""

    evidence_bytes: int = 0
    """By evidence that nobody flagged."""
    flagged_bytes: int = 0
    """By flagged evidence, where the other has nothing left to give."""


def remove_old(tx: Transaction, keep: Keep, missing: Missing | None = None) -> list[str]:
    """Forget what is too old or too much; give the hashes of the files to remove."""
    _forget_rows(tx, find_cutoff(tx, keep.rows_s))
    aged = tx.run(
        f"SELECT sha256 FROM evidence WHERE NOT {_IN_USE} AND ((kept_s < ? AND NOT {_OPEN})"  # noqa: S608 - constants
        f" OR (kept_s < ? AND NOT {_FLAGGED})) ORDER BY kept_s LIMIT ?",
        *(find_cutoff(tx, keep.flagged_s), find_cutoff(tx, keep.evidence_s), BATCH),
    )
    digests = [row["sha256"] for row in aged]
    _forget(tx, digests)
    forget_stretches(tx, max(keep.rows_s, keep.flagged_s, keep.evidence_s))
    excess = _find_excess(tx, keep.evidence_bytes_max, missing or Missing())
    _forget(tx, excess)
    return digests + excess


def _find_excess(tx: Transaction, bytes_max: int, missing: Missing) -> list[str]:
    (total,) = tx.run("SELECT total(size_bytes) AS n FROM evidence")
    excess_bytes: float = total["n"] - bytes_max
    wanted_bytes = {
        False: max(excess_bytes, missing.evidence_bytes),
        True: max(excess_bytes, missing.flagged_bytes),
    }
    digests = []
    given_bytes = 0
    rows = tx.run(
        f"SELECT sha256, size_bytes, {_FLAGGED} AS is_flagged, {_OPEN} AS is_open FROM evidence"  # noqa: S608 - constants
        f" WHERE NOT {_IN_USE} ORDER BY is_flagged, is_open, kept_s LIMIT ?",
        BATCH,
    )
    for row in rows:
        if given_bytes >= wanted_bytes[bool(row["is_flagged"])]:
            break
        digests.append(row["sha256"])
        given_bytes += row["size_bytes"]
    return digests


def _forget(tx: Transaction, digests: list[str]) -> None:
    for digest in digests:
        tx.run("DELETE FROM evidence WHERE sha256 = ?", digest)
    if digests:
        tx.run("DELETE FROM frames WHERE frame_id NOT IN (SELECT frame_id FROM frame_files)")
        tx.note("evidence let go", "", "seda", {"files": digests})


def _forget_rows(tx: Transaction, before_s: float) -> None:
    for table, column in (("verdicts", "at_s"), ("leases", "at_s")):
        tx.run(
            f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608 - the names are constants
            f" (SELECT rowid FROM {table} WHERE {column} < ? LIMIT ?)",
            *(before_s, BATCH),
        )
    tx.run("DELETE FROM handover_notes WHERE at_s < ?", before_s)
    tx.run(
        "DELETE FROM alarms WHERE state IN ('resolved', 'withdrawn') AND changed_s < ?", before_s
    )
    last = tx.one(
        "SELECT number, digest FROM ledger WHERE number < (SELECT min(number) + ? FROM ledger)"
        " AND number < coalesce("
        " (SELECT number FROM ledger WHERE at_s >= ? ORDER BY number LIMIT 1),"
        " (SELECT max(number) FROM ledger)) ORDER BY number DESC LIMIT 1",
        *(BATCH, before_s),
    )
    if last is not None:
        tx.run("INSERT OR REPLACE INTO anchor VALUES (1, ?, ?)", last["number"], last["digest"])
        tx.run("DELETE FROM ledger WHERE number <= ?", last["number"])
