"""The evidence of a picture: boxes, and no claim about what stands without an outline."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from anomaly.background import start_background
from anomaly.evidence import explain_picture
from anomaly.judgement import Findings
from anomaly.memory import CameraMemory
from anomaly.types import Bytes, Cause
from tests.anomaly.test_motion_cause import COLUMNS, ROWS, Thing, find, watched


def standing(memory: CameraMemory, usual: Bytes, now: Bytes) -> Findings:
    """Give what is found where something stands in the middle of a picture."""
    findings = find(Thing(), memory)
    memory.background = start_background(usual[None])
    stands = np.zeros((1, ROWS, COLUMNS), np.float32)
    stands[:, 3:6, 5:8] = 5
    streams = attrs.evolve(findings.streams, standing=stands, moving=stands * 0)
    view = usual.astype(np.float32)
    return attrs.evolve(findings, streams=streams, newest=now, usual=view)


def view(thing: int) -> Bytes:
    """Give a grey view with a thing in its middle, as bright as that."""
    picture = np.full((ROWS * 4, COLUMNS * 4), 90, np.uint8)
    picture[13:23, 21:31] = thing
    return picture


@pytest.mark.parametrize(
    ("usual", "now", "cause", "words"),
    [
        (view(90), view(200), Cause.STAYS, "Something new has stayed for "),
        (view(200), view(90), Cause.MISSING, "Something that belongs to the usual view is missing"),
        (view(170), view(184), Cause.NOTHING, "A place does not look as usual, in the middle"),
    ],
    ids=["new", "missing", "brighter"],
)
def test_what_stands_is_told_by_an_outline_that_can_be_seen(
    usual: Bytes, now: Bytes, cause: Cause, words: str
) -> None:
    """Where there is none, no cause is claimed."""
    memory = watched()
    found = explain_picture(standing(memory, usual, now), 0, "standing", memory, is_high=True)
    assert found.cause is cause
    assert found.words.startswith(words)


def test_few_boxes_are_shown_the_hottest_first() -> None:
    """A crowd is no reason to cover the picture."""
    memory = watched()
    findings = find(Thing(speed=3.0), memory)
    crowd = np.zeros((1, ROWS, COLUMNS), np.float32)
    crowd[:, ::2, ::2] = 1
    heat = crowd.copy()
    heat[0, 4, 6] = 30
    streams = attrs.evolve(findings.streams, standing=heat)
    findings = attrs.evolve(findings, occupied=crowd, streams=streams)
    boxes = explain_picture(findings, 0, "standing", memory, is_high=True).boxes
    assert len(boxes) == 5
    assert [box.strength for box in boxes] == sorted((b.strength for b in boxes), reverse=True)
    assert boxes[0].left <= 6.5 / COLUMNS <= boxes[0].right
