"""What a configuration says of cameras reaches the detector; what is wrong in it stays apart."""

from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pytest

from anomaly.plugins.opening import Unusable
from anomaly.rules import Rules
from conf import schema
from conf.hours import Span
from conf.loading import parse
from conf.schema import Zone
from runtime import Context, Draft, Input, Received
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import Band, Box, ScoredFacts
from seda.pipeline import ANOMALY
from stages.anomaly.configured import Configured, configure
from stages.anomaly.stage import Detector
from testing.controllers.spoken import Controller
from testing.data import DATA
from testing.messages.batches import make_batch
from tests.anomaly.street import ORDINARY, draw_street, encode_jpeg

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
        """Return the same box for everything."""
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
    """Return the settings of two cameras, one of which has an object detector and a rule."""
    zone = schema.Zone("yard", CORNERS, 1.0, (22, 6), 3.0)
    gate = camera(
        "gate",
        zone=(zone,),
        object_detector="things",
        rule=(schema.Rule(label="person", band="alarming", **changes),),  # type: ignore[arg-type]  # likewise
    )
    things = schema.ObjectDetector("things", str(path), adapter, ("person",))
    bands = schema.Bands(alarming_per_h=0.2)
    return schema.Settings(bands=bands, object_detector=(things,), camera=(gate, camera("yard")))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a file that an adapter may take for a model."""
    path = tmp_path / "things.onnx"
    path.write_bytes(b"no model")
    return path


class StageRunner:
    """A detector with settings of its own."""

    def __init__(self, folder: Path, content: schema.Settings) -> None:
        config = attrs.evolve(Controller(ANOMALY, folder).config, content=encode_body(content))
        self.detector = Detector()
        # A long run of tests has more memory than a handler may have.
        limits = attrs.evolve(config.settings, memory_limit_bytes=64 * PLENTY_BYTES)
        config = attrs.evolve(config, settings=limits)
        self.detector.warm(config)
        self.context = Context(config)
        self.context.directory.mkdir(exist_ok=True)

    def watch(self, camera: str, chunks: int) -> list[tuple[str, ScoredFacts]]:
        """Have a street judged that goes on from chunk to chunk; give everything that is sent."""
        found = []
        for sequence in range(chunks):
            numbers = range(sequence * 10, sequence * 10 + 10)
            jpegs = [encode_jpeg(draw_street(ORDINARY, n), quality=90) for n in numbers]
            event, content = make_batch(camera, sequence, jpegs)
            received = Received("memory", len(content), payload.make(content))
            drafts = self.detector.judge([Input(event, (received,))], self.context)
            found += [
                (draft.kind, decode_body(draft.body, ScoredFacts))
                for draft in drafts
                if isinstance(draft, Draft)
            ]
        return found

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
    (rule,) = gate.rules.labels.values()
    assert (rule.name, rule.band, rule.corners) == ("person", Band.ALARMING, CORNERS)
    assert rule.spans == (Span(8 * 60, 9 * 60),)
    assert gate.objects is not None
    assert (yard.zones, yard.rules, yard.objects) == ((), Rules(), None)
    assert configured.of("removed").bands.alarming_per_h == 0.2
    assert Configured().of("any").zones == ()


def test_a_rule_makes_its_frame_alarming_and_names_the_label(tmp_path: Path, model: Path) -> None:
    """On the camera that has it, and there alone (R23)."""
    found = StageRunner(tmp_path, settings(model)).judge("gate", "yard")
    assert (found["gate"].band, found["gate"].cause) == ("alarming", "rule")
    assert "person" in found["gate"].words
    assert found["gate"].boxes[-1].label == "person"
    assert found["yard"].band == "ordinary"


WATCHED = """\
time_zone = "UTC"
[[camera]]
name = "gate"
url = "http://camera/"
[[camera.rule]]
kind = "enter"
name = "no one on the jetty"
band = "alarming"
hours = ["13:00-14:00"]
[[camera.rule]]
kind = "enter"
name = "no one at night"
band = "alarming"
hours = ["22:00-06:00"]
"""


def test_a_rule_is_named_on_the_scored_frame(tmp_path: Path) -> None:
    """From the file to the message: its name, its band, and a box under its name, in its hours."""
    content = parse(WATCHED, tmp_path / "seda.toml", {"anomaly": ANOMALY.settings})
    assert configure(content, PLENTY_BYTES, print).of("gate").time_zone == ZoneInfo("UTC")
    found = StageRunner(tmp_path, content).watch(
        "gate", chunks=4
    )  # shortly before a quarter to two
    assert {kind for kind, _ in found} == {"scored_frame", "scored_fact"}
    named = [facts for _, facts in found if facts.cause == "rule"]
    assert {facts.band for facts in named} == {"alarming"}
    for facts in named:
        assert facts.words.startswith('Rule "no one on the jetty": ')
        assert facts.boxes[0].label == "no one on the jetty"
    assert not [facts for _, facts in found if "at night" in facts.words]


@pytest.mark.parametrize(
    ("adapter", "why"),
    [
        ("yolox", "not a graph that can be run"),
        ("no.such.module:Name", "ModuleNotFoundError"),
        (f"{HERE}:Nobody", "AttributeError"),
        (f"{HERE}:attrs", "TypeError"),
        ("yolo", "neither yolox nor fastestdet nor package.module:name"),
    ],
)
def test_a_model_that_can_not_be_used_is_said_and_scoring_goes_on(
    tmp_path: Path, model: Path, adapter: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the camera's name at the start and in every frame; the score is the same."""
    runner = StageRunner(tmp_path, settings(model, adapter))
    said = capsys.readouterr().out
    assert 'camera "gate": scored without its object detector' in said
    assert why in said
    found = runner.judge("gate", "yard")
    assert 'camera "gate": its object detector failed' in found["gate"].problems[0]
    assert found["gate"].raw == found["yard"].raw
    assert found["yard"].problems == ()
    assert runner.context.meter.figures().counts["object_detector_failures"] == 1
    assert "object detector" not in capsys.readouterr().out


def test_a_model_that_runs_out_of_memory_costs_its_boxes_alone(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the middle of the work, with the camera's name in the log."""
    runner = StageRunner(tmp_path, settings(model, f"{HERE}:Tiring"))
    found = runner.judge("gate", "yard")
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
