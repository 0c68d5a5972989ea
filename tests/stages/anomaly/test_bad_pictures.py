"""Whatever pictures a camera sends, its chunk is scored or told, and never a silent zero."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from runtime import Draft, Dropped
from seda.messages import ScoredFacts
from testing.messages.batches import make_batch
from tests.anomaly.street import ORDINARY, draw_street, encode_jpeg
from tests.stages.anomaly.test_stage import StageRunner, received

GOOD = [encode_jpeg(draw_street(ORDINARY, n).repeat(2, 0).repeat(2, 1), "RGB") for n in range(10)]


@pytest.fixture
def runner(tmp_path: Path) -> StageRunner:
    """Return a desk with a directory of its own."""
    return StageRunner(tmp_path)


def other(picture: NDArray[np.uint8], mode: str = "RGB") -> list[bytes]:
    return [encode_jpeg(picture, mode)] * 10


def scored(runner: StageRunner, sequence: int, jpegs: list[bytes]) -> ScoredFacts:
    (facts,) = runner.scored(make_batch("gate", sequence, jpegs))
    return facts


@pytest.mark.parametrize(
    ("jpegs", "is_blank"),
    [
        (other(np.zeros((240, 360), np.uint8)), True),
        (other(np.zeros((1, 1), np.uint8), "L"), True),
        (other(draw_street(ORDINARY, 0), "CMYK"), False),
        (other(draw_street(ORDINARY, 0), "L"), False),
        (other(np.full((3, 2000), 90, np.uint8)), True),
    ],
    ids=["black", "one pixel", "CMYK", "grey", "a line"],
)
def test_odd_pictures_are_scored_calmly(
    runner: StageRunner, jpegs: list[bytes], *, is_blank: bool
) -> None:
    """From the first chunk on, the camera is still learning; that nothing can be seen is told."""
    for sequence in range(3):
        facts = scored(runner, sequence, jpegs)
        assert facts.is_learning
        assert facts.raw == pytest.approx(0, abs=0.5)
        assert any("nothing can be judged" in problem for problem in facts.problems) == is_blank


def test_a_camera_that_changes_its_size_starts_its_view_anew(runner: StageRunner) -> None:
    """And keeps what it has learned of motion; the new size is no event, and is told."""
    for sequence in range(3):
        scored(runner, sequence, GOOD)
    wide = [encode_jpeg(draw_street(ORDINARY, 0)[:45])] * 10
    facts = scored(runner, 3, wide)
    assert facts.band == "ordinary"
    assert facts.problems == (
        "its pictures have another shape than before, so its usual view is learned anew",
    )
    assert scored(runner, 4, GOOD).band == "ordinary"


def test_pictures_of_another_size_within_a_chunk_are_told(runner: StageRunner) -> None:
    """The newest size counts; how many were left is said and counted."""
    wide = encode_jpeg(np.full((90, 360), 120, np.uint8))
    facts = scored(runner, 0, [wide, wide, *GOOD[2:]])
    assert [problem.partition(": ")[2] for problem in facts.problems] == [
        "is of another size than the newest"
    ] * 2
    assert runner.counted()["unusable_pictures"] == 2


def test_truncated_pictures_are_told_and_the_others_judged(runner: StageRunner) -> None:
    """A chunk with some whole pictures has a score."""
    event, content = make_batch("gate", 0, GOOD)
    broken = bytearray(content)
    broken[len(GOOD[0]) // 2 : len(GOOD[0])] = bytes(len(GOOD[0]) - len(GOOD[0]) // 2)
    (facts,) = runner.scored((event, bytes(broken)))
    assert facts.index > 0
    assert "picture 0" in facts.problems[0]


def test_nothing_but_broken_pictures_is_not_scored_and_costs_no_other_camera(
    runner: StageRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dropped by name, with the camera's name in the log."""
    event, content = make_batch("gate", 0, GOOD)
    bad = received((event, bytes(len(content))))
    products = runner.judge(bad, received(make_batch("yard", 0, GOOD)))
    assert [it.reason for it in products if isinstance(it, Dropped)] == ["not scored"]
    assert {it.source.header.key for it in products if isinstance(it, Draft) and it.source} == {
        "yard"
    }
    assert 'camera "gate", not scored' in capsys.readouterr().out
