"""Drawn examples follow from their seed and are of every kind."""

import numpy as np
import pytest

from anomaly.appearance import LOOKS, Look
from scripts.appearance.examples import draw_example, draw_examples
from scripts.appearance.staging import SHARES, draw_cast


def test_examples_follow_from_their_seed() -> None:
    """The same seed gives the same bytes, another one others."""
    crops, kinds = draw_examples(8, seed=5)
    again, same = draw_examples(8, seed=5)
    assert np.array_equal(crops, again)
    assert np.array_equal(kinds, same)
    assert not np.array_equal(crops, draw_examples(8, seed=6)[0])


def test_shares_are_of_every_kind_in_order() -> None:
    """Drawn by number, so they must come in the order of the kinds."""
    assert list(SHARES) == list(Look)
    assert sum(SHARES.values()) == pytest.approx(1)
    assert len(SHARES) == LOOKS


@pytest.mark.parametrize("kind", list(Look))
def test_every_kind_can_be_drawn(kind: Look) -> None:
    """An example shows something: its two pictures are not all of one level."""
    crop = draw_example(kind, np.random.default_rng([9, kind]))
    assert crop.dtype == np.uint8
    assert np.ptp(crop[0]) > 0


def test_who_lies_is_never_upright() -> None:
    """The actions of the two kinds do not overlap."""
    rng = np.random.default_rng(3)
    low = {draw_cast(Look.LOW, rng).actors[0].pose.action for _ in range(40)}
    upright = {draw_cast(Look.UPRIGHT, rng).actors[0].pose.action for _ in range(40)}
    assert low == {"crawl", "lie", "fall"}
    assert not low & upright
