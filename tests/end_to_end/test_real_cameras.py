"""Cameras that nobody here wrote, through the running stages: seen, killed, seen again.

One run has them all; each test looks at one of them. Asked of all: pictures come and it is live;
once its server is killed it is not, with a sentence that says why; once it is back it is live.
"""

from collections.abc import Iterator

import attrs
import pytest

from testing.running.rig import Rig
from tests.end_to_end import watching
from tests.end_to_end.documented import faults_of, route_of
from tests.end_to_end.watching import Views
from tests.end_to_end.world_of_cameras import MARK, NAMES, World, world

pytestmark = pytest.mark.slow
PIPELINE = "testing.running.bench_pipelines:CAMERAS"


@attrs.frozen
class Story:
    """What was seen of all cameras in three acts, and everything that was said meanwhile."""

    world: World
    seen: Views
    lost: Views
    back: Views
    outputs: dict[str, str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Run seda on all cameras, kill their servers, start them again."""
    with (
        world(tmp_path_factory.mktemp("world")) as played,
        Rig(PIPELINE, played.configuration(), log_level="debug") as rig,
    ):
        names = set(played.cameras)

        def are_live(views: Views) -> bool:
            return {name for name in names if _is_shown(views, name)} == names

        def are_lost(views: Views) -> bool:
            return not any(_is_shown(views, name) for name in names)

        seen = watching.wait_for_cameras(rig, are_live, "every camera to be live")
        played.kill()
        lost = watching.wait_for_cameras(rig, are_lost, "no camera to be live")
        played.start([name for name in played.servers if not name.startswith("feed")])
        back = watching.wait_for_cameras(rig, are_live, "every camera to be live")
        yield Story(played, seen, lost, back, watching.outputs(rig))


def _is_shown(views: Views, name: str) -> bool:
    return name in views and views[name]["state"] == "live"


def _needed(story: Story, name: str) -> None:
    if name in story.world.absent:
        pytest.skip(story.world.absent[name])


@pytest.mark.parametrize("name", NAMES)
def test_it_is_seen(story: Story, name: str) -> None:
    """Its pictures come out of the transcoder, and it is live (R16, R17, R21)."""
    _needed(story, name)
    view = story.seen[name]
    assert view["state"] == "live", view
    assert view["frames"]["frames"] > 0
    assert view["width_px"] == 320


@pytest.mark.parametrize("name", NAMES)
def test_it_is_missed(story: Story, name: str) -> None:
    """Once its server is killed it is no longer called live, and a sentence says why."""
    _needed(story, name)
    view = story.lost[name]
    assert view["state"] in ("connecting", "stalled"), view
    assert view["last_error"].endswith((".", "?")), view


@pytest.mark.parametrize("name", NAMES)
def test_it_comes_back(story: Story, name: str) -> None:
    """Once its server is there again it is connected again, and live (R20)."""
    _needed(story, name)
    view = story.back[name]
    assert view["state"] == "live", view
    assert view["reconnects"] >= 1
    assert view["frames"]["frames"] > story.lost[name]["frames"]["frames"]


@pytest.mark.parametrize("name", ["cameras", "stages"])
def test_what_is_said_of_them_is_as_documented(story: Story, name: str) -> None:
    """With all that cameras which really send have in their views."""
    route = route_of(name)
    said = story.outputs[route.path].encode()
    assert b'"frames_per_s":' in said
    assert faults_of(route, 200, "Content-Type: application/json\n\n", said) == []


def test_no_password_is_said_to_anybody(story: Story) -> None:
    """Log, metrics, pages, commands, command lines and files hold none of the passwords."""
    assert any(MARK in camera.settings for camera in story.world.cameras.values())
    assert len(story.outputs["log"]) > 1000, "the log was kept"
    leaks = {place for place, words in story.outputs.items() if MARK in words}
    assert leaks == set()
    for place in ("/metrics", "/api/v1/cameras", "status", "status --json"):
        assert story.outputs[place], "nothing was said, so nothing was looked at"
