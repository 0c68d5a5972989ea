"""Lets go what is old, now and then, in small steps between the writes of people."""

from collections.abc import Awaitable, Callable, Sequence

import trio

from conf.schema import Keep as Settings
from seda import logs, measuring
from stages.alarm.giving_way import STEP_BYTES, Found, GivingWay
from stages.alarm.office import Office
from stages.store.ageing import age
from stages.store.database import Change, Transaction
from stages.store.evidence import Evidence
from stages.store.retention import Keep, Missing, let_go

EVERY_S = 600.0
LOOK_EVERY_S = 5.0
"""At the disk's room: somebody may fill it at any time."""
_DAY_S = 86_400.0
FAR_S = 2 * _DAY_S

_log = logs.get(__name__)

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
    """Tidy until cancelled; evidence gives way, too, while the disk is full."""
    tidied_s: float | None = None
    giving_way = GivingWay()
    while True:
        await trio.to_thread.run_sync(office.fill_reserves)
        missing = giving_way.look(look(office), trio.current_time())
        if missing is not None and await tidy_once(insist, office.evidence, rules, missing):
            await trio.to_thread.run_sync(office.evidence_reserve.grow, STEP_BYTES)
        now_s = trio.current_time()
        if tidied_s is None or now_s - tidied_s >= EVERY_S:
            passed_s = 0.0 if tidied_s is None else now_s - tidied_s
            tidied_s = now_s
            await _say_how_late(insist, passed_s)
            while await tidy_once(insist, office.evidence, rules):
                pass
        await trio.sleep(LOOK_EVERY_S)


def look(office: Office) -> Found:
    """Look how much room there is, and how much there should be."""
    floor_bytes = office.settings.disk_floor_bytes
    reserve = office.evidence_reserve
    try:
        found = measuring.measure(office.own_directory)
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
    """Let a step's worth go; say whether there may be more.

    Files go after the rows, and in the writer's own turn: nobody can take a file up again between
    the look at its row and its end.
    """
    found = await insist(lambda tx: let_go(tx, rules, missing, now_s=age(tx, 0.0)))
    digests = [str(it) for it in found] if isinstance(found, list) else []
    if digests:
        await insist(lambda tx: _discard(tx, evidence, digests))
    return bool(digests)


async def _say_how_late(insist: Insist, passed_s: float) -> None:
    """Let the store's time go on, and say where the clock is far ahead of it."""

    def look(tx: Transaction) -> float:
        return tx.at_s - age(tx, passed_s)

    late_s = await insist(look)
    if isinstance(late_s, float) and late_s > FAR_S:
        words = (
            "the clock is far ahead of when something was last kept; nothing goes before its time"
        )
        advice = "set the clock if it is wrong; after a long pause it catches up by itself"
        _log.warning(words, days=round(late_s / _DAY_S, 1), advice=advice)


def _discard(tx: Transaction, evidence: Evidence, digests: Sequence[str]) -> None:
    for digest in digests:
        if tx.one("SELECT 1 FROM evidence WHERE sha256 = ?", digest) is None:
            evidence.discard(digest)
