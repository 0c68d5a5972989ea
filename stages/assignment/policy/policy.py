"""The assignment policy: happenings in, commands out. No clock, no file, no socket.

`handle` decides by facts: each is applied to the pool as it is decided and handed out to be
journalled. Two queues meet here (R29): the pool of scored frames and the requests of spotters, at
most one a session. Whenever either changes, requests are served, those of spotters with nothing on
their screen first, then in the order in which they came. What is proved of the order in which
incidents leave, and how, stands in design/assignment.md.
"""

from collections.abc import Iterable
from typing import assert_never

import attrs

from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.admission import admit, lose_picture, make_room, offer_held
from stages.assignment.policy.ageing import age, find_expired
from stages.assignment.policy.apply import apply
from stages.assignment.policy.choice import (
    Choice,
    Draw,
    Viewer,
    choose,
    choose_in_review,
    count_down,
    find_swap,
)
from stages.assignment.policy.common_causes import widen
from stages.assignment.policy.leases import decide, give_back, note_shown, undo
from stages.assignment.policy.limits import LEASES_PER_SESSION
from stages.assignment.policy.pool import Pool
from stages.assignment.policy.records import Incident, Lease


@attrs.frozen
class _Waiting:
    """A request that waits for a frame."""

    request: h.Requested
    until_s: float

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.request.spotter, self.request.scope)


