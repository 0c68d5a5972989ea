"""The wall: what stands on a tile, in which order, and how often it changes."""

import attrs
import pytest

from conf.schema import Camera
from seda.decisions import WaitingFact
from seda.messages import CameraFact
from seda.overview import CameraView
from stages.live import ranks
from stages.live.fault_finder import FaultFinder
from stages.live.metrics.gathering import Gathering
from stages.live.now import Now
from stages.live.tiles import SCORE_SHOWN_S, WHY_S, Tiles
from testing.messages.camera_facts import WALL_S, connection, look, lost, pictures
from testing.messages.figures import scored_facts

GATE = {"gate": Camera("gate", "http://x", instructions="Look for ladders.")}


def _at(now_s: float) -> Now:
    return Now(now_s, WALL_S + now_s)


class Scene:
    """A wall of what was gathered."""

    def __init__(self, cameras: dict[str, Camera] | None = None) -> None:
        self.gathering = Gathering()
        self.tiles = Tiles(FaultFinder(self.gathering, cameras or {}, 0.0), _at(0))
        self.alarms: dict[str, str] = {}

    def note(self, fact: CameraFact, now_s: float) -> None:
        self.gathering.cameras.note(fact, now_s)
        self.tiles.note(fact)

    def renew(self, now_s: float) -> list[str]:
        """Return the cameras whose tiles changed."""
        self.gathering.cameras.tick(now_s)
        views = self.gathering.cameras.views(now_s)
        return [tile.camera for tile in self.tiles.renew(views, self.alarms, _at(now_s))]


def test_a_camera_that_was_never_heard_of_has_a_tile() -> None:
    """It is configured: that nothing is known of it is worth seeing."""
    scene = Scene(GATE)
    assert scene.renew(0) == ["gate"]
    [tile] = scene.tiles.all
    assert (tile.state, tile.pictured_s, tile.threat, tile.since_s) == (
        "connecting",
        None,
        None,
        WALL_S,
    )
    assert tile.why == "Nothing has been heard of it yet."
    assert tile.instructions == "Look for ladders."


def test_a_tile_says_when_its_picture_was_taken() -> None:
    """R23: by the newest of them, whatever comes late."""
    scene = Scene()
    scene.note(connection(), 0)
    scene.note(pictures(2, looks=(look(WALL_S - 3), look(WALL_S - 2))), 1)
    scene.note(pictures(1, looks=(look(WALL_S - 9),)), 1)
    scene.renew(1)
    assert scene.tiles.all[0].pictured_s == WALL_S - 2


def test_an_old_score_is_not_shown_as_one_of_now() -> None:
    """Not scored is never shown as nothing there."""
    scene = Scene(GATE)
    scene.gathering.take_score(scored_facts("gate", threat=0.8, band="alarming"), 0)
    scene.renew(0)
    tile = scene.tiles.all[0]
    assert (tile.threat, tile.band, tile.words) == (0.8, "alarming", "Faster than usual.")
    assert scene.renew(SCORE_SHOWN_S) == ["gate"]
    tile = scene.tiles.all[0]
    assert (tile.threat, tile.band, tile.words) == (None, None, "")


def test_a_tile_changes_when_something_changes() -> None:
    """Not by the passing of time, and its state's beginning stays where it was."""
    scene = Scene()
    scene.note(connection(), 0)
    scene.note(pictures(1, looks=(look(WALL_S),)), 1)
    assert scene.renew(1) == ["gate"]
    assert scene.renew(1.5) == []
    since_s = scene.tiles.all[0].since_s
    scene.gathering.take_waiting(WaitingFact("gate", 2, 0.1, WALL_S))
    assert scene.renew(2.4) == ["gate"]
    assert (scene.tiles.all[0].waiting, scene.tiles.all[0].since_s) == (2, since_s)


def test_a_sentence_that_counts_seconds_is_no_change_each_second() -> None:
    """A hundred cameras that are away would fill every stream; now and then it is renewed."""
    scene = Scene()
    scene.note(connection(), 0)
    changes = sum(bool(scene.renew(now_s)) for now_s in range(100, 200))
    assert 100 / WHY_S <= changes <= 100 / WHY_S + 2


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"alarm": "raised"}, {"bands": ("alarming", None)}),
        ({"bands": ("alarming", None)}, {"bands": ("unusual", None)}),
        ({"bands": (None, "unusual"), "waiting": 1}, {"alarm": "acknowledged"}),
        ({"alarm": "acknowledged"}, {"state": "offline"}),
        ({"state": "offline"}, {"state": "dark"}),
        ({"state": "stalled"}, {"bands": ("noticeable", None)}),
        ({"bands": ("noticeable", None)}, {"bands": (None, "ordinary"), "waiting": 3}),
        ({"bands": (None, "ordinary"), "waiting": 3}, {"state": "connecting"}),
    ],
)
def test_the_wall_begins_with_what_needs_somebody(
    worse: dict[str, object], better: dict[str, object]
) -> None:
    """As an operator would look."""

    def rank(**changes: object) -> int:
        usual = {"alarm": None, "bands": (None, None), "state": "live", "waiting": 0}
        return ranks.rank(**(usual | changes))  # type: ignore[arg-type]  # of the table above

    assert rank(**worse) < rank(**better)


def test_cameras_that_are_equally_well_stand_by_name() -> None:
    """Tiles that jump about wear people out."""
    scene = Scene({name: Camera(name, "http://x") for name in ("c", "a", "b")})
    scene.alarms = {"b": "raised"}
    scene.renew(0)
    assert [tile.camera for tile in scene.tiles.all] == ["b", "a", "c"]


def test_a_camera_that_is_away_says_why() -> None:
    """R20: in words."""
    scene = Scene()
    scene.note(lost("Nobody answers."), 0)
    scene.renew(40)
    tile = scene.tiles.all[0]
    assert (tile.state, tile.why, tile.since_s) == ("offline", "Nobody answers.", WALL_S + 40)


def test_views_are_all_that_is_needed() -> None:
    """A camera that is not configured any more, but still heard of, is on the wall."""
    scene = Scene(GATE)
    scene.note(attrs.evolve(connection(), camera="yard"), 0)
    assert sorted(scene.renew(0)) == ["gate", "yard"]
    assert isinstance(scene.gathering.cameras.views(0)[0], CameraView)
