"""Tells assignment and anomaly of verdicts, and that some were taken back, however often it dies.

Theory of operation. What is to be told stands in the verdicts' rows, written in the transaction of
the verdict itself. It is given to the controller and then marked as told. A controller that dies
takes with it what its successors had not taken over yet; its handlers die too, so a handler that
starts tells everything of the last minutes once more. Ids are the same each time, and receivers
take each of them once.
"""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import trio

from seda import logs
from seda.decisions import Decided
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from seda.messages import Lesson, Mark
from stages.alarm.replies import Notice
from store.file.database import Change
from store.pending_notices import PendingNotice, forget_telling, list_untold, mark_told

AGAIN_S = 300.0
"""At a start, what was told for so long before the last telling is told again."""
AT_ONCE = 64
_TAUGHT = ("clear", "suspicious")

_log = logs.get(__name__)

Insist = Callable[[Change], Awaitable[object]]
Emit = Callable[[Notice, str], Awaitable[None]]
"""Gives something under an id to the controller, and returns when it has it."""


class NoticeOutbox:
    """The outbox to the other stages."""

    def __init__(self, insist: Insist, emit: Emit) -> None:
        self._insist = insist
        self._emit = emit
        self._woken = trio.Event()

    def wake(self) -> None:
        """Say that a verdict was recorded or undone."""
        self._woken.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        await self._insist(lambda tx: forget_telling(tx, AGAIN_S))
        while True:
            self._woken = trio.Event()
            if not await self.run_once():
                await self._woken.wait()

    async def run_once(self) -> bool:
        """Send what is untold, as much as goes at once; return whether there was anything."""
        found = await self._insist(lambda tx: list_untold(tx, AT_ONCE))
        untold = (
            [it for it in found if isinstance(it, PendingNotice)] if isinstance(found, list) else []
        )
        for pending in untold:
            for notice, identity in tell(pending):
                await self._emit(notice, identity)
        if untold:
            await self._insist(lambda tx: mark_told(tx, untold))
        return bool(untold)


def tell(pending: PendingNotice) -> Iterator[tuple[Notice, str]]:
    """Yield what is to be told of a verdict, each with its id."""
    name = f"{pending.lease_id}-{pending.attempt}"
    mark = _mark(pending) if _is_taught(pending) else None
    if pending.told == 0:
        yield _decided(pending, pending.verdict), f"decided/{name}"
        if mark:
            yield _lesson(pending, mark, name, pending.verdict), f"lesson/{name}"
    if pending.is_undone:
        yield _decided(pending, "undone"), f"undone/{name}"
        if mark:
            yield _lesson(pending, mark, name, "undone"), f"unlesson/{name}"


def _is_taught(pending: PendingNotice) -> bool:
    return pending.verdict in _TAUGHT and not pending.is_test and bool(pending.mark)


def _mark(pending: PendingNotice) -> Mark | None:
    """Return what a verdict was about; None where the store's row is damaged, which is said."""
    try:
        return small_files.decode(pending.mark.encode(), Mark, Path("the store"))
    except Unreadable as error:
        about = {"lease": pending.lease_id, "attempt": pending.attempt, "why": str(error)}
        _log.error("a verdict teaches nothing: its mark is damaged", **about)
        return None


def _decided(pending: PendingNotice, word: str) -> Notice:
    body = Decided(
        pending.lease_id,
        word,  # type: ignore[arg-type]  # one of its words
        pending.attempt,
        pending.frame_id,
        pending.spotter,
        pending.joined,
    )
    return Notice("decided", pending.spotter, body)


def _lesson(pending: PendingNotice, mark: Mark, name: str, word: str) -> Notice:
    body = Lesson(
        id=name,
        verdict=word,  # type: ignore[arg-type]  # one of its words
        person=pending.spotter,
        at_s=pending.at_s,
        mark=mark,
    )
    return Notice("lesson", pending.camera, body)
