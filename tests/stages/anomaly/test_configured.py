"""What a configuration says of cameras reaches the detector; what is wrong in it stays apart."""

import os
from pathlib import Path

import attrs
import numpy as np
import pytest

from anomaly.bands import Band
from anomaly.plugins.opening import Unusable
from anomaly.types import Box
from anomaly.zones import Zone
from conf import schema
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import ScoredFacts
from seda.pipeline import ANOMALY
from stages.anomaly.configured import Configured, configure
from stages.anomaly.stage import Detector
from stages.runtime import Context, Draft, Input, Received
from tests.anomaly.street import ORDINARY, draw_street, encode_jpeg
from tests.fakes.batches import make_batch
from tests.fakes.controller import Controller

DATA = Path(os.environ.get("SEDA_DATA", Path(__file__).parents[4] / "shared" / "data"))
PLENTY_BYTES = 8 * 1024**3
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
HERE = "tests.stages.anomaly.test_configured"


@attrs.frozen
class Person:
    """An adapter that sees a person everywhere."""

    path: Path
    labels: tuple[str, ...]
    name: str = "made"

    def find_objects(self, content: object) -> list[Box]:
        """Give the same box for everything."""
        del content
        return [Box(0.4, 0.4, 0.6, 0.9, self.labels[0], 0.8)]


class Tiring(Person):
    """An adapter that works until it has to."""

    def find_objects(self, content: object) -> list[Box]:
        """Fail on what a camera sent."""
        if isinstance(content, bytes):
            raise MemoryError("no memory is left")  # noqa: TRY004 - not about its type
        return []


def camera(name: str, **changes: object) -> schema.Camera:
    return schema.Camera(name, "hidden", **changes)  # type: ignore[arg-type]  # a test's own


def settings(path: Path, adapter: str = f"{HERE}:Person", **changes: object) -> schema.Settings:
    """Give the settings of two cameras, one of which has an object detector and a rule."""
    zone = schema.Zone("yard", CORNERS, 1.0, (22, 6), 3.0)
    gate = camera(
        "gate",
        zone=(zone,),
        object_detector="things",
        rule=(schema.Rule("person", "alarming", **changes),),  # type: ignore[arg-type]  # likewise
    )
    things = schema.ObjectDetector("things", str(path), adapter, ("person",))
    bands = schema.Bands(alarming_per_h=0.2)
    return schema.Settings(bands=bands, object_detector=(things,), camera=(gate, camera("yard")))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Give a file that an adapter may take for a model."""
    path = tmp_path / "things.onnx"
    path.write_bytes(b"no model")
    return path


class Desk:
    """A detector with settings of its own."""

    def __init__(self, folder: Path, content: schema.Settings) -> None:
        charter = attrs.evolve(Controller(ANOMALY, folder).charter, content=encode_body(content))
        self.detector = Detector()
        # A long run of tests has more memory than a handler may have.
        limits = attrs.evolve(charter.settings, memory_limit_bytes=64 * PLENTY_BYTES)
        charter = attrs.evolve(charter, settings=limits)
        self.detector.warm(charter)
        self.context = Context(charter)
        self.context.directory.mkdir(exist_ok=True)

    def judge(self, *cameras: str) -> dict[str, ScoredFacts]:
        """Have one chunk of each camera judged in one call."""
        jpegs = [encode_jpeg(draw_street(ORDINARY, n), quality=90) for n in range(10)]
        events = []
        for name in cameras:
            event, content = make_batch(name, 0, jpegs, [draw_street(ORDINARY, 0)] * 10)
            received = Received("memory", len(content), payload.make(content))
            events.append(Input(event, (received,)))
        drafts = [it for it in self.detector.judge(events, self.context) if isinstance(it, Draft)]
        found = [decode_body(draft.body, ScoredFacts) for draft in drafts]
        return {facts.camera: facts for facts in found}


def test_everything_configured_reaches_the_detector(model: Path) -> None:
    """Bands, zones, rules and the object detector, each camera its own."""
    said: list[str] = []
    configured = configure(settings(model, zone="yard", hours=(8, 9)), PLENTY_BYTES, said.append)
    gate, yard = configured.of("gate"), configured.of("yard")
    assert said == []
    assert (gate.bands.alarming_per_h, yard.bands.alarming_per_h) == (0.2, 0.2)
    assert gate.zones == (Zone("yard", CORNERS, 1.0, (22, 6), 3.0),)
    (rule,) = gate.rules
    assert (rule.label, rule.band, rule.zone, rule.hours) == (
        "person",
        Band.ALARMING,
        gate.zones[0],
        (8, 9),
    )
    assert gate.objects is not None
    assert (yard.zones, yard.rules, yard.objects) == ((), (), None)
    assert configured.of("removed").bands.alarming_per_h == 0.2
    assert Configured().of("any").zones == ()


def test_a_rule_makes_its_frame_alarming_and_names_the_label(tmp_path: Path, model: Path) -> None:
    """On the camera that has it, and there alone (R23)."""
    found = Desk(tmp_path, settings(model)).judge("gate", "yard")
    assert (found["gate"].band, found["gate"].cause) == ("alarming", "rule")
    assert "person" in found["gate"].words
    assert found["gate"].boxes[-1].label == "person"
    assert found["yard"].band == "ordinary"


@pytest.mark.parametrize(
    ("adapter", "why"),
    [
        ("yolox", "not a graph that can be run"),
        ("no.such.module:Name", "ModuleNotFoundError"),
        (f"{HERE}:Nobody", "AttributeError"),
        (f"{HERE}:attrs", "TypeError"),
        ("yolo", "none of yolox, fastestdet and no package.module:name"),
    ],
)
def test_a_model_that_can_not_be_used_is_said_and_scoring_goes_on(
    tmp_path: Path, model: Path, adapter: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the camera's name at the start and in every frame; the score is the same."""
    desk = Desk(tmp_path, settings(model, adapter))
    said = capsys.readouterr().out
    assert 'camera "gate": scored without its object detector' in said
    assert why in said
    found = desk.judge("gate", "yard")
    assert 'camera "gate": its object detector failed' in found["gate"].problems[0]
    assert found["gate"].raw == found["yard"].raw
    assert found["yard"].problems == ()
    assert desk.context.meter.figures().counts["object_detector_failures"] == 1
    assert "object detector" not in capsys.readouterr().out


