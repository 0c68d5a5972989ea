"""What a thing is called: a kind only where cells, shape, size and motion agree."""

import attrs
import numpy as np
import pytest

from anomaly.causes.naming import Cells, find_kind, find_kind_at, name_object, name_way, say_deed
from seda.messages import Box

WALKS, RIDES, DRIVES, SOMETHING, SOMEBODY = 0, 1, 3, 4, 5
SHAPE = (28, 49)
SEEN = Box(0.4, 0.4, 0.5, 0.5, "person", 0.8)


def thing(
    kinds: dict[int, float],
    rows: slice = slice(10, 14),
    columns: slice = slice(20, 26),
    u: float = 1.0,
    log_height: float = 0.0,
) -> Cells:
    """Give a thing whose cells all say the same."""
    mask = np.zeros(SHAPE, bool)
    mask[rows, columns] = True
    down, across = np.nonzero(mask)
    weights = np.zeros((5, len(down)), np.float32)
    for kind, weight in kinds.items():
        weights[kind] = weight
    speed = np.full(len(down), u, np.float32)
    return Cells(down, across, weights, speed, speed * 0, speed * 0 + log_height, SHAPE)


CAR = thing({DRIVES: 0.8, WALKS: 0.2})
WALKER = thing({WALKS: 0.9, DRIVES: 0.1}, slice(10, 15), slice(20, 23))


def test_sure_kinds_are_named() -> None:
    """A vehicle is wide and goes one way; who walks is upright."""
    assert find_kind(CAR) == DRIVES
    assert find_kind(WALKER) == WALKS


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (thing({DRIVES: 0.65, WALKS: 0.35}), SOMETHING),
        (thing({DRIVES: 0.8, WALKS: 0.2}, slice(8, 14)), SOMETHING),
        (thing({DRIVES: 0.8, WALKS: 0.2}, slice(10, 12), slice(20, 24)), SOMETHING),
        (thing({DRIVES: 0.9}, slice(8, 20), slice(10, 30)), SOMETHING),
        (thing({DRIVES: 0.9}, slice(24, 28)), SOMETHING),
        (thing({DRIVES: 0.9}, columns=slice(0, 8)), SOMETHING),
        (thing({DRIVES: 0.9}, u=0.05), SOMETHING),
        (attrs.evolve(CAR, u=CAR.u * np.where(np.arange(24) % 2, 1, -1)), SOMETHING),
        (thing({DRIVES: 0.9}, log_height=1.0), SOMETHING),
        (thing({WALKS: 0.9}, slice(10, 11), slice(20, 23)), SOMETHING),
        (thing({WALKS: 0.75, DRIVES: 0.25}, slice(10, 15), slice(20, 23)), SOMEBODY),
        (thing({WALKS: 0.45, RIDES: 0.4, DRIVES: 0.15}, slice(10, 15), slice(20, 23)), SOMEBODY),
        (thing({WALKS: 0.9}, slice(10, 12), slice(20, 26)), SOMEBODY),
        (thing({WALKS: 0.9}, slice(4, 16), slice(20, 24)), SOMEBODY),
    ],
    ids=[
        "unsure", "as tall as two people", "few cells", "lies near the camera", "cut off below",
        "cut off at a side", "stands", "its parts go to and fro", "taller than was learned",
        "as small as a dog", "how open", "walks or rides", "as wide as several", "near the camera",
    ],
)  # fmt: skip
def test_what_a_thing_is_stays_open_where_anything_speaks_against(one: Cells, kind: int) -> None:
    """No person is called a vehicle because one map says so."""
    assert find_kind(one) == kind


def test_person_among_others_is_told_by_the_hottest_cells() -> None:
    """A rider who passes walkers is one group with them; a part of a vehicle is no vehicle."""
    crowd = thing({WALKS: 0.5, RIDES: 0.3}, slice(8, 18), slice(10, 30))
    rider = thing({RIDES: 0.9}, slice(10, 14), slice(20, 24))
    assert find_kind_at(rider, crowd) == RIDES
    assert find_kind_at(thing({DRIVES: 0.6}, slice(11, 13), slice(20, 23)), CAR) == DRIVES
    assert find_kind_at(CAR, crowd) == SOMETHING


def test_nobody_has_a_kind_in_cells_that_say_nothing() -> None:
    """Where the network gives no weight at all, something is there."""
    assert find_kind(thing({})) == SOMETHING


@pytest.mark.parametrize(
    ("kind", "seen", "way", "words"),
    [
        (WALKS, None, "upwards", "a person walks upwards"),
        (WALKS, None, "", "a person walking moves in place"),
        (DRIVES, None, None, "a vehicle moves"),
        (SOMETHING, SEEN, "upwards", "a person moves upwards"),
        (RIDES, SEEN, "upwards", "a person rides upwards"),
        (SOMEBODY, attrs.evolve(SEEN, label="truck"), "upwards", "a truck drives upwards"),
        (SOMETHING, attrs.evolve(SEEN, label="umbrella"), "", "an umbrella moves in place"),
    ],
)
def test_deed_is_that_of_what_was_seen(
    kind: int, seen: Box | None, way: str | None, words: str
) -> None:
    """A detector's name comes first; how a person goes is the network's to say."""
    assert say_deed(kind, seen, way) == words


def test_what_hardly_goes_has_no_way() -> None:
    """A way is one of eight."""
    assert name_way(0.05, 0.05) == ""
    assert name_way(-1.0, 1.0) == "to the lower left"
    assert name_object("elephant") == "an elephant"
