"""A watch in simulated time: cameras and spotters around the shipped policy and journal.

Simulated are the people, their pages, the cameras, the store of verdicts and the crashes. A crash
takes the requests that wait (they are connections); whoever submitted the event that was being
handled submits it again, as controllers do; a page asks again and says what it has.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from random import Random

import attrs

from seda.decisions import VerdictWord
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.policy.limits import Limits
from testing.people.figures import Broken, Figures, demand
from testing.people.killable_policy import KillablePolicy

PAGE_MARGIN_S = 1.0
"""A page takes a frame off so long before its lease ends, so that it never shows what ended."""


@attrs.frozen(kw_only=True)
class Plan:
    """What to simulate."""

    threats: tuple[float, ...]
    """The mean threat of each camera."""
    spotters: int
    duration_s: float = 600.0
    chunk_s: float = 4.0
    going_on: float = 0.5
    """The share of frames that carry on what the frame before was about."""
    decision_s: tuple[float, float] = (4.0, 6.0)
    kills_per_happening: float = 0.0
    leaves_per_decision: float = 0.0
    idles_per_decision: float = 0.0
    suspicious_share: float = 0.1
    seed: int = 0
    limits: Limits = attrs.Factory(Limits)


@attrs.define
class Page:
    """A spotter's browser."""

    spotter: str
    session: str
    leases: list[str] = attrs.Factory(list)
    """What it has, the one on the screen first."""
    yields: str | None = None
    """What it has given up, until that is answered."""
    request_id: str | None = None
    visit: int = 0


