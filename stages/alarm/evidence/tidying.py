"""Removes old evidence and rows, now and then, in small steps between people's writes."""

from collections.abc import Awaitable, Callable, Sequence

import trio

from conf.schema import RetentionSettings as Settings
from seda.disk import measuring
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.evidence.giving_way import STEP_BYTES, Found, GivingWay
from store.evidence import Evidence
from store.file.database import Change, Transaction
from store.retention import Keep, Missing, remove_old

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


async def tidy(insist: Insist, context: AlarmContext, rules: Keep) -> None:
    """Tidy until cancelled; evidence gives way, too, while the disk is full."""
    tidied_s = float("-inf")
    giving_way = GivingWay()
    while True:
        await trio.to_thread.run_sync(context.fill_reserves)
        missing = giving_way.look(look(context), trio.current_time())
        if missing is not None and await tidy_once(insist, context.evidence, rules, missing):
            await trio.to_thread.run_sync(context.evidence_reserve.grow, STEP_BYTES)
        if trio.current_time() - tidied_s >= EVERY_S:
            tidied_s = trio.current_time()
            while await tidy_once(insist, context.evidence, rules):
                pass
        await trio.sleep(LOOK_EVERY_S)


def look(context: AlarmContext) -> Found:
    """Look how much room there is, and how much there should be."""
    floor_bytes = context.settings.disk_floor_bytes
    reserve = context.evidence_reserve
    try:
        found = measuring.measure(context.own_directory)
    except OSError:  # it does not tell: nothing goes for that
        return Found(Missing(), 0, is_reserve_whole=True)
    missing = Missing(
        evidence_bytes=found.missing_bytes("evidence", floor_bytes),
        flagged_bytes=found.missing_bytes("flagged evidence", floor_bytes),
    )
    room_bytes = found.free_bytes + reserve.held_bytes
    return Found(missing, room_bytes, is_reserve_whole=reserve.is_whole)


async def tidy_once(
    insist: Insist, evidence: Evidence, rules: Keep, missing: Missing | None = None
) -> bool:
    """Remove a step's worth; return whether there may be more.

    Files go after the rows, and in the writer's own turn: nobody can take a file up again between
    the look at its row and its end.
    """
    found = await insist(lambda tx: remove_old(tx, rules, missing))
    digests = [str(it) for it in found] if isinstance(found, list) else []
    if digests:
        await insist(lambda tx: _discard(tx, evidence, digests))
    return bool(digests)


def _discard(tx: Transaction, evidence: Evidence, digests: Sequence[str]) -> None:
    for digest in digests:
        if tx.one("SELECT 1 FROM evidence WHERE sha256 = ?", digest) is None:
            evidence.discard(digest)
