"""A single picture beside the usual view: heat, boxes, words and cause of what differs."""

import numpy as np
import pytest

from anomaly.causes.stills import explain_still
from anomaly.types import MOST_BOXES, Bytes, Cause
from anomaly.usual.patterns import BINS

ROWS, COLUMNS = 112, 192


def street(brightness: int = 90) -> Bytes:
    """Make a usual view with a texture."""
    noise = np.random.default_rng(3).integers(-4, 5, (ROWS, COLUMNS))
    return np.clip(noise + brightness, 0, 255).astype(np.uint8)


def with_thing(usual: Bytes, top: int, left: int, tall: int, wide: int) -> Bytes:
    """Put something bright into a picture."""
    now = usual.copy()
    now[top : top + tall, left : left + wide] = 230
    return now


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (
            (60, 150, 32, 12),
            "Looks like a person walking, which is unusual here, on the right of the picture.",
        ),
        (
            (4, 8, 24, 60),
            "Looks like a vehicle, which is unusual here, at the top left of the picture.",
        ),
        ((52, 92, 8, 8), "Something looks unlike what is usual here, in the middle of the"),
    ],
)
def test_what_is_new_is_named_by_shape_and_place(
    thing: tuple[int, int, int, int], words: str
) -> None:
    """Hot inside and cold elsewhere, with a box around it."""
    top, left, tall, wide = thing
    usual = street()
    found = explain_still(with_thing(usual, *thing), usual, threat=0.6, is_high=True)
    assert found.cause is Cause.KIND
    assert words in found.words
    assert found.mark.stream == "moving"
    right, down, walks = found.mark.pattern
    assert right > BINS[0] // 2 == down
    assert (walks > BINS[2] // 2) == ("walking" in words)
    box = found.boxes[0]
    assert box.left * COLUMNS - 8 <= left < left + wide <= box.right * COLUMNS + 8
    assert box.top * ROWS - 8 <= top < top + tall <= box.bottom * ROWS + 8
    assert found.heat[(top + tall // 2) // 4, (left + wide // 2) // 4] > 100
    assert np.median(found.heat) == 0


def test_what_lacks_is_missing() -> None:
    """Its outline is in the usual view."""
    usual = with_thing(street(), 60, 150, 32, 12)
    found = explain_still(street(), usual, threat=0.6, is_high=True)
    assert found.cause is Cause.MISSING
    assert found.words.startswith("Something that belongs to the usual view is missing, on the")
    assert (found.mark.stream, found.mark.pattern) == ("standing", ())


def test_another_scene_is_an_overall_change() -> None:
    """With as many boxes as may be, at most."""
    other = np.random.default_rng(4).integers(0, 29, (ROWS // 4, COLUMNS // 4)) * 9
    now = np.kron(other, np.ones((4, 4), int)).astype(np.uint8)
    found = explain_still(now, street(), threat=0.9, is_high=True)
    assert found.cause is Cause.OVERALL
    assert " % of the picture changed suddenly, it is brighter now" in found.words
    assert len(found.boxes) <= MOST_BOXES


def test_light_alone_is_nothing() -> None:
    """The same brighter by a third: no heat and no box; what is ordinary says so."""
    found = explain_still(street(120), street(), threat=0.1, is_high=False)
    assert found.cause is Cause.NOTHING
    assert found.words.startswith("Nothing unusual for this camera. Most noticeable: ")
    assert found.boxes == ()
    assert not found.heat.any()
