"""Verdicts on frames come back as lessons, and do through the stage what they promise (R28)."""

from pathlib import Path
from typing import Literal

import attrs
import pytest

from conf import schema
from runtime import Context, Draft, Dropped, Input, Product, Received
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import Event, Lesson, ScoredFacts
from seda.pipeline import ANOMALY
from stages.anomaly.stage import Detector
from testing.controllers.spoken import Controller
from testing.messages.batches import make_batch
from tests.anomaly.street import ORDINARY, Walker, draw_street, encode_jpeg

LEARNED = 30
PICTURES = 20
RUNNER = Walker(50, 3.0)
OTHER = Walker(96, 4.5, 20)
BLANK = encode_jpeg(draw_street([], 0))  # for people; what is judged are the small pictures


class Camera:
    """One camera's chunks and lessons, through the stage."""

    def __init__(self, folder: Path, bands: schema.Bands | None = None) -> None:
        settings = schema.Settings(bands=bands or schema.Bands())
        config = attrs.evolve(Controller(ANOMALY, folder).config, content=encode_body(settings))
        self._detector = Detector()
        self._detector.warm(config)
        self.context = Context(config)
        self.context.directory.mkdir(parents=True, exist_ok=True)
        self._sequence = self._lessons = 0
        for _ in range(LEARNED):
            self.watch()

    def watch(self, *walkers: Walker) -> ScoredFacts:
        """Let the next chunk be judged, in which these walk too."""
        numbers = range(self._sequence * PICTURES, (self._sequence + 1) * PICTURES)
        smalls = [draw_street([*ORDINARY, *walkers], number) for number in numbers]
        event, content = make_batch("gate", self._sequence, [BLANK] * PICTURES, smalls)
        self._sequence += 1
        received = Received("memory", len(content), payload.make(content))
        frame, _ = self._call(Input(event, (received,)))  # and the fact without pictures
        assert isinstance(frame, Draft)
        return decode_body(frame.body, ScoredFacts)

    def tell(
        self, verdict: Literal["clear", "suspicious"], on: ScoredFacts, person: str
    ) -> list[Product]:
        """Teach what a person said of a frame."""
        self._lessons += 1
        facts = Lesson(f"v{self._lessons}", verdict, person, on.captured_s, on.mark)
        event = Event(f"l{self._lessons}", "lesson", "gate", encode_body(facts))
        return self._call(Input(event))

    def _call(self, event: Input) -> list[Product]:
        products = list(self._detector.judge([event], self.context))
        event.close()
        return products


@pytest.mark.slow
def test_twenty_clear_verdicts_make_a_recurring_thing_ordinary_and_no_other(
    tmp_path: Path,
) -> None:
    """Below the second band, while something else that is unusual stays as unusual."""
    camera, untaught = Camera(tmp_path / "taught"), Camera(tmp_path / "untaught")
    first = camera.watch(RUNNER)
    untaught.watch(RUNNER)
    assert first.band != "ordinary"
    for number in range(20):
        assert camera.tell("clear", camera.watch(RUNNER), "ab"[number % 2]) == []
        untaught.watch(RUNNER)
        camera.watch()
        untaught.watch()
    assert camera.watch(RUNNER).band == "ordinary"
    untaught.watch(RUNNER)
    camera.watch()
    untaught.watch()
    # Both have seen the runner as often: what is compared is what people taught.
    assert camera.watch(OTHER).raw > untaught.watch(OTHER).raw * 0.5


@pytest.mark.slow
def test_one_person_can_not_teach_the_top_band_away_and_nobody_more_than_the_cap(
    tmp_path: Path,
) -> None:
    """The frame stays alarming after thirty verdicts of one person; the others are refused."""
    easily = schema.Bands(noticeable_per_h=40, unusual_per_h=30, alarming_per_h=25)
    camera = Camera(tmp_path, easily)
    first = camera.watch(RUNNER)
    assert first.band == "alarming"
    given = [camera.tell("clear", first, "ann") for _ in range(31)]
    refused = [product for products in given for product in products]
    assert [it.reason for it in refused if isinstance(it, Dropped)] == ["lesson refused"]
    assert camera.watch(RUNNER).band == "alarming"