class Simulation:
    """Runs a plan and checks, at every step, what must never happen."""

    def __init__(self, plan: Plan, journal: Path) -> None:
        self.plan = plan
        self.random = Random(plan.seed)  # noqa: S311 - invented chance, seeded
        self.policy = KillablePolicy(journal, plan.limits, plan.seed)
        self.figures = Figures()
        self.now_s = 0.0
        self._ids = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self.pages = {f"s{i}": Page(f"p{i}", f"s{i}") for i in range(plan.spotters)}
        self.incident_of: dict[str, str] = {}
        self.store: dict[str, VerdictWord] = {}
        """The verdicts that were answered with "recorded", by lease."""

    def run(self) -> Figures:
        """Run to the end of the plan and give what was counted."""
        for camera, threat in enumerate(self.plan.threats):
            self._later(
                self.random.random() * self.plan.chunk_s, self._film(f"c{camera:03}", threat, 0)
            )
        for page in self.pages.values():
            self._later(self.random.random(), self._asking(page))
        self._later(1.0, self._tick)
        while self._agenda and self._agenda[0][0] <= self.plan.duration_s:
            self.now_s, _, action = heappop(self._agenda)
            action()
        self.figures.kills = self.policy.kills
        self._check_decisions()
        self.policy.close()
        return self.figures

    def _later(self, delay_s: float, action: Callable[[], None]) -> None:
        heappush(self._agenda, (self.now_s + delay_s, next(self._ids), action))

    # --- the desk -------------------------------------------------------------------------------

    def _submit(self, happening: h.Happening) -> None:
        while self.random.random() < self.plan.kills_per_happening:
            self.policy.handle_and_die(happening, self.now_s)
            self._lose_requests()
            if isinstance(happening, h.Requested | h.HungUp):
                return
        if self.random.random() < self.plan.kills_per_happening:
            self.policy.compact(self.now_s)
        for command in self.policy.handle(happening, self.now_s):
            self.figures.note(command, self.now_s)
            self._carry_out(command)

    def _lose_requests(self) -> None:
        """Have every page that waited ask again: the connections died with the process."""
        self.figures.resume(self.policy.policy.pool, self.now_s)
        for page in self.pages.values():
            if page.request_id is not None:
                page.request_id = None
                self._later(self.random.random(), self._asking(page))

    def _carry_out(self, command: c.Command) -> None:
        match command:
            case c.Leased():
                page = self._answered(command.session, command.request_id)
                self.incident_of[command.lease_id] = command.incident_id
                self._receive(page, command.lease_id)
            case c.Resent(request_id, lease_id):
                session = self.policy.policy.pool.records.leases[lease_id].session
                lease = self.policy.policy.pool.records.leases[lease_id]
                self.incident_of[lease_id] = lease.incident_id
                self._receive(self._answered(session, request_id), lease_id)
            case c.AskedToYield(request_id, lease_id):
                session = self.policy.policy.pool.records.leases[lease_id].session
                self._give_up(self._answered(session, request_id), lease_id)
            case c.NoFrame(request_id, "nothing waits"):
                for page in self.pages.values():
                    if page.request_id == request_id:
                        page.request_id = None
                        self._ask(page)
            case c.Unheld(session, lease_id):
                raise Broken(f"{session} believes in {lease_id}, which ended")
            case _:
                pass

    def _give_up(self, page: Page, lease_id: str) -> None:
        """Give the frame ahead up, unless it is on the screen by now."""
        if lease_id in page.leases[1:]:
            page.leases.remove(lease_id)
            page.yields = lease_id
        self._ask(page)

    def _answered(self, session: str, request_id: str) -> Page:
        page = self.pages[session]
        demand(page.request_id == request_id, "only who asks gets an answer")
        page.request_id = page.yields = None
        return page

    # --- pages and people -----------------------------------------------------------------------

    def _receive(self, page: Page, lease_id: str) -> None:
        incident = self.incident_of[lease_id]
        for other in self.pages.values():
            held = [self.incident_of[lease] for lease in other.leases]
            self.figures.held_by_two += incident in held
        page.leases.append(lease_id)
        demand(len(page.leases) <= 2, "a page has one frame and one ahead")
        if len(page.leases) == 1:
            self._show(page)
        self._ask(page)

    def _show(self, page: Page) -> None:
        lease_id = page.leases[0]
        incident = self.incident_of[lease_id]
        self.figures.seen_twice += (page.spotter, incident) in self.figures.seen
        self.figures.seen.add((page.spotter, incident))
        if self.random.random() < self.plan.idles_per_decision:
            idle_s = self.plan.limits.lease_s - PAGE_MARGIN_S
            self._later(idle_s, self._leaving(page, page.visit))
            return
        self._later(self.random.uniform(*self.plan.decision_s), self._deciding(page, lease_id))

    def _asking(self, page: Page) -> Callable[[], None]:
        visit = page.visit
        return lambda: self._ask(page) if page.visit == visit else None

    def _ask(self, page: Page) -> None:
        if page.request_id is not None:
            return
        page.request_id = f"r{next(self._ids)}"
        shown = page.leases[0] if page.leases else None
        request = h.Requested(
            request_id=page.request_id,
            spotter=page.spotter,
            session=page.session,
            wait_s=25.0,
            shown=shown,
            holds=frozenset(page.leases),
        )
        # Asked in a step of its own: a page never asks in the middle of the desk's answer.
        self._later(0.0, lambda: self._send_request(page, request))

    def _send_request(self, page: Page, request: h.Requested) -> None:
        if page.request_id != request.request_id:
            return
        holds = frozenset(page.leases)
        shown = page.leases[0] if page.leases else None
        request = attrs.evolve(request, holds=holds, shown=shown, yields=page.yields)
        self._submit(request)
        if page.request_id == request.request_id and not self._is_waiting(request):
            page.request_id = None
            self._later(self.random.random(), self._asking(page))

    def _is_waiting(self, request: h.Requested) -> bool:
        return self.policy.policy.is_waiting(request.request_id)

    def _deciding(self, page: Page, lease_id: str) -> Callable[[], None]:
        return lambda: self._decide(page, lease_id)

    def _decide(self, page: Page, lease_id: str) -> None:
        if lease_id not in page.leases:
            return
        demand(page.leases[0] == lease_id, "what is decided is on the screen")
        is_suspicious = self.random.random() < self.plan.suspicious_share
        verdict: VerdictWord = "suspicious" if is_suspicious else "clear"
        self.store[lease_id] = verdict
        page.leases.remove(lease_id)
        if page.leases:
            self._show(page)
        self._submit(h.Decided(lease_id, verdict))
        if self.random.random() < self.plan.leaves_per_decision:
            self._leave(page)
        else:
            self._ask(page)

    def _leaving(self, page: Page, visit: int) -> Callable[[], None]:
        return lambda: self._leave(page) if page.visit == visit else None

    def _leave(self, page: Page) -> None:
        page.leases.clear()
        page.request_id = page.yields = None
        page.visit += 1
        self._submit(h.Gone(page.session))
        self._later(self.random.uniform(5.0, 30.0), self._asking(page))

    # --- cameras and time -----------------------------------------------------------------------

    def _film(self, camera: str, threat: float, sequence: int) -> Callable[[], None]:
        return lambda: self._score(camera, threat, sequence)

    def _score(self, camera: str, threat: float, sequence: int) -> None:
        frame = h.Frame(
            frame_id=f"{camera}-{sequence}",
            camera=camera,
            epoch=1,
            sequence=sequence,
            threat=min(1.0, threat * self.random.uniform(0.8, 1.2)),
        )
        self.figures.frames[camera] += 1
        goes_on = self.random.random() < self.plan.going_on
        step = 1 if goes_on else self.plan.limits.incident_gap_chunks + 1
        self._later(self.plan.chunk_s, self._film(camera, threat, sequence + step))
        self._submit(h.Scored(frame))

    def _tick(self) -> None:
        self._later(1.0, self._tick)
        self._submit(h.Ticked())

    def _check_decisions(self) -> None:
        """Whatever was answered with "recorded" is to reach the pool, once."""
        judged = self.figures.judged
        self.figures.decisions_lost = len(self.store.keys() - judged.keys())
        self.figures.decisions_twice = sum(times > 1 for times in judged.values())
