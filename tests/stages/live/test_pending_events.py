"""What is given unasked: in order, newest of each name, and held while nobody can take it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import trio
import trio.testing

from runtime.asynchronous import AsyncContext
from runtime.work import Draft
from seda.codec import decode_body
from seda.decisions import Gone
from seda.pipeline import LIVE, Stage, only
from stages.live.pending_events import LOOK_S, WAITING_MAX, PendingEvents

pytestmark = pytest.mark.usefixtures("autojump_clock")


class Giver:
    """In the place of the context: notes what is given, where there is room."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.given: list[Draft] = []
        self.room = trio.Semaphore(1000)

    output = AsyncContext.output

    async def emit(self, draft: Draft) -> None:
        await self.room.acquire()
        self.given.append(draft)

    @property
    def pages(self) -> list[str]:
        return [decode_body(draft.body, Gone).page for draft in self.given]


@asynccontextmanager
async def _running(
    pending_events: PendingEvents, giver: Giver, troubled: set[str]
) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        context = cast("AsyncContext", giver)
        nursery.start_soon(pending_events.run, context, lambda stage: stage in troubled)
        await trio.testing.wait_all_tasks_blocked()
        yield
        nursery.cancel_scope.cancel()


def _gone(page: str) -> Gone:
    return Gone(page, "session")


def _give(pending_events: PendingEvents, *pages: str) -> None:
    for page in pages:
        pending_events.give(page, _gone(page), key=page)


async def test_it_is_given_in_order_under_ids_of_its_own() -> None:
    """No two alike, in this process or the next."""
    pending_events, giver = PendingEvents("gone", "epoch"), Giver(LIVE)
    async with _running(pending_events, giver, set()):
        _give(pending_events, "a", "b")
        await trio.testing.wait_all_tasks_blocked()
        _give(pending_events, "a")
        await trio.testing.wait_all_tasks_blocked()
    assert giver.pages == ["a", "b", "a"]
    assert len({draft.id for draft in giver.given}) == 3
    assert all("epoch" in draft.id for draft in giver.given)
    assert [draft.header["key"] for draft in giver.given] == ["a", "b", "a"]


async def test_it_waits_while_its_taker_is_in_trouble() -> None:
    """So that what piles up lies here, where it can be taken back and is bounded."""
    pending_events, giver, troubled = PendingEvents("gone", "epoch"), Giver(LIVE), {"assignment"}
    async with _running(pending_events, giver, troubled):
        _give(pending_events, "a", "b", "b")
        await trio.sleep(10 * LOOK_S)
        assert giver.given == []
        pending_events.take_back("a")
        assert pending_events.waiting(Gone) == (_gone("b"),)
        troubled.clear()
        await trio.sleep(2 * LOOK_S)
        assert (giver.pages, pending_events.waiting(Gone)) == (["b"], ())


async def test_what_waits_is_bounded() -> None:
    """The oldest goes."""
    pending_events = PendingEvents("gone", "epoch")
    _give(pending_events, *(str(number) for number in range(WAITING_MAX + 1)))
    waiting = pending_events.waiting(Gone)
    assert (len(waiting), waiting[0]) == (WAITING_MAX, _gone("1"))


async def test_without_a_taker_in_the_pipeline_nothing_waits() -> None:
    """A pipeline of some rows has nobody who takes it."""
    pending_events, giver = PendingEvents("gone", "epoch"), Giver(only(LIVE).stage("live"))
    _give(pending_events, "a")
    async with _running(pending_events, giver, set()):
        _give(pending_events, "b")
    assert (giver.given, pending_events.waiting(Gone)) == ([], ())


async def test_what_is_not_taken_yet_still_counts_as_waiting() -> None:
    """A restart in between says it again rather than never."""
    pending_events, giver = PendingEvents("gone", "epoch"), Giver(LIVE)
    giver.room = trio.Semaphore(0)
    async with _running(pending_events, giver, set()):
        _give(pending_events, "a")
        await trio.testing.wait_all_tasks_blocked()
        assert pending_events.waiting(Gone) == (_gone("a"),)
        giver.room.release()
        await trio.testing.wait_all_tasks_blocked()
        assert pending_events.waiting(Gone) == ()
