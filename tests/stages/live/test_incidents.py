"""What becomes an incident, when it is over, and that nothing flaps."""

from datetime import UTC, datetime

import attrs
import pytest

from conf.schema import Camera, Maintenance
from seda.decisions import Incident
from stages.live.fault_finder import GAVE_UP_AFTER_S, MISSING_AFTER_S, QUIET_S, FaultFinder
from stages.live.incidents import OVER_AFTER_S, Incidents
from stages.live.metrics.gathering import Gathering
from stages.live.now import Now
from testing.messages.camera_facts import WALL_S, connection, lost, pictures
from testing.messages.figures import stage_figures, supervisor_figures

STAGES = ("camera", "transcoder", "anomaly")
BACK_S = OVER_AFTER_S["camera offline"]


class Scene:
    """A system in which time passes a second at a time, and what was said of it."""

    def __init__(
        self, maintenance: Maintenance | None = None, remembered: tuple[Incident, ...] = ()
    ) -> None:
        self.gathering = Gathering()
        settings = {"gate": Camera("gate", "http://x", maintenance=maintenance)}
        self._fault_finder = FaultFinder(self.gathering, settings, 0.0)
        self.incidents = Incidents(remembered)
        self.now_s = 0.0
        self.troubles: dict[str, str] = {}
        """States of stages that are not well; "silent" ones say nothing, "dying" ones serve."""
        self.supervisor = supervisor_figures(*STAGES)
        self.said: list[Incident] = []
        self._sequence = 0

    def wait(self, seconds: int, *, shows: bool = False) -> None:
        """Let so much time pass, with or without pictures of the camera."""
        for _ in range(seconds):
            self.now_s += 1.0
            self.gathering.take_supervisor(self.supervisor, self.now_s)
            for stage in STAGES:
                state = self.troubles.get(stage, "serving")
                if state != "silent":
                    trouble = "its handlers keep dying" if state == "dying" else ""
                    state = "serving" if trouble else state
                    figures = stage_figures(stage, state=state, trouble=trouble, at_s=self.now_s)
                    self.gathering.take_stage(figures, self.now_s)
            if shows:
                self._sequence += 1
                self.gathering.cameras.note(connection(), self.now_s)
                self.gathering.cameras.note(pictures(self._sequence), self.now_s)
            self.gathering.cameras.tick(self.now_s)
            now = Now(self.now_s, WALL_S + self.now_s)
            findings = self._fault_finder.findings(self.gathering.cameras.views(self.now_s), now)
            self.said += self.incidents.look(findings, now)

    @property
    def told(self) -> list[tuple[str, bool]]:
        """Return what was said, in short."""
        return [(incident.cause, incident.is_over) for incident in self.said]


def test_a_camera_that_is_offline_is_one_incident_until_it_is_back() -> None:
    """R20, R31: raised when it is offline, over once it has shown something for a while."""
    scene = Scene()
    scene.wait(20, shows=True)
    scene.gathering.cameras.note(lost("Nobody answers."), scene.now_s)
    scene.wait(600)
    assert scene.told == [("camera offline", False)]
    [raised] = scene.said
    assert raised.camera == "gate"
    assert "Nobody answers." in raised.sentence
    assert raised.root.startswith("offline/gate/")
    scene.wait(int(BACK_S) + 1, shows=True)
    assert scene.told[1:] == [("camera offline", True)]
    assert scene.said[1].root == raised.root


def test_a_camera_that_flaps_is_one_incident() -> None:
    """A moment of pictures now and then is no return."""
    scene = Scene()
    scene.wait(20, shows=True)
    for _ in range(10):
        scene.wait(60)
        scene.wait(int(BACK_S) // 2, shows=True)
    assert scene.told == [("camera offline", False)]


def test_a_camera_that_goes_again_later_is_another_incident() -> None:
    """With a root of its own: the one before may be resolved by now."""
    scene = Scene()
    for _ in range(2):
        scene.wait(60, shows=True)
        scene.wait(60)
    raised = [incident.root for incident in scene.said if not incident.is_over]
    assert len(set(raised)) == 2


def test_a_camera_in_maintenance_raises_nothing_until_its_end() -> None:
    """Then it does, if it is still away."""
    end = datetime.fromtimestamp(WALL_S + 300, UTC)
    scene = Scene(Maintenance("new lens", end))
    scene.wait(20, shows=True)
    scene.wait(270)
    assert scene.told == []
    scene.wait(20)
    assert scene.told == [("camera offline", False)]


@pytest.mark.parametrize("stage", ["camera", "transcoder"])
def test_cameras_that_nobody_can_watch_are_one_incident_of_the_stage(stage: str) -> None:
    """A hundred alarms of cameras would hide what is wrong."""
    scene = Scene()
    scene.wait(20, shows=True)
    scene.troubles = {stage: "gave_up"}
    scene.wait(300)
    assert scene.told == [("stage gave up", False)]
    scene.troubles = {}
    scene.wait(40, shows=True)
    assert scene.told == [("stage gave up", False), ("stage gave up", True)]


def test_a_stage_that_is_missing_for_long_is_an_incident() -> None:
    """A controller that is replaced is not."""
    scene = Scene()
    scene.wait(20, shows=True)
    scene.troubles = {"anomaly": "silent"}
    scene.wait(5, shows=True)
    scene.troubles = {}
    scene.wait(20, shows=True)
    assert scene.told == []
    scene.troubles = {"anomaly": "silent"}
    scene.wait(int(MISSING_AFTER_S) + 5, shows=True)
    assert scene.told == [("stage gave up", False)]
    assert "anomaly is missing" in scene.said[0].sentence


def test_a_stage_that_gave_up_is_an_incident_at_once() -> None:
    """Nothing comes of waiting for it."""
    scene = Scene()
    scene.wait(20, shows=True)
    scene.troubles = {"anomaly": "gave_up"}
    scene.wait(int(GAVE_UP_AFTER_S) + 1, shows=True)
    assert scene.told == [("stage gave up", False)]


def test_a_stage_that_keeps_dying_is_an_incident() -> None:
    """Not one that was in trouble for a moment."""
    scene = Scene()
    scene.wait(20, shows=True)
    scene.troubles = {"anomaly": "dying"}
    scene.wait(5, shows=True)
    scene.troubles = {}
    scene.wait(20, shows=True)
    assert scene.told == []
    scene.troubles = {"anomaly": "dying"}
    scene.wait(int(MISSING_AFTER_S) + 5, shows=True)
    assert scene.told == [("stage gave up", False)]
    assert "anomaly is in trouble: its handlers keep dying" in scene.said[0].sentence


def test_nothing_begins_in_the_first_seconds_or_at_a_stop() -> None:
    """Little was heard yet, or everything ends on purpose."""
    scene = Scene()
    scene.troubles = {"anomaly": "gave_up"}
    scene.wait(int(QUIET_S) - 1, shows=True)
    assert scene.told == []
    scene.supervisor = attrs.evolve(scene.supervisor, state="stopping")
    scene.wait(60, shows=True)
    assert scene.told == []


def test_after_a_restart_what_was_open_is_not_raised_again() -> None:
    """And its end names the same root."""
    before = Incident("offline/gate/1700000000", "gate", "camera offline", "Away.", WALL_S)
    scene = Scene(remembered=(before,))
    scene.gathering.cameras.note(lost("Nobody answers."), 0.0)
    scene.wait(120)
    assert scene.told == []
    assert scene.incidents.open == (before,)
    scene.wait(60, shows=True)
    [over] = scene.said
    assert (over.root, over.is_over) == (before.root, True)
