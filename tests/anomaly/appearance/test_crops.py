"""What the network gets to see of a thing."""

import numpy as np
import pytest

from anomaly.appearance import cut_things
from anomaly.appearance.crops import MOST_DIFFERENCE, SIDE_PX, difference_of
from anomaly.types import Floats

SMALL, LARGE = (112, 196), (270, 480)


def box_of(x: float, foot: float, high: float, wide: float) -> Floats:
    return np.array([[x, foot, foot - high, wide]], np.float32)


def test_a_thing_is_in_the_middle_and_takes_half_of_its_square() -> None:
    """Pictures of two sizes show the same place, the thing as high as half of the crop."""
    large, small = np.full(LARGE, 100, np.uint8), np.zeros(SMALL, np.uint8)
    scale = LARGE[1] / SMALL[1]
    small[50:66, 90:94] = 150
    large[round(50 * scale) : round(66 * scale), round(90 * scale) : round(94 * scale)] = 20
    (crop,) = cut_things(large, small, box_of(92, 66, 16, 4))
    for channel, is_thing in ((crop[0], crop[0] < 60), (crop[1], crop[1] > 75)):
        rows, columns = np.nonzero(is_thing)
        assert channel.shape == (SIDE_PX, SIDE_PX)
        assert rows.mean() == pytest.approx(SIDE_PX / 2 - 0.5, abs=1.5)
        assert columns.mean() == pytest.approx(SIDE_PX / 2 - 0.5, abs=1.5)
        assert np.ptp(rows) + 1 == pytest.approx(SIDE_PX / 2, abs=2)


@pytest.mark.parametrize(("x", "foot"), [(1.0, 20.0), (195.0, 111.0), (98.0, 3.0), (-40.0, 300.0)])
def test_beyond_the_picture_its_edge_goes_on(x: float, foot: float) -> None:
    """A thing at a side, or outside, is cut out of what there is; nothing black is added."""
    large, small = np.full(LARGE, 77, np.uint8), np.full(SMALL, 9, np.uint8)
    (crop,) = cut_things(large, small, box_of(x, foot, 30, 12))
    assert set(np.unique(crop[0])) == {77}
    assert set(np.unique(crop[1])) == {9}


def test_no_things_give_no_crops() -> None:
    """An empty picture is no special case."""
    nobody = np.zeros((0, 4), np.float32)
    assert cut_things(np.zeros(LARGE, np.uint8), np.zeros(SMALL, np.uint8), nobody).shape[0] == 0


def test_a_difference_is_without_sign_light_or_excess() -> None:
    """What is darker differs as what is brighter; light is left aside; levels are bounded."""
    usual = np.full((2, 2), 100.0, np.float32)
    picture = np.array([[110, 130], [90, 255]], np.uint8)
    assert difference_of(picture, usual, 10.0).tolist() == [[0, 30], [30, MOST_DIFFERENCE]]
