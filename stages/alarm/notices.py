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
from seda.messages import LessonFacts, MarkFacts
from stages.alarm.replies import StageMessage
from store.file.database import Change
from store.notices import PendingNotice, forget_telling, list_untold, mark_told

AGAIN_S = 300.0
"""At a start, what was told for so long before the last telling is told again."""
AT_ONCE = 64
_TAUGHT = ("clear", "suspicious")

_log = logs.get(__name__)

Insist = Callable[[Change], Awaitable[object]]
Emit = Callable[[StageMessage, str], Awaitable[None]]
"""Gives something under an id to the controller, and returns when it has it."""


class NoticeSender:
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
        """Tell what is untold, as much as goes at once; say whether there was anything."""
        found = await self._insist(lambda tx: list_untold(tx, AT_ONCE))
        notices = (
            [it for it in found if isinstance(it, PendingNotice)] if isinstance(found, list) else []
        )
        for notice in notices:
            for told, identity in tell(notice):
                await self._emit(told, identity)
        if notices:
            await self._insist(lambda tx: mark_told(tx, notices))
        return bool(notices)


def tell(notice: PendingNotice) -> Iterator[tuple[StageMessage, str]]:
    """Give what is to be told of a verdict, each with its id."""
    name = f"{notice.lease_id}-{notice.attempt}"
    mark = _mark(notice) if _is_taught(notice) else None
    if notice.told == 0:
        yield _decided(notice, notice.verdict), f"decided/{name}"
        if mark:
            yield _lesson(notice, mark, name, notice.verdict), f"lesson/{name}"
    if notice.is_undone:
        yield _decided(notice, "undone"), f"undone/{name}"
        if mark:
            yield _lesson(notice, mark, name, "undone"), f"unlesson/{name}"


def _is_taught(notice: PendingNotice) -> bool:
    return notice.verdict in _TAUGHT and not notice.is_test and bool(notice.mark)


def _mark(notice: PendingNotice) -> MarkFacts | None:
    """Return what a verdict was about; None where the store's row is damaged, which is said."""
    try:
        return small_files.decode(notice.mark.encode(), MarkFacts, Path("the store"))
    except Unreadable as error:
        about = {"lease": notice.lease_id, "attempt": notice.attempt, "why": str(error)}
        _log.error("a verdict teaches nothing: its mark is damaged", **about)
        return None


def _decided(notice: PendingNotice, word: str) -> StageMessage:
    body = Decided(
        notice.lease_id,
        word,  # type: ignore[arg-type]  # one of its words
        notice.attempt,
        notice.frame_id,
        notice.spotter,
        notice.joined,
    )
    return StageMessage("decided", notice.spotter, body)


def _lesson(notice: PendingNotice, mark: MarkFacts, name: str, word: str) -> StageMessage:
    body = LessonFacts(
        id=name,
        camera=notice.camera,
        verdict=word,  # type: ignore[arg-type]  # one of its words
        person=notice.spotter,
        at_s=notice.at_s,
        mark=mark,
    )
    return StageMessage("lesson", notice.camera, body)
