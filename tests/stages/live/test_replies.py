"""What asks are answered: the same as on the operations address, and the wall by scope."""

import msgspec
import pytest

from conf.schema import Camera
from seda.decisions import WaitingFact
from seda.requests import INLINE_BYTES
from spotter_web.routes import ROUTES
from spotter_web.views import Tile, Wall, Watch
from stages.live.fault_finder import FaultFinder
from stages.live.metrics.gathering import Gathering
from stages.live.now import Now
from stages.live.operations import answers
from stages.live.replies import Known, Reply, reply
from stages.live.tiles import Tiles
from testing.messages.asking import ask, person
from testing.messages.figures import stage_figures, supervisor_figures

NOW = Now(1000.0, 1e9)


def _known(*cameras: str) -> Known:
    gathering = Gathering()
    gathering.take_supervisor(supervisor_figures("sink"), NOW.monotonic_s)
    gathering.take_stage(stage_figures("sink"), NOW.monotonic_s)
    for camera in cameras:
        gathering.take_waiting(WaitingFact(camera, 2, 0.1, 1e9))
    fault_finder = FaultFinder(gathering, {name: Camera(name, "http://x") for name in cameras}, 0.0)
    tiles = Tiles(fault_finder, NOW)
    tiles.renew((), {}, NOW)
    return Known(gathering, lambda: tiles.all, lambda: Watch((), 5.0))


def _content(answered: Reply) -> bytes:
    return answered.payload or answered.answer.body


@pytest.mark.parametrize("name", ["cameras", "stages", "metrics", "healthz", "readyz"])
def test_both_addresses_answer_the_same(name: str) -> None:
    """By the same code; who may ask is the parser's to say."""
    known = _known()
    path = next(route.path for route in ROUTES if route.name == name)
    expected = answers.answer("GET", path, known.gathering, NOW.monotonic_s)
    found = reply(ask(name, person("root", "admin")), known, NOW)
    assert (found.answer.status, _content(found)) == (expected.status, expected.body)
    assert ("content-type", expected.content_type) in found.answer.headers
    assert ("cache-control", "no-store") in found.answer.headers


def test_readiness_is_a_status() -> None:
    """503 with words while a stage does not serve."""
    known = _known()
    known.gathering.take_stage(stage_figures("sink", state="gave_up", at_s=1), NOW.monotonic_s)
    assert reply(ask("readyz"), known, NOW).answer.status == 503


def test_the_wall_shows_the_cameras_in_scope() -> None:
    """And counts what waits of them alone."""
    known = _known("gate", "yard")
    spotter = person(scope=frozenset({"yard"}))
    wall = msgspec.json.decode(reply(ask("wall", spotter), known, NOW).answer.body, type=Wall)
    assert ([tile.camera for tile in wall.tiles], wall.waiting) == (["yard"], 2)
    assert wall.now_s == 1e9
    wall = msgspec.json.decode(reply(ask("wall", person()), known, NOW).answer.body, type=Wall)
    assert ([tile.camera for tile in wall.tiles], wall.waiting) == (["gate", "yard"], 4)


def test_a_large_wall_goes_as_a_payload() -> None:
    """A message holds so much; memory holds any."""
    known = _known(*(f"camera-{number}" for number in range(200)))
    found = reply(ask("wall", person()), known, NOW)
    assert found.answer.body == b""
    assert len(found.payload) > INLINE_BYTES
    tiles = msgspec.json.decode(found.payload, type=Wall).tiles
    assert len(tiles) == 200
    assert isinstance(tiles[0], Tile)


def test_who_is_on_watch_is_told() -> None:
    """To everybody who is signed in."""
    found = reply(ask("watch", person()), _known(), NOW)
    assert msgspec.json.decode(found.answer.body, type=Watch) == Watch((), 5.0)


def test_without_a_person_there_is_no_wall() -> None:
    """The parser lets nobody through; here is a second door."""
    assert reply(ask("wall"), _known(), NOW).answer.status == 401


def test_the_head_of_the_events_is_an_answer() -> None:
    """HEAD begins no stream."""
    found = reply(ask("events", person(), "HEAD"), _known(), NOW).answer
    assert (found.status, found.body) == (200, b"")
    assert ("content-type", "text/event-stream") in found.headers


def test_what_is_not_here_is_not_found() -> None:
    """A route that goes elsewhere came here by mistake."""
    assert reply(ask("next", person()), _known(), NOW).answer.status == 404
