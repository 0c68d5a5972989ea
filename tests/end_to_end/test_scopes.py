"""Whoever may see one camera hears of no other, whatever they ask: every address, every event.

The table below says of every address in the document how it is asked. One that is added later has
to stand in it, so that it is asked here too.
"""

import json
from collections.abc import Callable, Iterator

import attrs
import pytest

from spotter_web.routes import ROUTES, Route
from tests.end_to_end.scoped import (
    CAMERAS,
    HIDDEN,
    NOWHERE,
    OWN,
    ROLES,
    ROOT,
    Asking,
    World,
    decided,
    known,
    picture,
    world,
)

pytestmark = pytest.mark.slow

About = Callable[[World, str, str], Asking]
"""about(world, camera, person): how something of a camera is asked for."""


@attrs.frozen
class Way:
    """How an address is asked."""

    plain: Asking | None = None
    """Where it names nothing itself."""
    about: About | None = None
    """Where it names something of a camera."""
    answers: tuple[int, ...] = ()
    """To what is in scope, where it is not what the route says."""
    is_revealing: bool = False
    """Who may see all cameras hears of every one here: so nobody else's silence is by chance."""
    is_list: bool = False
    """Naming a camera asks for a part of a list, which is empty where there is nothing."""


def _frame(world: World, camera: str, person: str) -> Asking:
    del world
    return Asking({"frame_id": decided(camera, person), "index": "1000"})


def _alarm(world: World, camera: str, person: str) -> Asking:
    del person
    body = {"outcome": "real", "text": "looked after", "note": ""}
    return Asking({"alarm_id": str(world.alarms[camera])}, body=body)


def _with(asking: About, *names: str) -> About:
    """Return the same with these of its body's fields alone."""

    def about(world: World, camera: str, person: str) -> Asking:
        asked = asking(world, camera, person)
        return attrs.evolve(asked, body={name: asked.body[name] for name in names})

    return about


def _verdict(world: World, camera: str, person: str) -> Asking:
    body = {"lease": world.lease(camera, person), "verdict": "clear"}
    return Asking({"frame_id": world.waiting(camera)}, body=body)


def _undo(world: World, camera: str, person: str) -> Asking:
    del world
    frame_id = decided(camera, person)
    return Asking({"frame_id": frame_id}, body={"lease_id": f"lease-{frame_id}"})


def _user(body: object) -> About:
    def about(world: World, camera: str, person: str) -> Asking:
        del world, person
        return Asking({"name": f"guard-{camera}"}, body=body)

    return about


def _user_token(world: World, camera: str, person: str) -> Asking:
    del world
    return Asking({"name": f"guard-{camera}", "label": f"of-{person}"})


def _new_user(world: World, camera: str, person: str) -> Asking:
    del world
    name = f"new-{person}-{len(camera)}"
    return Asking(body={"name": name, "password": "a long password", "scope": [camera]})


def _in_query(world: World, camera: str, person: str) -> Asking:
    del world, person
    return Asking(query={"camera": camera})


PLAIN = Way(Asking())
WAYS: dict[str, Way] = {
    "document": PLAIN,
    "session": PLAIN,
    "sign_in": Way(Asking(body={"name": "nobody", "password": "wrong"}), answers=(401, 429)),
    "sign_in_link": Way(Asking(body={"secret": "wrong"}), answers=(401, 429)),
    "sign_out": PLAIN,
    "own_password": Way(
        Asking(body={"password": "wrong", "new_password": "a long password"}),
        answers=(401, 403, 429),
    ),
    "figures": PLAIN,
    "next": Way(Asking(query={"page": "page-of-somebody"}), answers=(200, 204), is_revealing=True),
    "frame": Way(about=_frame),
    "heat": Way(about=_frame),
    "usual": Way(about=_frame),
    "strip": Way(about=_frame),
    "joined": Way(about=lambda _, camera, person: Asking({"frame_id": decided(camera, person)})),
    "strip_picture": Way(about=_frame),
    "verdict": Way(about=_verdict),
    "undo": Way(about=_undo),
    "history": Way(Asking(), _in_query, is_revealing=True, is_list=True),
    "alarms": Way(Asking(), _in_query, is_revealing=True, is_list=True),
    "acknowledge": Way(about=_with(_alarm)),
    "note": Way(about=_with(_alarm, "text")),
    "resolve": Way(about=_with(_alarm, "outcome", "note")),
    "wall": Way(Asking(), is_revealing=True),
    "picture": Way(about=lambda _, camera, __: Asking({"camera": camera})),
    "events": Way(),
    "watch": PLAIN,
    "handover": PLAIN,
    "hand_over": Way(Asking(body={"text": "All is calm."})),
    "test_frames": Way(Asking(), is_revealing=True),
    "upload_test_frame": Way(
        about=lambda _, camera, person: Asking(
            query={"camera": camera, "is_target": "true"}, body=picture(f"{camera} of {person}")
        )
    ),
    "confirm_test_frame": Way(
        about=lambda _, camera, person: Asking(
            body={"frame_id": decided(camera, person), "is_target": True}
        )
    ),
    "withdraw_test_frame": Way(about=lambda _, camera, __: Asking({"frame_id": known(camera)})),
    "vigilance": PLAIN,
    "users": Way(Asking(), is_revealing=True),
    "add_user": Way(about=_new_user),
    "change_user": Way(about=_user({"role": "spotter"})),
    "remove_user": Way(about=_user(None)),
    "tokens": PLAIN,
    "add_token": Way(Asking(body={"label": "another"}), answers=(201,)),
    "user_tokens": Way(about=_user_token),
    "remove_user_token": Way(about=_user_token),
    "remove_token": Way(Asking({"label": "another"}), answers=(204, 404)),
    "cameras": Way(Asking(), is_revealing=True),
    "stages": Way(Asking(), is_revealing=True),
    "scores": Way(Asking(), is_revealing=True),
    "metrics": Way(Asking(), is_revealing=True),
    "healthz": PLAIN,
    "readyz": PLAIN,
}
STREAMS = ("events",)
ASKED = [route for route in ROUTES if route.name not in STREAMS]
NAMING = [route for route in ASKED if WAYS[route.name].about is not None]


