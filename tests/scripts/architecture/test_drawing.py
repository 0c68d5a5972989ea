"""The picture of the system says what the pipeline table says."""

import re
from xml.etree import ElementTree as ET

import attrs
import pytest

from scripts.architecture.__main__ import PICTURE
from scripts.architecture.drawing import Unplaced, arrows, draw
from seda.pipeline import PIPELINE, Pipeline, Stage, StageOutput, with_tls

TEXT = "{http://www.w3.org/2000/svg}text"


def test_the_committed_picture_is_what_the_table_says_today() -> None:
    """Whoever changes a row draws it anew: `python -P -m scripts.architecture`."""
    assert PICTURE.read_text("utf-8") == draw()


def test_every_stage_and_every_kind_of_event_stands_in_it() -> None:
    """Read back from the picture itself, the stage for TLS included."""
    texts = {text.text or "" for text in ET.fromstring(draw()).iter(TEXT)}  # noqa: S314
    words = {word for text in texts for word in re.split(r"[ ,]+", text)}
    for stage in with_tls(PIPELINE).stages:
        assert {stage.name, *(output.kind for output in stage.gives)} <= words


def test_there_is_an_arrow_for_every_pair_of_stages_that_give_something() -> None:
    """Dashed where all of it are facts."""
    found = arrows(with_tls(PIPELINE)).values()
    facts = sum(all(output.is_fact for output in outputs) for outputs in found)
    picture = draw()
    assert picture.count('<path class="fact"') == facts
    assert picture.count('<path class="event"') == len(found) - facts


def test_a_stage_without_a_place_is_named() -> None:
    """The error says which, and where to add it."""
    stages = (*PIPELINE.stages, Stage("thumbnails", "stages.thumbnails:shrink", ("picture",)))
    with pytest.raises(Unplaced, match=r"places.py differ in \['thumbnails'\]"):
        draw(Pipeline(stages))


def test_an_arrow_without_a_way_is_named() -> None:
    """And so is one that the table no longer has."""
    camera, *others = PIPELINE.stages
    more = attrs.evolve(camera, gives=(*camera.gives, StageOutput("chunk", "http_reply")))
    with pytest.raises(Unplaced, match=r"camera to http_reply"):
        draw(Pipeline((more, *others)))
    fewer = attrs.evolve(camera, gives=())
    with pytest.raises(Unplaced, match=r"camera to live"):
        draw(Pipeline((fewer, *others)))
