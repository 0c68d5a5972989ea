"""A covered lens stands out on every camera, once, and what is masked has no part in it."""

import numpy as np
import pytest

from anomaly.detect import Call, Settings, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.types import Bytes, Cause, ScoredFrame
from anomaly.usual.calibration import note_score
from conf.schema import Zone
from seda.messages import Band
from tests.anomaly.street import HEIGHT_PX, ORDINARY, WIDTH_PX, draw_street, make_batch

LEARNED_CHUNKS, PICTURES = 30, 20
RIGHT = Zone("screen", ((0.4, 0.0), (1.0, 0.0), (1.0, 1.0), (0.4, 1.0)), 0.0)


@pytest.fixture(scope="module")
def learned(graph: MotionGraph) -> bytes:
    """Give the memory of a camera that has watched the street for a minute."""
    memory = CameraMemory("gate")
    for sequence in range(LEARNED_CHUNKS):
        judge(sequence, memory, graph)
    return pack_memory(memory)


def judge(
    sequence: int,
    memory: CameraMemory,
    graph: MotionGraph,
    covered: float = 0.0,
    zones: tuple[Zone, ...] = (),
) -> ScoredFrame:
    """Judge a chunk of the street with a cloth over a share of the lens, from the right."""
    numbers = range(sequence * PICTURES, (sequence + 1) * PICTURES)
    pictures = [cover(draw_street(ORDINARY, number), covered) for number in numbers]
    call = Call(make_batch(pictures, sequence), memory, Settings(zones=zones))
    (scored,) = detect_anomaly([call], graph)
    assert isinstance(scored, ScoredFrame), scored
    return scored


def cover(picture: Bytes, share: float) -> Bytes:
    columns = np.arange(WIDTH_PX) >= round(WIDTH_PX * (1 - share))
    hidden = np.broadcast_to(columns, (HEIGHT_PX, WIDTH_PX))
    return np.where(hidden, 24, picture).astype(np.uint8)


@pytest.mark.parametrize("usual_raw", [0.5, 20.0], ids=["calm", "full of parked cars"])
def test_a_covered_lens_stands_out_once_whatever_is_usual(
    usual_raw: float, learned: bytes, graph: MotionGraph
) -> None:
    """The highest scores of what moves and stays do not hide it."""
    memory = unpack_memory(learned, "gate")
    for _ in range(300):
        note_score(memory.history, usual_raw, 2.0)
    scored = [judge(LEARNED_CHUNKS + n, memory, graph, covered=1.0) for n in range(8)]
    assert scored[0].band is Band.ALARMING
    assert scored[0].evidence.cause is Cause.OVERALL
    assert "covered" in scored[0].evidence.words
    assert scored[0].evidence.usual_view.std() > 5  # what it was before
    assert {one.evidence.cause for one in scored[1:]} == {Cause.NOTHING}


def test_a_camera_whose_picture_often_changes_calls_it_less_rare(
    learned: bytes, graph: MotionGraph
) -> None:
    """A threat is a rarity on this camera (R31)."""
    memory = unpack_memory(learned, "gate")
    seldom = judge(LEARNED_CHUNKS, memory, graph, covered=1.0)
    memory = unpack_memory(learned, "gate")
    memory.history.upsets = 20
    assert judge(LEARNED_CHUNKS, memory, graph, covered=1.0).threat < seldom.threat


def test_what_is_masked_has_no_part_in_the_share_that_changed(
    learned: bytes, graph: MotionGraph
) -> None:
    """Half the picture goes dark, and the mask holds that half (R27)."""
    seen = judge(LEARNED_CHUNKS, unpack_memory(learned, "gate"), graph, covered=0.5)
    assert seen.evidence.cause is Cause.OVERALL
    memory = unpack_memory(learned, "gate")
    masked = judge(LEARNED_CHUNKS, memory, graph, covered=0.5, zones=(RIGHT,))
    assert masked.evidence.cause is not Cause.OVERALL
    whole = judge(LEARNED_CHUNKS + 1, memory, graph, covered=1.0, zones=(RIGHT,))
    assert whole.evidence.cause is Cause.OVERALL


@pytest.mark.parametrize("stops_s", [0.0, 6.0])
def test_a_lorry_near_the_camera_is_no_change_of_the_whole_picture(
    stops_s: float, learned: bytes, graph: MotionGraph
) -> None:
    """It hides half of the picture, may stop, and goes; the background is the street all along."""
    memory = unpack_memory(learned, "gate")
    usual = memory.background.picture.copy() if memory.background else None
    for sequence in range(LEARNED_CHUNKS, LEARNED_CHUNKS + 6):
        numbers = range(sequence * PICTURES, (sequence + 1) * PICTURES)
        pictures = [
            drive_past(draw_street(ORDINARY, n), (n - LEARNED_CHUNKS * PICTURES) / 10, stops_s)
            for n in numbers
        ]
        (scored,) = detect_anomaly([Call(make_batch(pictures, sequence), memory)], graph)
        assert isinstance(scored, ScoredFrame), scored
        assert scored.evidence.cause is not Cause.OVERALL
        assert scored.band is not Band.ALARMING
    assert memory.background is not None
    assert usual is not None
    assert np.abs(memory.background.picture - usual).mean() < 3


def drive_past(picture: Bytes, at_s: float, stops_s: float) -> Bytes:
    """Let a lorry half as wide as the picture go past within three seconds, or stop half way."""
    way_s = min(at_s, 1.5) + max(0.0, at_s - 1.5 - stops_s)
    left = round(WIDTH_PX * (-0.5 + way_s / 2))
    hidden = picture.copy()
    hidden[HEIGHT_PX // 10 :, max(0, left) : max(0, left + WIDTH_PX // 2)] = 170
    return hidden
