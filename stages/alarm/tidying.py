"""Lets go what is old, now and then, in small steps between the writes of people."""

from collections.abc import Awaitable, Callable, Sequence

import trio

from conf.schema import Keep as Settings
from stages.store.database import Change, Transaction
from stages.store.evidence import Evidence
from stages.store.retention import Keep, let_go

EVERY_S = 600.0
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


async def tidy(insist: Insist, evidence: Evidence, rules: Keep) -> None:
    """Tidy until cancelled."""
    while True:
        if not await tidy_once(insist, evidence, rules):
            await trio.sleep(EVERY_S)


async def tidy_once(insist: Insist, evidence: Evidence, rules: Keep) -> bool:
    """Let a step's worth go; say whether there may be more.

    Files go after the rows, and in the writer's own turn: nobody can take a file up again between
    the look at its row and its end.
    """
    found = await insist(lambda tx: let_go(tx, rules))
    digests = [str(it) for it in found] if isinstance(found, list) else []
    if digests:
        await insist(lambda tx: _discard(tx, evidence, digests))
    return bool(digests)


def _discard(tx: Transaction, evidence: Evidence, digests: Sequence[str]) -> None:
    for digest in digests:
        if tx.one("SELECT 1 FROM evidence WHERE sha256 = ?", digest) is None:
            evidence.discard(digest)
