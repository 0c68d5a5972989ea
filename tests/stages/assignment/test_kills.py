"""A watch in real processes while they are killed: nobody shares a frame, no decision is lost.

Pages here do as the console does: they ask, say what they hold, decide, and ask anew when their
connection ends without an answer.
"""

import json
import os
import random
import socket
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import attrs
import pytest

from seda.codec import decode_body
from seda.decisions import Decided
from seda.requests import Answer
from stages.assignment.journal.journal import JournalInUseError
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.policy.limits import Limits
from stages.assignment.settings import limits_of
from testing.controllers.neighbours import Taken
from testing.waiting import PATIENCE_S, wait_until
from tests.stages.assignment.running_stage import (
    CAMERAS,
    RunningStage,
    count_descriptors,
    open_files,
    running,
    settings_with,
)

pytestmark = pytest.mark.slow
SEED = 11
KILLS = 18
"""One in a second or two."""
DECISIONS = 100


@attrs.define(eq=False)
class Page:
    """A browser with somebody in front of it."""

    person: str
    name: str
    asked: str | None = None
    yields: str = ""
    """The lease that it has given up, as it was asked to."""
    held: dict[str, str] = attrs.Factory(dict)
    """Frames by lease, the one on the screen first."""
    decided: list[str] = attrs.Factory(list)
    """Leases, the newest last."""


class Crowd:
    """Pages that decide, and cameras that go on."""

    def __init__(self, place: RunningStage, pages: int, chance: random.Random) -> None:
        self.place = place
        self.chance = chance
        self.pages = [Page(f"person{n}", f"page-number-{n}") for n in range(pages)]
        self.decided: dict[str, str] = {}
        """Frames by lease, told to assignment."""
        self.told: dict[str, str] = {}
        """Leases by event."""
        self.seen: Counter[tuple[str, str]] = Counter()
        self.frames = self.swaps = 0
        self.answers: Counter[int] = Counter()

    def step(self) -> None:
        """Let everybody do one thing."""
        place = self.place
        if self.chance.random() < 0.3 and place.sender.unsettled < 50:
            place.score(self.chance.choice(CAMERAS), self.chance.random() ** 3)
            self.frames += 1
        for page in self.pages:
            self.go_on(page)
        place.pump(0.005)
        for taken in place.reply.taken:
            self.receive(taken)
        place.reply.taken.clear()
        self.notice_ends()

    def go_on(self, page: Page) -> None:
        """Decide now and then, and ask for what there is room for."""
        if page.held and self.chance.random() < 0.1:
            lease_id, frame_id = next(iter(page.held.items()))
            del page.held[lease_id]
            page.decided.append(lease_id)
            self.decided[lease_id] = frame_id
            body = Decided(lease_id, self.chance.choice(("clear", "suspicious")))
            self.told[self.place.submit("decided", lease_id, body)] = lease_id
            self.show(page)
        if page.asked is None:
            holds = ",".join((*page.held, *page.decided[-20:]))
            shown = next(iter(page.held), "")
            query = {"wait": "2", "holds": holds, "shown": shown, "yields": page.yields}
            page.asked = self.place.ask(page.person, page.name, None, **query)

    def receive(self, taken: Taken) -> None:
        """Deliver an answer, and let the page take it."""
        asked = taken.event.id.removesuffix(".0")
        answer = decode_body(taken.event.body, Answer)
        page = next((it for it in self.pages if it.asked == asked), None)
        if page is None:  # it asks anew already, and says that it does not hold this one
            taken.end()
            return
        self.answers[answer.status] += 1
        self.place.clients.pop(asked).close()
        taken.end()
        page.asked = None
        page.yields = ""
        if asked_for := dict(answer.headers).get("Seda-Yield", ""):
            self.give_up(page, asked_for)
        if answer.status == 200:
            frame = json.loads(dict(answer.headers)["Seda-Frame"])
            self.hold(page, frame)

    def give_up(self, page: Page, lease_id: str) -> None:
        """Give a frame up, unless it is on the screen."""
        if lease_id in tuple(page.held)[1:]:
            del page.held[lease_id]
            page.yields = lease_id

    def hold(self, page: Page, frame: dict[str, str]) -> None:
        """Check that nobody else has a frame, and have it."""
        frame_id, lease_id = frame["frame_id"], frame["lease_id"]
        self.swaps += bool(frame.get("instead_of"))
        for other in self.pages:
            assert other is page or frame_id not in other.held.values(), "held by two"
        assert frame_id not in self.decided.values(), "a decided frame came again"
        page.held[lease_id] = frame_id
        if len(page.held) == 1:
            self.show(page)

    def show(self, page: Page) -> None:
        """Note what is on a screen."""
        for frame_id in list(page.held.values())[:1]:
            self.seen[page.person, frame_id] += 1

    def notice_ends(self) -> None:
        """Ask anew where the connection ended without an answer."""
        for page in self.pages:
            client = self.place.clients.get(page.asked or "")
            if client is not None and has_ended(client):
                self.place.clients.pop(page.asked or "").close()
                page.asked = None

    def finish(self) -> None:
        """Wait until all that was told is settled."""
        self.place.wait(lambda: self.told.keys() <= self.place.settled.keys(), 2 * PATIENCE_S)
        outcomes = {self.place.settled[event_id].outcome for event_id in self.told}
        assert outcomes <= {"done"}


