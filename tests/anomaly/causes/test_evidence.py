"""The evidence of a picture: boxes, and no claim about what stands without an outline."""

import attrs
import numpy as np
import pytest

from anomaly.causes.evidence import explain_picture
from anomaly.judging.findings import Findings
from anomaly.memory import CameraMemory
from anomaly.seeing.background import start_background
from anomaly.types import Bytes, Cause
from tests.anomaly.causes.test_motion import COLUMNS, ROWS, Thing, find, watched


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
    streams = attrs.evolve(findings.streams, standing=heat, energy=crowd * 9)
    findings = attrs.evolve(findings, occupied=crowd, streams=streams)
    boxes = explain_picture(findings, 0, "standing", memory, is_high=True).boxes
    assert len(boxes) == 5
    assert [box.strength for box in boxes] == sorted((b.strength for b in boxes), reverse=True)
    assert boxes[0].left <= 6.5 / COLUMNS <= boxes[0].right


def calm(memory: CameraMemory, energy: float) -> Findings:
    """Give a picture in which something covers cells that change by so many grey levels."""
    findings = find(Thing(), memory)
    none = findings.streams.moving * 0
    streams = attrs.evolve(findings.streams, moving=none, energy=findings.occupied * energy)
    return attrs.evolve(findings, streams=streams)


def test_ghost_of_what_was_there_has_no_box() -> None:
    """It covers cells and changes none of them; what changes them has its box."""
    memory = watched()
    shown = [explain_picture(calm(memory, e), 0, "moving", memory, is_high=False) for e in (0, 9)]
    assert [len(one.boxes) for one in shown] == [0, 1]


def test_noise_is_not_noticeable() -> None:
    """Where the strongest place holds nothing, nothing is said to move there."""
    memory = watched()
    findings = calm(memory, 0)
    streams = attrs.evolve(findings.streams, moving=findings.occupied * np.float32(0.01))
    nowhere = findings.occupied * 0
    findings = attrs.evolve(findings, streams=streams, occupied=nowhere, newest=view(200))
    shown = explain_picture(findings, 0, "moving", memory, is_high=False)
    assert shown.words == "Nothing unusual for this camera."


def test_change_of_the_whole_picture_is_boxed_nowhere() -> None:
    """It is everywhere."""
    memory = watched()
    findings = calm(memory, 9)
    whole = attrs.evolve(findings, shares=np.array([0.8], np.float32))
    shown = explain_picture(whole, 0, "overall", memory, is_high=True)
    assert shown.boxes == ()
    assert shown.words.startswith("80 % of the picture changed suddenly")


def test_what_stays_is_boxed_however_small_it_is() -> None:
    """A bag of one cell; what is nearly told to the end is not."""
    memory = watched()
    findings = standing(memory, view(90), view(200))
    stands = np.zeros((1, ROWS, COLUMNS), np.float32)
    stands[:, 4, 6], stands[:, 1, 1] = 2, 0.1
    streams = attrs.evolve(findings.streams, standing=stands)
    findings = attrs.evolve(findings, streams=streams, occupied=stands * 0)
    (box,) = explain_picture(findings, 0, "standing", memory, is_high=True).boxes
    assert (box.left, box.top) == (6 / COLUMNS, 4 / ROWS)
    assert box.label == "something"