def test_a_model_that_runs_out_of_memory_costs_its_boxes_alone(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the middle of the work, with the camera's name in the log."""
    desk = Desk(tmp_path, settings(model, f"{HERE}:Tiring"))
    found = desk.judge("gate", "yard")
    assert "no memory is left" in found["gate"].problems[0]
    assert found["gate"].raw == found["yard"].raw
    assert 'camera "gate": its object detector failed: no memory is left' in capsys.readouterr().out


def test_a_model_too_large_for_a_handler_is_not_kept(model: Path) -> None:
    """What the template holds counts towards every handler's limit."""
    said: list[str] = []
    configured = configure(settings(model), 4, said.append)
    assert isinstance(configured.of("gate").objects, Unusable)
    assert "raise memory_limit_bytes" in said[0]


def test_a_model_that_is_gone_is_said(tmp_path: Path) -> None:
    """It was there when the configuration was read."""
    said: list[str] = []
    configure(settings(tmp_path / "gone.onnx"), PLENTY_BYTES, said.append)
    assert "gone.onnx: No such file" in said[0]


def test_the_real_model_looks_at_the_whole_picture() -> None:
    """At the JPEG as people see it, not at the small picture that the detector has."""
    path = DATA / "models" / "yolox_nano.onnx"
    if not path.is_file():
        pytest.skip(f"{path} is absent; set SEDA_DATA to test with a real model")
    said: list[str] = []
    content = settings(path, "yolox")
    things = attrs.evolve(content.object_detector[0], labels=())
    content = attrs.evolve(content, object_detector=(things,))
    objects = configure(content, PLENTY_BYTES, said.append).of("gate").objects
    assert said == []
    assert objects is not None
    frame = sorted((DATA / "ped2" / "training" / "frames" / "05").glob("*.jpg"))[50]
    assert "person" in {box.label for box in objects.find_objects(frame.read_bytes())}
    assert objects.find_objects(np.full((240, 360), 128, np.uint8)) == []
