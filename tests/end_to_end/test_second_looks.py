"""Test frames and second opinions through everything that runs, over HTTP, and over a kill.

Frames are fed in the detector's place; two people decide, a supervisor adds a test frame.
"""

import email
import json
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from http.client import RemoteDisconnected
from typing import Any

import attrs
import pytest

from testing.waiting import wait_until
from tests.end_to_end.documented import route_of
from tests.end_to_end.scoped import OWN, ROOT, Asking, World, known, picture, world

pytestmark = pytest.mark.slow

WATCH = """
test_every = 2
second_threat = 0.8
second_clear_share = 0.0
undo_s = 0.5
"""
FIRST, SECOND = "spotter", "supervisor"
WORK = 0.6
"""The threat of frames that are work, and not grave enough for a second opinion."""
ENDED: defaultdict[str, list[str]] = defaultdict(list)
"""What each has decided: a page says so, since it may ask before its verdict is known there."""
FRAMES = 30
"""More than there are: who has not seen a frame by then is not asked about it."""


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    with world(WATCH) as made:
        yield made


@attrs.frozen
class Seen:
    """One frame on somebody's page, and what came of their verdict."""

    frame: dict[str, Any]
    recorded: dict[str, Any]

    @property
    def id(self) -> str:
        name: str = self.frame["frame_id"]
        return name


def take(running: World, person: str) -> dict[str, Any] | None:
    """Return the facts of a person's next frame; None where none waits for them."""
    query = {"page": f"page-of-{person}", "wait": "1", "holds": ",".join(ENDED[person][-5:])}
    answer = running.ask(person, route_of("next"), Asking(query=query))
    if answer.status == 204:
        return None
    assert answer.status == 200, answer
    facts: dict[str, Any] = json.loads(email.message_from_string(answer.headers)["Seda-Frame"])
    return facts


def decide(running: World, person: str, frame: dict[str, Any], verdict: str) -> Seen:
    asking = Asking(
        {"frame_id": frame["frame_id"]}, body={"lease": frame["lease"], "verdict": verdict}
    )
    answer = running.ask(person, route_of("verdict"), asking)
    assert answer.status == 200, answer
    ENDED[person].append(frame["lease_id"])
    return Seen(frame, json.loads(answer.body))


def decide_all(running: World, person: str, verdict: str) -> list[Seen]:
    """Decide whatever there is for a person until nothing comes."""
    found = []
    while (frame := take(running, person)) is not None:
        found.append(decide(running, person, frame, verdict))
        assert len(found) < FRAMES
    return found


def listed(running: World, name: str, person: str = ROOT) -> list[dict[str, Any]]:
    answer = running.ask(person, route_of(name), Asking())
    assert answer.status == 200, answer
    body = json.loads(answer.body)
    found: list[dict[str, Any]] = body[name] if isinstance(body, dict) else body
    return found


def test_frames_for_tests_and_second_opinions_go_the_whole_way(running: World) -> None:
    """One person sees all and says clear; what was grave is asked of another, over a kill (R35)."""
    query = {"camera": OWN, "is_target": "true", "threat": f"{WORK}"}
    added = running.ask(
        ROOT, route_of("upload_test_frame"), Asking(query=query, body=picture("somebody"))
    )
    assert added.status == 201, added
    tests = {known(OWN), json.loads(added.body)["frame_id"]}

    first = decide_all(running, FIRST, "clear")
    number = 3
    while not any(it.recorded["debrief"] for it in first):  # one comes in two, on average
        running.add(OWN, number, WORK)
        first += decide_all(running, FIRST, "clear")
        number += 1
        assert number < FRAMES, "a test frame comes"
    debriefed = {it.id: it.recorded["debrief"] for it in first if it.recorded["debrief"]}
    assert debriefed.keys() <= tests, "no other frame was told to be one"
    assert all(it == {"is_target": True, "is_right": False} for it in debriefed.values())
    assert len({frozenset(it.frame) for it in first}) == 1, "its facts are those of others"
    grave = running.waiting(OWN)
    assert [it.id for it in first].count(grave) == 1, "the one who said clear is not asked again"

    [handler] = running.rig.handlers("assignment")[:1]
    os.kill(handler, signal.SIGKILL)

    asked: list[Seen] = []

    def ask() -> None:
        try:
            frame = take(running, SECOND)
        except RemoteDisconnected:  # who was killed held the connection: a page asks again, too
            return
        if frame is not None:
            verdict = "suspicious" if frame["frame_id"] == grave else "clear"
            asked.append(decide(running, SECOND, frame, verdict))

    wait_until(lambda: grave in [it.id for it in asked], "the second opinion", between=ask)
    [second] = [it for it in asked if it.id == grave]
    assert second.recorded["alarm_id"] is not None, "what the second one found is an alarm"
    assert second.frame.keys() == first[0].frame.keys(), "and is asked as any other frame"
    ordinary = {it.id for it in first} - tests - {grave}
    assert not ordinary & {it.id for it in asked}, "what was not grave is asked of nobody else"

    wait_until(
        lambda: "spotters disagree" in {it["cause"] for it in listed(running, "alarms")},
        "a line for a supervisor that two disagree",
    )


def test_what_was_said_of_a_test_frame_is_counted_and_raises_no_alarm(running: World) -> None:
    """It is in the vigilance of whoever said it, and suspicious would not have been an alarm."""
    before = by_admin(running)
    upload = Asking(
        query={"camera": OWN, "is_target": "true", "threat": f"{WORK}"}, body=picture("again")
    )
    added = running.ask(ROOT, route_of("upload_test_frame"), upload)
    frame_id = json.loads(added.body)["frame_id"]
    decided: list[Seen] = []

    def feed_and_decide() -> None:
        running.add(OWN, FRAMES + len(decided), WORK)
        decided.extend(decide_all(running, "admin", "suspicious"))

    wait_until(
        lambda: frame_id in [it.id for it in decided], "the test frame", between=feed_and_decide
    )
    [seen] = [it for it in decided if it.id == frame_id]
    assert seen.recorded["debrief"] == {"is_target": True, "is_right": True}
    assert seen.recorded["alarm_id"] is None
    raised = by_admin(running) - before
    others = {it.recorded["alarm_id"] for it in decided} - {None}
    assert raised == others, "other frames raised alarms, this one did not"
    cases = {it["person"]: it["cases"] for it in listed(running, "vigilance") if not it["band"]}
    assert cases[FIRST] >= 1
    assert cases["admin"] >= 1


def by_admin(running: World) -> set[int]:
    """Return the alarms that this person raised; seda itself raises others meanwhile."""
    return {it["alarm_id"] for it in listed(running, "alarms") if it["raised_by"] == "admin"}
