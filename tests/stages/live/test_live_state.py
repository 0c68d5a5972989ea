"""What facts and time become on the board, and what is given and noted for it."""

import re

import attrs
import msgspec

from conf.schema import Camera, Settings, Watch
from seda.decisions import Incident
from spotter_web.views import Tile, Trouble
from stages.live.change_log import Audience
from stages.live.fault_finder import QUIET_S
from stages.live.live_state import LiveState
from stages.live.metrics.scores import scores
from stages.live.notebook import Notes
from stages.live.now import Now
from testing.messages.asking import person
from testing.messages.camera_facts import WALL_S, connection, lost, pictures
from testing.messages.figures import scored_facts, stage_figures, supervisor_figures

SETTINGS = Settings(camera=(Camera("gate", "http://x"),), watch=Watch(nobody_s=60))
ADMIN, SPOTTER = Audience(None, is_supervisor=True), Audience(None, is_supervisor=False)


class Clock:
    """Both clocks, turned by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def now(self) -> Now:
        return Now(self.now_s, WALL_S + self.now_s)


class Scene:
    """A desk in a running system."""

    def __init__(self, notes: Notes | None = None) -> None:
        self.clock = Clock()
        self.live_state = LiveState(SETTINGS, notes or Notes(), self.clock.now)
        self.state = "serving"

    def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.now_s += 1.0
            now_s = self.clock.now_s
            self.live_state.gathering.take_supervisor(supervisor_figures("anomaly"), now_s)
            trouble = "" if self.state == "serving" else "no GPU"
            figures = stage_figures("anomaly", state=self.state, trouble=trouble, at_s=now_s)
            self.live_state.gathering.take_stage(figures, now_s)
            self.live_state.look()

    def said(self) -> list[tuple[str, bool]]:
        return [(it.cause, it.is_over) for it in self.live_state.said.waiting(Incident)]

    def change_log(self, name: str, audience: Audience = ADMIN) -> list[bytes]:
        """Return what a new subscriber is told under this name."""
        content = self.live_state._change_log.since(audience, 0)
        return re.findall(rb"event: %b\ndata: (.*)\n" % name.encode(), content)


def test_how_old_a_picture_and_a_score_are_is_told_from_their_arrival() -> None:
    """Not from when they were heard of: who is behind is seen to be behind (R24)."""
    scene = Scene()
    scene.live_state.take_camera(connection())
    scene.live_state.take_camera(pictures(1), born_s=70.0)
    scene.live_state.take_score(scored_facts("gate"), lambda *_: None, born_s=65.0)
    [view] = scene.live_state.gathering.cameras.views(100.0)
    [score] = scores(scene.live_state.gathering, 100.0)
    assert (view.picture_age_s, score.heard_s) == (30.0, 35.0)


def test_who_is_set_aside_is_seen_on_the_camera() -> None:
    """A controller's figures say it, and its words are there at once."""
    scene = Scene()
    scene.live_state.take_camera(connection())
    figures = stage_figures("anomaly", set_aside={"gate": 20.0})
    scene.live_state.gathering.take_stage(figures, 100.0)
    [view] = scene.live_state.gathering.cameras.views(100.0)
    assert "Set aside by anomaly" in view.remarks["set_aside_anomaly"]


def test_facts_become_tiles() -> None:
    """At the next look, for everybody in scope."""
    scene = Scene()
    scene.live_state.take_camera(connection())
    scene.live_state.take_camera(pictures(1))
    scene.pass_time(1)
    [content] = scene.change_log("tile", SPOTTER)
    tile = msgspec.json.decode(content, type=Tile)
    assert (tile.camera, tile.state) == ("gate", "live")


def test_the_trouble_of_a_stage_is_told_until_it_is_over() -> None:
    """Not in the first seconds, in which nobody was heard yet."""
    scene = Scene()
    scene.state = "gave_up"
    scene.pass_time(int(QUIET_S) - 1)
    assert scene.change_log("trouble") == []
    scene.pass_time(2)
    [content] = scene.change_log("trouble")
    assert msgspec.json.decode(content, type=Trouble) == Trouble("anomaly", "gave_up: no GPU")
    assert scene.change_log("trouble", SPOTTER) == []
    version = scene.live_state._change_log.version
    scene.state = "serving"
    scene.pass_time(1)
    assert scene.change_log("trouble") == []
    assert b'"why":""' in scene.live_state._change_log.since(ADMIN, version)


def test_incidents_are_given_and_their_ends_after_them() -> None:
    """A camera that is away for a minute, and comes back before anybody could take either."""
    scene = Scene()
    scene.live_state.take_camera(lost("Nobody answers."))
    scene.pass_time(60)
    assert scene.said() == [("camera offline", False)]
    for number in range(40):
        scene.live_state.take_camera(connection(epoch=2))
        scene.live_state.take_camera(pictures(number, epoch=2))
        scene.pass_time(1)
    assert scene.said() == [("camera offline", False), ("camera offline", True)]


def test_a_watch_that_was_left_is_an_incident_from_the_first_watch_on() -> None:
    """R31: a system that nobody has taken into service raises nothing."""
    scene = Scene()
    scene.pass_time(200)
    assert ("nobody on watch", False) not in scene.said()
    scene.live_state.stream_presence.arrived("s:page-one", person(), is_watching=True)
    scene.pass_time(1)
    assert scene.live_state.notes().is_in_service
    scene.live_state.stream_presence.left("s:page-one")
    scene.live_state.stream_presence.sign_out("ann", "")
    scene.pass_time(61)
    assert scene.said().count(("nobody on watch", False)) == 1


def test_what_is_noted_is_enough_to_go_on() -> None:
    """The next process raises nothing twice, and says what this one could not give."""
    scene = Scene()
    scene.live_state.take_camera(lost("Nobody answers."))
    scene.pass_time(60)
    notes = scene.live_state.notes()
    assert notes.unsaid == notes.open
    after = Scene(notes)
    after.live_state.take_camera(lost("Nobody answers."))
    after.pass_time(60)
    assert after.said() == [("camera offline", False)]
    assert after.live_state.notes() == notes
    silent = Scene(attrs.evolve(notes, unsaid=()))
    silent.live_state.take_camera(lost("Nobody answers."))
    silent.pass_time(60)
    assert silent.said() == []
