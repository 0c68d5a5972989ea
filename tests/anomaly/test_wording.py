"""Places, periods and outlines in words."""

import numpy as np
import pytest

from anomaly.types import Bytes, Floats
from anomaly.wording import find_outline, name_period, name_place, say_nothing, to_sentence

SHAPE = (12, 18)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (0, 0, "at the top left of the picture"),
        (0, 9, "at the top of the picture"),
        (6, 17, "on the right of the picture"),
        (6, 9, "in the middle of the picture"),
        (11, 9, "at the bottom of the picture"),
        (11, 17, "at the bottom right of the picture"),
    ],
)
def test_places_are_named_as_people_do(row: int, column: int, words: str) -> None:
    """By thirds, without a middle where a side is enough."""
    assert name_place(row, column, SHAPE) == words


def test_periods_are_named_in_their_unit() -> None:
    """From seconds to days."""
    assert [name_period(s) for s in (90, 240, 9000, 400_000)] == [
        "90 seconds", "4 minutes", "2 hours", "5 days",
    ]  # fmt: skip


def test_nothing_is_a_whole_sentence() -> None:
    """Also where nothing moves at all."""
    assert to_sentence(say_nothing("")) == "Nothing unusual for this camera."
    assert to_sentence("") == ""


def with_thing(strength: float) -> Floats:
    """Give a view with a thing in its middle, as strong as that."""
    view = np.full((48, 72), 90, np.float32)
    view[18:30, 28:44] += strength
    return view


def grey(view: Floats) -> Bytes:
    """Give a view as a picture."""
    return view.astype(np.uint8)


@pytest.mark.parametrize(
    ("now", "usual", "old", "shows"),
    [
        (80, 30, 0, "now"),
        (0, 80, 80, "old"),
        (0, 60, 80, "old"),
        (0, 40, 0, "usual"),
    ],
    ids=["stays", "missing", "missing for a while", "stayed and went"],
)
def test_outline_tells_what_stays_from_what_is_gone(
    now: float, usual: float, old: float, shows: str
) -> None:
    """A thing has its outline where it is, a hole where something was; half of it is a ghost."""
    views = grey(with_thing(now)), with_thing(usual), with_thing(old)
    assert find_outline(*views, [(6, 9)], SHAPE) == shows


@pytest.mark.parametrize("views", [(80, 66, 66), (66, 80, 80), (3, 0, 0)])
def test_outline_that_no_view_shows_clearly_is_none(views: tuple[float, float, float]) -> None:
    """Light or shade on a known thing, or a place's noise, is neither something new nor a hole."""
    now, usual, old = (with_thing(strength) for strength in views)
    assert find_outline(grey(now), usual, old, [(6, 9)], SHAPE) == "none"


def test_large_thing_is_seen_as_a_whole() -> None:
    """Its flat side, which hides what is behind, is no hole."""
    usual = np.full((48, 72), 90, np.float32)
    usual[20:28:4, 30:42:4] = 140
    now = usual.copy()
    now[4:44, 12:60] = 200
    views = grey(now), usual, usual
    assert find_outline(*views, [(6, 9)], SHAPE) == "old"
    cells = [(row, column) for row in range(1, 11) for column in range(3, 15)]
    assert find_outline(*views, cells, SHAPE) == "now"
