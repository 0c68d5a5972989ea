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
from stages.alarm.replies import Told
from store.file.database import Change
from store.pending_notices import Tale, forget_telling, list_untold, mark_told

AGAIN_S = 300.0
"""At a start, what was told for so long before the last telling is told again."""
AT_ONCE = 64
_TAUGHT = ("clear", "suspicious")

_log = logs.get(__name__)

Insist = Callable[[Change], Awaitable[object]]
Emit = Callable[[Told, str], Awaitable[None]]
"""Gives something under an id to the controller, and returns when it has it."""


class Teller:
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
        tales = [it for it in found if isinstance(it, Tale)] if isinstance(found, list) else []
        for tale in tales:
            for told, identity in tell(tale):
                await self._emit(told, identity)
        if tales:
            await self._insist(lambda tx: mark_told(tx, tales))
        return bool(tales)


def tell(tale: Tale) -> Iterator[tuple[Told, str]]:
    """Give what is to be told of a verdict, each with its id."""
    name = f"{tale.lease_id}-{tale.attempt}"
    mark = _mark(tale) if _is_taught(tale) else None
    if tale.told == 0:
        yield _decided(tale, tale.verdict), f"decided/{name}"
        if mark:
            yield _lesson(tale, mark, name, tale.verdict), f"lesson/{name}"
    if tale.is_undone:
        yield _decided(tale, "undone"), f"undone/{name}"
        if mark:
            yield _lesson(tale, mark, name, "undone"), f"unlesson/{name}"


def _is_taught(tale: Tale) -> bool:
    return tale.verdict in _TAUGHT and not tale.is_test and bool(tale.mark)


def _mark(tale: Tale) -> MarkFacts | None:
    """Return what a verdict was about; None where the store's row is damaged, which is said."""
    try:
        return small_files.decode(tale.mark.encode(), MarkFacts, Path("the store"))
    except Unreadable as error:
        about = {"lease": tale.lease_id, "attempt": tale.attempt, "why": str(error)}
        _log.error("a verdict teaches nothing: its mark is damaged", **about)
        return None


def _decided(tale: Tale, word: str) -> Told:
    body = Decided(
        tale.lease_id,
        word,  # type: ignore[arg-type]  # one of its words
        tale.attempt,
        tale.frame_id,
        tale.spotter,
        tale.joined,
    )
    return Told("decided", tale.spotter, body)


def _lesson(tale: Tale, mark: MarkFacts, name: str, word: str) -> Told:
    body = LessonFacts(
        id=name,
        camera=tale.camera,
        verdict=word,  # type: ignore[arg-type]  # one of its words
        person=tale.spotter,
        at_s=tale.at_s,
        mark=mark,
    )
    return Told("lesson", tale.camera, body)