def by_role(routes: list[Route]) -> pytest.MarkDecorator:
    """Have a test run for each of these routes and each role that may ask for it."""
    pairs = [
        pytest.param(role, route, id=f"{role}-{route.name}")
        for place, role in enumerate(ROLES)
        for route in routes
        if route.least is None or place >= ROLES.index(route.least)
    ]
    return pytest.mark.parametrize(("role", "route"), pairs)


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    """Have one for all tests here."""
    with world() as made:
        yield made


def test_every_address_of_the_document_is_asked(running: World) -> None:
    """One that is not in the table is asked by no test here: say how it is asked."""
    [document] = [route for route in ROUTES if route.name == "document"]
    paths = json.loads(running.ask(ROOT, document, Asking()).body)["paths"]
    names = {entry["operationId"] for methods in paths.values() for entry in methods.values()}
    assert names == set(WAYS)


@by_role(ASKED)
def test_nothing_outside_of_a_scope_is_named(running: World, role: str, route: Route) -> None:
    """What is asked for is answered, and the other camera is in no part of the answer."""
    way = WAYS[route.name]
    askings = [way.plain] if way.plain is not None else []
    askings += [way.about(running, OWN, role)] if way.about else []
    for asking in askings:
        answer = running.ask(role, route, asking)
        wanted = way.answers or (route.done,)
        # What one role has done another may not be able to do once more.
        is_first = role == ROLES[0] or route.method == "GET"
        assert answer.status in (wanted if is_first else (*wanted, 404, 409)), answer
        assert HIDDEN not in answer.text


@by_role(NAMING)
def test_what_is_outside_of_a_scope_does_not_exist(running: World, role: str, route: Route) -> None:
    """It is answered as what was never there: nobody learns by asking that there is more."""
    way = WAYS[route.name]
    assert way.about is not None
    hidden, nowhere = (
        running.ask(role, route, way.about(running, camera, role)) for camera in (HIDDEN, NOWHERE)
    )
    assert hidden.status == nowhere.status
    assert way.is_list or hidden.status in (404, 409)
    assert _plain(hidden.body, running, HIDDEN) == _plain(nowhere.body, running, NOWHERE)


def _plain(body: bytes, world: World, camera: str) -> str:
    """Return an answer without the names that were asked for."""
    text = body.decode().replace(camera, "X").replace(world.waiting(camera), "X")
    return text.replace(f"alarm {world.alarms[camera]}", "X")


@pytest.mark.parametrize("role", ROLES)
def test_events_name_no_camera_outside_of_a_scope(running: World, role: str) -> None:
    """From the whole picture at the start to the next time that is told, a look of all tiles on."""
    heard = running.listen(role, lambda it: it.count(b"event: now") >= 2)
    assert b"event: tile" in heard
    assert b"event: alarm" in heard
    assert HIDDEN.encode() not in heard


def test_who_may_see_all_cameras_is_told_of_all(running: World) -> None:
    """So that silence about one of them, above, is the scope's doing."""
    for route in ASKED:
        if WAYS[route.name].is_revealing:
            plain = WAYS[route.name].plain
            assert plain is not None
            assert HIDDEN in running.ask(ROOT, route, plain).text, route.name
    heard = running.listen(ROOT, lambda it: it.count(b"event: now") >= 1)
    for name in (b"tile", b"alarm"):
        events = [it for it in heard.split(b"\n\n") if it.startswith(b"event: " + name)]
        assert any(HIDDEN.encode() in it for it in events), name


@pytest.mark.parametrize("route", NAMING, ids=lambda route: route.name)
def test_what_was_refused_is_there(running: World, route: Route) -> None:
    """Who may see all cameras gets what the others were told does not exist."""
    about = WAYS[route.name].about
    assert about is not None
    answer = running.ask(ROOT, route, about(running, CAMERAS[1], ROOT))
    assert answer.status == route.done, answer
