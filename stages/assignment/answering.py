"""Answers requests for frames, as the policy decides.

The request that is being served gets its answer as its event's output; a request that waited gets
it as an output of its own, under the id that its event's output would have had.
"""

from collections.abc import Callable

import attrs

from runtime.asynchronous import AsyncContext
from runtime.work import Draft, Input, Received
from seda.decisions import Unheld
from seda.disk import room
from seda.requests import Answer, Client
from stages.assignment.emitting import Emitter
from stages.assignment.items import Item
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.leases import Leases, empty, refusal
from stages.assignment.pictures.frames import Frames
from stages.assignment.policy import commands as c
from stages.assignment.requests import Requests

BUSY = "Too many pages wait for frames; try again in a moment."
TOO_MANY_PAGES = "Too many of your pages wait for frames; close those that you do not use."


@attrs.define(eq=False)
class Current:
    """The request that is being served."""

    event: Input
    client: Client
    product: Draft | None = None


class Answering:
    """Answers requests, at once or when their frame comes."""

    def __init__(
        self,
        context: AsyncContext,
        policy: JournaledPolicy,
        frames: Frames,
        leases: Leases,
        emitter: Emitter,
    ) -> None:
        self._context = context
        self._pool, self._records = policy.pool, policy.pool.records
        self._frames = frames
        self._leases = leases
        self._emitter = emitter
        self.requests = Requests()

    def carry(self, command: c.Command, current: Current | None) -> None:
        """Answer whom the command is about, if it is about a request or a page."""
        match command:
            case c.Leased(instead_of=instead_of):
                self._context.count(f"leased_{command.turn}")
                self._pair(command.request_id, command.lease_id, instead_of or "", current)
            case c.Resent(request_id, lease_id):
                self._context.count("resent")
                self._pair(request_id, lease_id, "", current)
            case c.NoFrame():
                self._refuse(command, current)
            case c.AskedToYield(request_id, lease_id):
                self._context.count("asked_to_yield")
                self._give("answer", request_id, lambda it: empty(it, lease_id), current)
            case c.Unheld(session, lease_id):
                self._take_off(session, lease_id)
            case c.Returned(lease_id, "expired" | "undone"):
                self._take_off(self._records.ended[lease_id].session, lease_id)
            case _:
                pass

    def _pair(
        self, request_id: str, lease_id: str, instead_of: str, current: Current | None
    ) -> None:
        lease = self._records.leases[lease_id]
        item = self._list(Item(tuple(self._pool.item_of(lease_id))))
        frame_id = item.first.face.frame_id
        picture = self._frames.hot(frame_id)
        file = "" if picture else self._frames.file(frame_id)

        def make(client: Client) -> Answer:
            answer = self._leases.answer(client, lease, item, instead_of)
            return attrs.evolve(answer, file=file) if file else answer

        self._give("pair", request_id, make, current, picture)

    def _list(self, item: Item) -> Item:
        """Lay the list of an item's frames beside the first; without it that one is alone."""
        listed = item.list_others()
        if not listed:
            return item
        self._context.count("items_of_many_cameras")
        if not self._frames.list_joined(item.first.face.frame_id, listed):
            self._context.count(room.REFUSED)
            return item
        return attrs.evolve(item, listed=listed)

    def _refuse(self, answer: c.NoFrame, current: Current | None) -> None:
        self._context.count("answered_without_frame")

        def make(client: Client) -> Answer:
            if answer.reason == "too many requests":
                return refusal(client, 503, BUSY, ("Retry-After", "1"))
            if answer.reason == "too many requests of one person":
                return refusal(client, 429, TOO_MANY_PAGES, ("Retry-After", "10"))
            return empty(client)

        self._give("answer", answer.request_id, make, current)

    def _give(
        self,
        kind: str,
        request_id: str,
        make: Callable[[Client], Answer],
        current: Current | None,
        picture: Received | bytes | None = None,
    ) -> None:
        more = () if picture is None else (picture,)
        if current is not None and current.event.header.id == request_id:
            contents = (current.event.payloads[0], *more)
            current.product = current.event.output(kind, make(current.client), contents)
            return
        waiting = self.requests.take(request_id)
        if waiting is None:
            raise LookupError(f"the policy answers request {request_id}, which nobody has")
        contents = (waiting.connection, *more)
        draft = self._context.output(
            kind, f"{request_id}.0", make(waiting.client), contents, key=waiting.key
        )
        self._emitter.emit(draft, waiting.connection)

    def end_waiting(self, session: str) -> None:
        """Answer requests that the policy has forgotten: their page left."""
        for request_id in self.requests.of_session(session):
            self._refuse(c.NoFrame(request_id, "nothing waits"), None)

    def close(self) -> None:
        """Answer every request that waits; a page that asks again reaches the next handler."""
        for session in self.requests.sessions():
            self.end_waiting(session)
        self.requests.close()

    def _take_off(self, session: str, lease_id: str) -> None:
        """Tell a page that a frame is not its own any more; it has a clock of its own, too."""
        unheld = Unheld(*page_of(session), lease_id)
        fact = self._context.output("unheld", self._emitter.next_fact(), unheld, key=lease_id)
        self._context.emit_nowait(fact)


def session_of(page: str, session: str) -> str:
    """Return what the policy knows a page by: nobody else's page has it, whatever it says."""
    return f"{page}/{session}"


def page_of(session: str) -> tuple[str, str]:
    """Return the page of what the policy knows, and its person's session; a name has no slash."""
    page, _, of_person = session.partition("/")
    return page, of_person
