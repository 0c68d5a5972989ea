"""Lets go what is old, now and then, in small steps between the writes of people."""

from collections.abc import Awaitable, Callable, Sequence

import trio

from conf.schema import Keep as Settings
from seda import measuring
from stages.alarm.office import Office
from stages.store.database import Change, Transaction
from stages.store.evidence import Evidence
from stages.store.retention import Keep, Missing, let_go

EVERY_S = 600.0
LOOK_EVERY_S = 5.0
"""At the disk's room: somebody may fill it at any time."""
_DAY_S = 86_400.0

Insist = Callable[[Change], Awaitable[object]]


def find_rules(keep: Settings) -> Keep:
    """Return what the configuration says, in seconds."""
    return Keep(
        evidence_s=keep.evidence_days * _DAY_S,
        flagged_s=keep.flagged_days * _DAY_S,
        rows_s=keep.decisions_days * _DAY_S,
        evidence_bytes_max=keep.evidence_bytes,
    )


async def tidy(insist: Insist, office: Office, rules: Keep) -> None:
    """Tidy until cancelled; at once where the disk has less room than it should."""
    tidied_s = float("-inf")
    while True:
        await trio.to_thread.run_sync(office.fill_reserves)
        missing = find_missing(office)
        is_due = trio.current_time() - tidied_s >= EVERY_S
        if is_due or missing.evidence_bytes:
            tidied_s = trio.current_time()
            while await tidy_once(insist, office.evidence, rules, missing):
                missing = find_missing(office)
        await trio.sleep(LOOK_EVERY_S)


def find_missing(office: Office) -> Missing:
    """Say how much evidence has to give way for the disk's floor."""
    place, floor_bytes = office.own_directory, office.settings.disk_floor_bytes
    return Missing(
        evidence_bytes=measuring.missing_bytes(place, "evidence", floor_bytes),
        flagged_bytes=measuring.missing_bytes(place, "flagged evidence", floor_bytes),
    )


async def tidy_once(
    insist: Insist, evidence: Evidence, rules: Keep, missing: Missing | None = None
) -> bool:
    """Let a step's worth go; say whether there may be more.

    Files go after the rows, and in the writer's own turn: nobody can take a file up again between
    the look at its row and its end.
    """
    found = await insist(lambda tx: let_go(tx, rules, missing))
    digests = [str(it) for it in found] if isinstance(found, list) else []
    if digests:
        await insist(lambda tx: _discard(tx, evidence, digests))
    return bool(digests)


def _discard(tx: Transaction, evidence: Evidence, digests: Sequence[str]) -> None:
    for digest in digests:
        if tx.one("SELECT 1 FROM evidence WHERE sha256 = ?", digest) is None:
            evidence.discard(digest)
