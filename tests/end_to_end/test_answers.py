"""Every address, asked by each role with a token and with a cookie, about what is really there.

Whatever comes back is in the document: the code, the kind, and the content with all its fields.
"""

import json
from collections.abc import Iterator

import pytest

from spotter_web.openapi import document
from spotter_web.routes import ROUTES, Route
from tests.end_to_end.documented import faults_of, route_of
from tests.end_to_end.scoped import NOWHERE, OWN, ROLES, ROOT, Asking, Way, World, world
from tests.end_to_end.test_scopes import ASKED, WAYS

pytestmark = pytest.mark.slow

PEOPLE = (*ROLES, ROOT)
LAST = "sign_out"
"""Whose session has ended asks nothing more with it: it has a test of its own."""


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    """Have one for all tests here."""
    with world() as made:
        yield made


@pytest.mark.parametrize("way", ["token", "session"])
@pytest.mark.parametrize("person", PEOPLE)
def test_every_answer_is_as_documented(running: World, person: str, way: Way) -> None:
    """What is there, what is not, what is refused: as a machine asks and as a browser does."""
    faults, answered = [], set()
    for route in ASKED:
        if route.name == LAST:
            continue
        for asking in askings(running, route, person):
            answer = running.ask(person, route, asking, way)
            faults += faults_of(route, answer.status, answer.headers, answer.body)
            answered |= {route.name} if answer.status < 300 else set()
    assert faults == []
    named = {"alarms", "history", "wall", "next"} | ({"users"} if person == ROOT else set())
    assert named <= answered, "or else nothing was looked at"


def askings(world: World, route: Route, person: str) -> list[Asking]:
    """Return how it is asked: plainly, about what is in scope, about what is not there."""
    way = WAYS[route.name]
    found = [way.plain] if way.plain is not None else []
    found += [way.about(world, camera, person) for camera in (OWN, NOWHERE)] if way.about else []
    return found


@pytest.mark.parametrize("name", ["cameras", "stages", "scores"])
@pytest.mark.parametrize("way", ["token", "session"])
@pytest.mark.parametrize("person", ["supervisor", "admin"])
def test_what_operations_are_told_has_schemas_and_content(
    running: World, person: str, way: Way, name: str
) -> None:
    """None of it is just "JSON", and each of it has something in it here."""
    route = route_of(name)
    content = document()["paths"][route.path]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"]
    answer = running.ask(person, route, Asking(), way)
    assert faults_of(route, answer.status, answer.headers, answer.body) == []
    found = json.loads(answer.body)
    if name == "stages":
        assert {it["stage"] for it in found["stages"]} >= {"live", "assignment", "http_parser"}
    else:
        assert [it["camera"] for it in found] == [OWN]


def test_an_alarm_that_is_full_of_notes_refuses_one_more(running: World) -> None:
    """It is a conflict with what is there, and documented as one."""
    route = route_of("note")
    statuses = set()
    for number in range(1000):
        asking = Asking({"alarm_id": str(running.alarms[OWN])}, body={"text": f"note {number}"})
        answer = running.ask(ROOT, route, asking, "token")
        statuses.add(answer.status)
        assert faults_of(route, answer.status, answer.headers, answer.body) == []
        if answer.status == 409:
            return
    raise AssertionError(f"it is never full: {statuses}")


def test_what_is_not_in_the_document_is_seen(running: World) -> None:
    """A wrong field, a code that is not there and a wrong kind are faults: the check can fail."""
    route = route_of("session")
    answer = running.ask(ROOT, route, Asking(), "token")
    assert faults_of(route, answer.status, answer.headers, answer.body) == []
    wrong = answer.body.replace(b'"role":"admin"', b'"role":"king"')
    assert wrong != answer.body
    assert faults_of(route, 200, answer.headers, wrong)
    assert faults_of(route, 418, answer.headers, answer.body)
    assert faults_of(route, 200, "Content-Type: text/plain\n\n", answer.body)
    assert len(ROUTES) == len(WAYS)


@pytest.mark.parametrize("person", PEOPLE)
def test_signing_out_is_documented_too(running: World, person: str) -> None:
    """A machine has no session to end; a browser's ends, once."""
    route = route_of(LAST)
    ways: tuple[Way, ...] = ("token", "leaving", "leaving")
    for way in ways:
        answer = running.ask(person, route, Asking(), way)
        assert faults_of(route, answer.status, answer.headers, answer.body) == []
    assert answer.status == 401
