"""What goes too far between two pictures is found by its front."""

import numpy as np
import pytest

from anomaly.features import MotionGraph
from anomaly.judging.leaps import BEFORE, find_leaps
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.types import Cause, Floats
from anomaly.usual.calibration import note_score
from seda.messages import Band
from tests.anomaly.judged import LEARNED_CHUNKS, judge
from tests.anomaly.street import ORDINARY, Walker, street_batch

ROWS, COLUMNS = 30, 45
EVEN_S = [0.2 * number for number in range(8)]


def draw_change(columns: list[int], rows: list[int] | None = None) -> Floats:
    """Give what differs from the background where a thing of three by two cells is."""
    change = np.zeros((len(columns), ROWS, COLUMNS), np.float32)
    for number, column in enumerate(columns):
        row = rows[number] if rows else 10
        change[number, row : row + 3, column : column + 2] = 1.0
    return change


def test_equal_steps_are_a_leap_with_their_velocity() -> None:
    """A thing that is three cells further to the right in every picture moves so."""
    leaps = find_leaps(draw_change([3 * n for n in range(8)]), EVEN_S)
    assert [leap.picture for leap in leaps] == list(range(8 - BEFORE))
    assert all((leap.u, leap.v) == pytest.approx((3, 0)) for leap in leaps)
    rows, columns = leaps[0].cells
    assert set(rows.tolist()) == {10, 11, 12}
    assert set(columns.tolist()) <= {9, 10}


def test_a_picture_that_is_missing_makes_one_step_twice_as_long() -> None:
    """Velocities are compared and not steps: the same thing, one picture left out."""
    at_s = [0.0, 0.1, 0.2, 0.4, 0.5]
    leaps = find_leaps(draw_change([0, 3, 6, 12, 15]), at_s)
    assert [leap.picture for leap in leaps] == [0, 1]
    assert leaps[0].u == pytest.approx(6)
    assert leaps[1].u == pytest.approx(3)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ([20] * 8, None),
        ([20 + n for n in range(8)], None),
        ([3, 30, 12, 40, 7, 22, 1, 35], [2, 20, 9, 25, 4, 17, 24, 1]),
    ],
    ids=["stands", "goes by one cell", "flickers here and there"],
)
def test_what_does_not_leap(columns: list[int], rows: list[int] | None) -> None:
    """Things that stand, that the network follows, and flicker."""
    assert find_leaps(draw_change(columns, rows), EVEN_S) == []


def test_where_pictures_are_rare_nothing_leaps() -> None:
    """At two pictures a second whoever walks near the camera is as far on."""
    assert find_leaps(draw_change([3 * n for n in range(8)]), [0.5 * n for n in range(8)]) == []


def test_a_changed_view_is_no_leap() -> None:
    """Where much of the picture differs, light or lens have changed."""
    change = draw_change([3 * n for n in range(8)])
    change[:, 15:] = np.where(np.arange(8)[:, None, None] % 2, 1.0, 0.0)
    assert find_leaps(change, EVEN_S) == []


@pytest.fixture(scope="module")
def learned(graph: MotionGraph) -> bytes:
    """Give the memory of a camera that has seen 90 seconds of an ordinary street."""
    memory = CameraMemory("gate")
    for sequence in range(LEARNED_CHUNKS):
        judge(street_batch(sequence), memory, graph)
    return pack_memory(memory)


@pytest.mark.parametrize("parked", [0, 300], ids=["calm", "full of parked cars"])
def test_who_is_far_too_fast_to_be_followed_stands_out_and_is_named(
    parked: int, learned: bytes, graph: MotionGraph
) -> None:
    """Twelve pixels a picture, and whatever the scores of what stays are (R22)."""
    memory = unpack_memory(learned, "gate")
    for _ in range(parked):
        note_score(memory.history, 20.0, 2.0)
    sprinter = Walker(100, 12.0, width_px=8)
    scored = judge(street_batch(LEARNED_CHUNKS, [*ORDINARY, sprinter]), memory, graph)
    assert scored.band is not Band.ORDINARY
    assert scored.evidence.cause is Cause.SPEED
    assert "to the right" in scored.evidence.words
