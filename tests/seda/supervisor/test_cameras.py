"""Every configured camera is given to the stage that watches cameras, and stays there."""

import attrs

from conf.schema import Camera, Settings, StageSettings
from seda.codec import decode_body
from seda.messages import Event, Outcome, Settlement
from seda.pipeline import CAMERA, LIVE, PIPELINE, Pipeline
from seda.supervisor import stage_configs
from seda.supervisor.cameras import Cameras, watching_stage
from seda.supervisor.supervise import Task, problems


class Link:
    """A sender whose other end is the test."""

    def __init__(self) -> None:
        self.submitted: list[Event] = []
        self.settled: list[Settlement] = []

    def submit(self, event: Event) -> None:
        self.submitted.append(event)

    def pump(self) -> list[Settlement]:
        settled, self.settled = self.settled, []
        return settled


def given(outcome: Outcome) -> list[Event]:
    """Return what is submitted when the first camera is settled like this."""
    cameras = Cameras("/nowhere", ())
    link = cameras._sender = Link()  # type: ignore[assignment]
    cameras._submit(Camera("gate ü", "http://camera/", password="s2"))  # noqa: S106 - invented
    link.settled.append(Settlement(link.submitted[0].id, outcome, "x"))
    cameras.pump()
    cameras.pump()
    return link.submitted


def test_a_camera_is_given_with_what_it_takes_to_reach_it() -> None:
    """Under its name, with an id that any name can have."""
    (event,) = given("done")
    assert (event.kind, event.key) == ("camera", "gate ü")
    assert event.id.isascii()
    assert decode_body(event.body, Camera).password == "s2"  # noqa: S105 - invented


def test_a_camera_that_was_dropped_is_given_again_under_a_new_id() -> None:
    """Only one that is done, a file that was played, is over."""
    first, second = given("dropped")
    assert first.body == second.body
    assert first.id != second.id


def test_no_other_stage_learns_how_to_reach_a_camera() -> None:
    """Addresses may hold secrets anywhere."""
    camera = Camera(
        "gate", "http://h/?key=s1", "bob", "s2", headers={"X": "s3"}, proxy="http://a:s4@h"
    )
    settings = stage_configs.without_secrets(Settings(camera=(camera,)))
    shown = str(attrs.asdict(settings))
    assert "gate" in shown
    assert not any(secret in shown for secret in ("s1", "s2", "s3", "s4", "bob"))


def test_more_cameras_than_are_watched_are_a_problem() -> None:
    """Rather said at the start than one of them never seen."""
    cameras = tuple(Camera(f"camera{number}", "http://h/") for number in range(51))

    def found(handlers_max: int) -> list[str]:
        stages = {stage.name: stage.settings for stage in PIPELINE.stages}
        stages["camera"] = StageSettings(handlers_max=handlers_max, queue_descriptors=1)
        return problems(Task(PIPELINE, Settings(camera=cameras), stages, log_is_json=True))

    assert any("there are 51 cameras" in words for words in found(1))
    assert not found(2)


def test_a_table_without_cameras_needs_none() -> None:
    """Benches and tests have such tables."""
    assert watching_stage(Pipeline((LIVE,))) is None
    assert watching_stage(PIPELINE) is CAMERA
