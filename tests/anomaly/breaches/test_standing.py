"""What stands where no track is, wherever a box may lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.breaches.standing import find_again, is_free, is_new, is_there
from anomaly.rules.records import Record
from anomaly.rules.things import Thing
from anomaly.seeing.background import start_background
from anomaly.seeing.seen import Seen
from tests.anomaly.street import WIDTH_PX, draw_street

FRAMES = np.stack([draw_street([], number) for number in range(12)])
AT_S = [number * 0.2 for number in range(12)]
SEEN = Seen(
    FRAMES,
    AT_S,
    6,
    np.zeros(12, np.float32),
    np.zeros((6, 5), np.int64),
    np.ones((6, 5), np.float32),
)
side = st.floats(-20, WIDTH_PX + 20)


@given(st.tuples(side, side, side, side), st.booleans())
def test_a_box_anywhere_is_answered(
    box: tuple[float, float, float, float], settled: object
) -> None:
    """At the edges, outside of the picture, and without any extent."""
    background = start_background(FRAMES)
    background.steps = 1000.0 if settled else 0.0
    thing, record = Thing(1, 5, AT_S[-1], box, "thing"), Record(1, 0.0, box)
    assert is_new(thing, SEEN, background) is False
    assert isinstance(is_there(thing, SEEN, background), bool)
    assert is_free(record, SEEN, background) is True
    assert find_again(record, SEEN, background) is None


@pytest.mark.parametrize("box", [(60.0, 92.0, 72.0, 112.0), (8.0, 8.0, 16.0, 16.0)])
def test_what_stands_is_seen_again_until_it_goes(box: tuple[float, float, float, float]) -> None:
    """The usual view may have taken it in; the old one has not. In a corner of the picture too."""
    background = start_background(FRAMES)
    left, top, right, bottom = (int(part) for part in box)
    with_it = FRAMES.copy()
    with_it[:, top:bottom, left:right] = 30
    background.picture[top:bottom, left:right] = 30
    seen = Seen(with_it, AT_S, 6, SEEN.light, SEEN.which, SEEN.have)
    record = Record(1, 0.0, box)
    again = find_again(record, seen, background)
    assert again is not None
    assert (again.box, again.at_s) == (box, AT_S[-1])
    assert find_again(record, SEEN, background) is None