def has_ended(client: socket.socket) -> bool:
    """Return whether the other side closed."""
    try:
        return client.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


def test_kills_share_no_frame_and_lose_no_decision(tmp_path: Path) -> None:
    """The handler dies at any moment, the controller now and then (R2, R9, R24)."""
    chance = random.Random(SEED)
    # All of it is work: samples do not give way.
    settings = settings_with(
        second_threat=1.0, second_clear_share=0.0, lease_s=600.0, incident_threat=0.0
    )
    with running(tmp_path, settings) as place:
        crowd = Crowd(place, 6, chance)
        kills = 0
        next_s = time.monotonic() + 2.0
        until_s = time.monotonic() + PATIENCE_S
        while kills < KILLS or len(crowd.decided) <= DECISIONS:
            assert time.monotonic() < until_s, (kills, len(crowd.decided))
            crowd.step()
            if time.monotonic() >= next_s and (handlers := place.handlers()):
                next_s = time.monotonic() + 1.0 + chance.random()
                kills += 1
                if chance.random() < 0.2:
                    place.process.kill()
                    place.process.wait()
                    place.start()
                else:
                    os.kill(handlers[0], 9)
        crowd.finish()
        assert max(crowd.seen.values()) == 1, "nobody saw a frame twice"
        assert crowd.swaps > 0, "frames gave way to worse ones while pages decided"
        place.process.kill()
        place.process.wait()
        verdicts = judged(place, limits_of(settings))
        assert {lease_id for lease_id in crowd.decided if lease_id not in verdicts} == set()


def judged(place: RunningStage, limits: Limits) -> set[str]:
    """Read from the journal which leases have a verdict."""
    desks: list[JournaledPolicy] = []

    def has_opened() -> bool:
        with suppress(JournalInUseError):  # the last handler is about to follow its controller
            desks.append(JournaledPolicy(place.directory / "journal", limits))
        return bool(desks)

    wait_until(has_opened, "the journal to be closed")
    [policy] = desks
    try:
        ended = policy.pool.records.ended
        return {lease_id for lease_id, lease in ended.items() if lease.verdict is not None}
    finally:
        policy.close()


def test_hang_ups_answers_and_kills_leave_no_descriptor(tmp_path: Path) -> None:
    """Neither in the handler nor in its controller, whatever became of a request."""
    with running(tmp_path, settings_with(undo_s=0.5)) as place:
        place.add("gate", 0.3)
        place.decide(place.take("anna", "page-of-anna"))
        place.pump_for(2.0)
        [handler] = place.handlers()
        before = count_descriptors(handler), count_descriptors(place.process.pid)
        answered = 0
        for _ in range(300):
            asked = [place.ask(f"p{n}", f"page-number-{n}", None, wait="30") for n in range(6)]
            for event_id in asked[1:]:
                place.clients.pop(event_id).close()
            place.add("gate", 0.3)
            answered += reply(place)
        for event_id in tuple(place.clients):
            place.clients.pop(event_id).close()

        def is_all_over() -> bool:
            nonlocal answered
            answered += reply(place)
            return answered + place.count("hung_up") >= 1800

        wait_until(
            is_all_over,
            "an answer or a hang-up for 1,800 requests",
            between=bool,
            so_far=lambda: (answered, place.figures),
        )
        place.pump_for(2.0)

        def count_left() -> tuple[int, int]:
            hot = sum("payload" in name for name in open_files(handler))
            assert hot <= 16, "the pictures of what waits, and of what has its grace"
            inside, outside = count_descriptors(handler), count_descriptors(place.process.pid)
            return inside - before[0] - hot, outside - before[1]

        wait_until(
            lambda: count_left() == (0, 0),
            "no more descriptors than before",
            between=lambda: place.pump_for(0.2),
            so_far=count_left,
        )


def reply(place: RunningStage) -> int:
    """Be the reply stage: decide where somebody is there, and say where nobody is."""
    place.pump()
    taken, place.reply.taken = place.reply.taken, []
    for it in taken:
        lease_id = decode_body(it.event.body, Answer).lease_id
        client = place.clients.pop(it.event.id.removesuffix(".0"), None)
        if client is not None:
            client.close()
        if lease_id and client is not None:
            place.settle(place.submit("decided", lease_id, Decided(lease_id, "clear")))
        elif lease_id:
            place.settle(place.lose(lease_id))
        it.end()
    return len(taken)
