"""Sheets of judged frames: which frames, what is on them, and how what was read is counted."""

from pathlib import Path

import attrs
import numpy as np
import pytest
from PIL import Image

from anomaly.bands import band_of
from anomaly.types import Cause, Evidence, ScoredFrame
from scripts.demo.cameras import CAMERAS
from scripts.demo.renderer.happenings.world import World
from scripts.words.frames import Shown, choose, facts_of, spread
from scripts.words.sheets import CELL_PX, COLUMNS, ROWS, draw_frame, write_sheets
from scripts.words.tally import count_verdicts, say_shares
from scripts.words.truth import Present, at_place, look_around
from seda.messages import Box, Mark

WHITE, YELLOW = (255, 255, 255), (255, 216, 0)


def scored(at_s: float, threat: float) -> ScoredFrame:
    """Give a frame with one box."""
    small = np.zeros((4, 6), np.uint8)
    box = Box(0.25, 0.25, 0.5, 0.75, "somebody", 0.7)
    evidence = Evidence(
        Cause.SPEED, "Somebody runs.", small, (box,), small, Mark("moving", 0.4, 0.5)
    )
    return ScoredFrame(
        "gate",
        0,
        0,
        0,
        at_s,
        1.0,
        (),
        (),
        threat,
        band_of(threat),
        False,
        evidence,
    )


def shown(number: int = 0) -> Shown:
    """Give a frame as it is put on a sheet."""
    return Shown("gate", float(number), scored(number, 0.6), Image.new("RGB", (640, 360)), "a run")


def test_frames_of_a_camera_are_apart_and_the_next_turn_gives_others() -> None:
    """Two of one event would be one frame counted twice."""
    frames = [scored(float(at_s), threat) for at_s, threat in ((0, 0.9), (5, 0.8), (30, 0.7))]
    assert [one.threat for one in choose(frames, 2)] == [0.9, 0.7]
    assert choose(frames, 1, turn=1)[0].threat == 0.7
    assert choose(frames, 1, turn=2) == []


def test_ordinary_frames_are_taken_whatever_is_in_them() -> None:
    """At equal steps, and none that stands out."""
    frames = [scored(float(at_s), 0.6 if at_s % 10 == 0 else 0.1) for at_s in range(100)]
    first, second = spread(frames, 3), spread(frames, 3, turn=1)
    assert len(first) == len(second) == 3
    assert all(one.threat < 0.25 for one in [*first, *second])
    assert not {one.at_s for one in first} & {one.at_s for one in second}


def test_every_frame_is_on_a_sheet(tmp_path: Path) -> None:
    """Nine a sheet, numbered in their order; beside them the facts."""
    files = write_sheets([shown(n) for n in range(COLUMNS * ROWS + 1)], tmp_path, "D")
    assert [file.name for file in files] == ["D_01.png", "D_02.png"]
    size = COLUMNS * CELL_PX[0], ROWS * CELL_PX[1]
    for file in files:
        with Image.open(file) as sheet:
            assert sheet.size == size
    assert facts_of(shown())["words"] == "Somebody runs."


def test_box_is_drawn_where_it_is() -> None:
    """A quarter from the left, over the picture alone."""
    cell = draw_frame(shown(), "D001")
    left = 5 + round(0.25 * 460)
    assert cell.getpixel((left, 20 + 259 // 2)) == YELLOW
    assert cell.getpixel((CELL_PX[0] - 1, CELL_PX[1] - 1)) == WHITE


def test_verdicts_are_counted_once_each() -> None:
    """A reason may follow; a remark is none."""
    counts = count_verdicts(["# read by hand", "D001 right", "", "D002 wrong a dog", "D003 right"])
    assert counts == {"right": 2, "wrong": 1, "silent": 0}
    assert say_shares(counts) == "right 2 (67 %), wrong 1 (33 %), silent 0 (0 %)"


@pytest.mark.parametrize(
    ("lines", "said"),
    [(["D001 good"], "say one of right, wrong, silent"), (["D1 right", "D1 wrong"], "already")],
)
def test_verdict_that_is_none_is_told_with_its_line(lines: list[str], said: str) -> None:
    """What, where and what to do."""
    with pytest.raises(ValueError, match=rf"line {len(lines)}: .*{said}"):
        count_verdicts(lines)


def test_truth_says_who_is_at_a_place() -> None:
    """By the outlines of those whom the lens sees, and by what they do."""
    scene = CAMERAS[-1].scene
    world = World(scene, 3, [])
    present: list[Present] = []
    for now_s in range(0, 120, 5):
        present = list(look_around(world.actors_at(float(now_s)), scene, float(now_s)))
        if present:
            break
    one = present[0]
    middle = (one.box.left + one.box.right) / 2, (one.box.top + one.box.bottom) / 2
    assert one in at_place(present, *middle)
    assert at_place([one], one.box.right + 0.2, middle[1]) == []
    assert str(attrs.evolve(one, kind="dog", speed_m_per_s=0.0)) == f"dog stands ({one.action})"