class Policy:
    """Decides which incident goes to which spotter."""

    def __init__(self, pool: Pool, draw: Draw) -> None:
        self.pool = pool
        self._draw = draw
        self._requests: dict[str, _Waiting] = {}
        self._asked: set[str] = set()
        """The leases that pages were asked to give up; asked again once the page has answered."""
        self._out: list[c.Command] = []

    @property
    def requests_waiting(self) -> int:
        """The length of the queue of requests; that of the frames is the pool's."""
        return len(self._requests)

    def is_waiting(self, request_id: str) -> bool:
        """Whether a request is still to be answered."""
        return any(w.request.request_id == request_id for w in self._requests.values())

    def would_take(self, frame: h.Frame, now_s: float) -> bool:
        """Return whether a scored frame would be let in now; changes nothing."""
        first = next(admit(self.pool, frame, now_s))
        return not isinstance(first, c.Repeated | c.Refused)

    def handle(self, happening: h.Happening, now_s: float) -> list[c.Command]:
        """Say everything that follows from one happening, in order."""
        self._out = []
        self._take_in(happening, now_s)
        self._do_all(make_room(self.pool), now_s)
        self._serve(now_s)
        self._answer_late(now_s)
        return self._out

    def _take_in(self, happening: h.Happening, now_s: float) -> None:
        match happening:
            case h.Scored() | h.PictureLost() | h.TestFrameAdded() | h.TestFrameRemoved():
                self._take_frame(happening, now_s)
            case h.Requested() | h.HungUp() | h.Gone() | h.Undelivered():
                self._take_from_session(happening, now_s)
            case h.Decided():
                self._do_all(decide(self.pool, happening, self._draw), now_s)
            case h.Undone():
                self._do_all(undo(self.pool, happening, self._draw), now_s)
            case h.Ticked():
                self._pass_time(now_s)
            case _:
                assert_never(happening)

    def _take_frame(self, happening: h.FrameHappening, now_s: float) -> None:
        match happening:
            case h.Scored(frame):
                self._do_all(admit(self.pool, frame, now_s), now_s)
            case h.PictureLost(frame_id):
                self._do_all(lose_picture(self.pool, frame_id), now_s)
            case h.TestFrameAdded(frame):
                self._add_test(frame, now_s)
            case h.TestFrameRemoved(frame_id):
                self._remove_test(frame_id, now_s)

    def _take_from_session(self, happening: h.SessionHappening, now_s: float) -> None:
        match happening:
            case h.Requested():
                self._request(happening, now_s)
            case h.Gone(session):
                self._leave(session, now_s)
            case h.Undelivered(lease_id):
                self._return(lease_id, "undelivered", now_s)
            case h.HungUp(request_ids):
                self._hang_up(frozenset(request_ids))

    def _do(self, command: c.Command, now_s: float) -> None:
        if isinstance(command, c.FACTS):
            apply(self.pool, command, now_s)
        self._out.append(command)

    def _do_all(self, commands: Iterable[c.Command], now_s: float) -> None:
        for command in commands:
            self._do(command, now_s)

    # --- requests -------------------------------------------------------------------------------

    def _request(self, request: h.Requested, now_s: float) -> None:
        for lease_id in self._find_unseen(request):
            self._return(lease_id, "expired", now_s)
        if request.shown is not None:
            self._do_all(note_shown(self.pool, request.session, request.shown), now_s)
        before = self._requests.pop(request.session, None)
        if before is not None:
            self._do(c.NoFrame(before.request.request_id, "asked again"), now_s)
        lost = self._find_lost(request)
        self._asked.discard(request.yields or "")
        if lost is not None and lost == request.yields and self._swap(request, lost, now_s):
            return
        if lost is not None:
            self._do(c.Resent(request.request_id, lost), now_s)
        elif len(self._requests) >= self.pool.limits.requests_max:
            self._do(c.NoFrame(request.request_id, "too many requests"), now_s)
        elif self._count_waiting(request.spotter) >= self.pool.limits.requests_per_spotter:
            self._do(c.NoFrame(request.request_id, "too many requests of one person"), now_s)
        else:
            self._requests[request.session] = _Waiting(request, now_s + request.wait_s)

    def _count_waiting(self, spotter: str) -> int:
        return sum(waiting.request.spotter == spotter for waiting in self._requests.values())

    def _find_unseen(self, request: h.Requested) -> list[str]:
        """Name what a session holds of cameras that have left its spotter's scope."""
        if request.scope is None:
            return []
        held = self.pool.index.sessions.get(request.session, ())
        return [
            lease_id
            for lease_id in held
            if any(it.camera not in request.scope for it in self.pool.item_of(lease_id))
        ]

    def _find_lost(self, request: h.Requested) -> str | None:
        has = request.holds | {request.shown}
        held = self.pool.index.sessions.get(request.session, ())
        return next((lease_id for lease_id in held if lease_id not in has), None)

    def _hang_up(self, request_ids: frozenset[str]) -> None:
        self._requests = {
            session: waiting
            for session, waiting in self._requests.items()
            if waiting.request.request_id not in request_ids
        }

    def _answer_late(self, now_s: float) -> None:
        late = [s for s, waiting in self._requests.items() if waiting.until_s <= now_s]
        for session in late:
            request = self._requests.pop(session).request
            # That nothing waits may be said only where it is so.
            is_full = not self._count_held(session) and self._holds_all(request.spotter)
            self._do(
                c.NoFrame(
                    request.request_id,
                    "too many requests of one person" if is_full else "nothing waits",
                ),
                now_s,
            )

    # --- serving --------------------------------------------------------------------------------

    def _serve(self, now_s: float) -> None:
        """Serve what can be served."""
        index = self.pool.index
        if self._requests and (index.worst or index.review or index.tests):
            for session in sorted(self._requests, key=self._count_held):
                self._serve_session(session, now_s)

    def _count_held(self, session: str) -> int:
        return len(self.pool.index.sessions.get(session, ()))

    def _serve_session(self, session: str, now_s: float) -> None:
        if self._count_held(session) >= LEASES_PER_SESSION:
            self._ask_to_yield(session, now_s)
            return
        if self._holds_all(self._requests[session].request.spotter):
            return
        choice = self._choose(self._requests[session], now_s)
        if choice is not None:
            self._lease(session, choice, now_s)

    def _holds_all(self, spotter: str) -> bool:
        """Whether a person has as many leases as one may have, on whatever pages."""
        return self.pool.index.holders[spotter] >= self.pool.limits.leases_per_spotter

    def _choose(self, waiting: _Waiting, now_s: float) -> Choice | None:
        if waiting.request.is_review:
            return choose_in_review(self.pool, waiting.viewer)
        return choose(self.pool, waiting.viewer, now_s)

    def _ask_to_yield(self, session: str, now_s: float) -> None:
        """Ask a page for the frame ahead where something worse is to take its place, once."""
        waiting, lease = self._requests[session], self.pool.leases_of(session)[-1]
        if lease.lease_id in self._asked or self._find_swap(waiting.viewer, lease) is None:
            return
        self._asked &= self.pool.records.leases.keys()
        self._asked.add(lease.lease_id)
        del self._requests[session]
        self._do(c.AskedToYield(waiting.request.request_id, lease.lease_id), now_s)

    def _swap(self, request: h.Requested, lease_id: str, now_s: float) -> bool:
        """Replace what a page has given up, if that is still worth it; else it comes again."""
        waiting = _Waiting(request, now_s)
        incident = self._find_swap(waiting.viewer, self.pool.records.leases[lease_id])
        if incident is None:
            return False
        self._requests[request.session] = waiting
        # In this order: what comes back could otherwise push the other one out of its camera.
        self._lease(request.session, Choice(incident, "swap"), now_s, instead_of=lease_id)
        self._return(lease_id, "yielded", now_s)
        return True

    def _find_swap(self, viewer: Viewer, lease: Lease) -> Incident | None:
        return find_swap(self.pool, viewer, lease) if lease.shown_s is None else None

    def _lease(
        self, session: str, choice: Choice, now_s: float, *, instead_of: str | None = None
    ) -> None:
        waiting = self._requests.pop(session)
        request, choice = waiting.request, widen(self.pool, choice, waiting.viewer)
        records, is_first = self.pool.records, not self._count_held(session)
        lease_id = f"{records.generation}-{records.lease_count + 1}"
        leased = c.Leased(
            lease_id=lease_id,
            incident_id=choice.incident.incident_id,
            request_id=request.request_id,
            spotter=request.spotter,
            session=session,
            turn=choice.turn,
            until_test=count_down(self.pool, request.spotter, choice.turn, self._draw),
            instead_of=instead_of,
            joined=choice.joined,
            is_sample=choice.is_sample,
        )
        self._do(leased, now_s)
        if is_first:
            self._do(c.Shown(lease_id), now_s)

    # --- leaving, test frames and time ----------------------------------------------------------

    def _return(self, lease_id: str, reason: c.Return, now_s: float) -> None:
        self._do_all(give_back(self.pool, lease_id, reason, self._draw), now_s)

    def _leave(self, session: str, now_s: float) -> None:
        self._requests.pop(session, None)
        for lease in self.pool.leases_of(session):
            self._return(lease.lease_id, "gone", now_s)

    def _add_test(self, frame: h.Frame, now_s: float) -> None:
        is_new = frame.frame_id not in self.pool.records.incidents
        if is_new and len(self.pool.index.tests) < self.pool.limits.tests_max:
            self._do(c.TestAdded(frame), now_s)

    def _remove_test(self, frame_id: str, now_s: float) -> None:
        if frame_id in self.pool.index.tests:
            self._do(c.TestRemoved(frame_id), now_s)

    def _pass_time(self, now_s: float) -> None:
        for lease_id in find_expired(self.pool, now_s):
            self._return(lease_id, "expired", now_s)
        self._do_all(offer_held(self.pool, now_s), now_s)
        self._do_all(age(self.pool, now_s), now_s)
