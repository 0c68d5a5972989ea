"""Text that a camera writes into its picture is known by its clock, and is no event."""

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.seeing.captions import DEPTH, Captions, start_captions, watch_captions
from anomaly.seeing.seen import Seen
from anomaly.types import Bytes
from tests.anomaly.judged import judge
from tests.anomaly.street import HEIGHT_PX, INTERVAL_S, WIDTH_PX, Walker, draw_street, make_batch

CELLS = (HEIGHT_PX // 4, WIDTH_PX // 4)
CLOCK = (slice(2, 7), slice(150, 174))  # pixels: minutes to the left, seconds in the last four
SECONDS_PX = 8
WATCHED_CHUNKS, CHUNK = 20, 20
PASSING = Walker(0, 1.0, height_px=16)


def write_clock(picture: Bytes, at_s: float, *, bright: int = 240) -> Bytes:
    """Write the time into a picture, its seconds anew every second."""
    rows, columns = CLOCK
    shape = rows.stop - rows.start, columns.stop - columns.start
    minutes = np.random.default_rng(5).integers(0, 2, shape)
    seconds = np.random.default_rng([6, int(at_s + 1e-6)]).integers(0, 2, shape)
    minutes[:, -SECONDS_PX:] = seconds[:, -SECONDS_PX:]
    written = picture.copy()
    written[rows, columns] = np.where(minutes, bright, 20)
    return written


def film(
    count: int, walkers: list[Walker], *, has_clock: bool = True, interval_s: float = INTERVAL_S
) -> list[Bytes]:
    """Give so many pictures of a street."""
    pictures = [draw_street(walkers, number) for number in range(count)]
    if not has_clock:
        return pictures
    return [write_clock(one, number * interval_s) for number, one in enumerate(pictures)]


def watch(pictures: list[Bytes], interval_s: float = INTERVAL_S) -> Captions:
    """Let a camera watch a film chunk by chunk."""
    captions, at_s = start_captions(CELLS), interval_s * np.arange(len(pictures))
    frames, none = np.stack(pictures), np.zeros((CHUNK, 5), np.float32)
    for start in range(0, len(pictures), CHUNK):
        part = slice(max(0, start - 1), start + CHUNK)
        shown = frames[part]
        light, which = np.zeros(len(shown), np.float32), none.astype(np.int64)
        watch_captions(captions, Seen(shown, at_s[part].tolist(), CHUNK, light, which, none))
    return captions


def clock_cells() -> NDArray[np.bool_]:
    """Give the cells of the whole line."""
    cells = np.zeros(CELLS, bool)
    rows, columns = CLOCK
    cells[rows.start // 4 : -(-rows.stop // 4), columns.start // 4 : -(-columns.stop // 4)] = True
    return cells


@pytest.mark.parametrize("walkers", [[], [PASSING]], ids=["nobody", "somebody passes behind it"])
def test_clock_is_found_with_what_stands_beside_it(walkers: list[Walker]) -> None:
    """Seconds tell that it is a clock, minutes are text on the same line; nothing else is."""
    found = watch(film(400, walkers)).is_text
    assert found[clock_cells()].all()
    assert found.sum() <= clock_cells().sum() + 24  # and the cells around it


@pytest.mark.parametrize(
    "pictures",
    [
        film(400, [PASSING], has_clock=False),
        film(400, [PASSING, Walker(104, -2.0)], has_clock=False),
        [write_clock(one, number) for number, one in enumerate(film(400, [], has_clock=False))],
    ],
    ids=["somebody", "fast below", "changes with every picture"],
)
def test_what_moves_at_the_border_is_no_text(pictures: list[Bytes]) -> None:
    """It changes a place at any moment of a second."""
    assert not watch(pictures).is_text.any()


def test_lamp_that_flashes_once_a_second_is_no_text() -> None:
    """It lights up more of the border than a clock has digits."""
    pictures = film(400, [], has_clock=False)
    for number, one in enumerate(pictures):
        one[:12, :90] += np.uint8(60 * (number // 10 % 2))
    assert not watch(pictures).is_text.any()


def test_slow_camera_shows_no_clock() -> None:
    """Where every picture has a new second, whatever moves looks like one."""
    assert not watch(film(200, [PASSING], interval_s=1.0), 1.0).is_text.any()


def test_clock_that_is_taken_away_is_forgotten() -> None:
    """Its place counts again within some minutes."""
    captions = watch([*film(400, []), *film(4000, [], has_clock=False)])
    assert captions.seen_s > 0
    assert not captions.is_text.any()


@pytest.fixture(scope="module")
def watched(graph: MotionGraph) -> CameraMemory:
    """Give a camera that has watched a clock over an empty street for 40 seconds."""
    memory, pictures = CameraMemory("gate"), film(WATCHED_CHUNKS * CHUNK, [])
    for sequence in range(WATCHED_CHUNKS):
        part = pictures[sequence * CHUNK : (sequence + 1) * CHUNK]
        judge(make_batch(part, sequence), memory, graph)
    return memory


def test_clock_is_neither_boxed_nor_scored_nor_told(
    watched: CameraMemory, graph: MotionGraph
) -> None:
    """Its digits move all the time, and nothing else does: the frame shows nothing."""
    memory = unpack_memory(pack_memory(watched), "gate")
    pictures = film((WATCHED_CHUNKS + 1) * CHUNK, [])[-CHUNK:]
    scored = judge(make_batch(pictures, WATCHED_CHUNKS), memory, graph)
    assert scored.evidence.boxes == ()
    assert not scored.evidence.heat[clock_cells()].any()
    assert scored.evidence.mark.y > CLOCK[0].stop / HEIGHT_PX


def test_person_below_a_clock_is_seen(watched: CameraMemory, graph: MotionGraph) -> None:
    """Only its line is left out."""
    memory = unpack_memory(pack_memory(watched), "gate")
    pictures = film((WATCHED_CHUNKS + 1) * CHUNK, [Walker(50, 1.5)])[-CHUNK:]
    scored = judge(make_batch(pictures, WATCHED_CHUNKS), memory, graph)
    assert scored.evidence.heat.max() > 0
    assert scored.evidence.boxes


def test_what_is_known_of_text_lasts(watched: CameraMemory) -> None:
    """It is part of a camera's memory; one from before has none and is read all the same."""
    captions = unpack_memory(pack_memory(watched), "gate").captions
    assert captions is not None
    assert watched.captions is not None
    assert np.array_equal(captions.is_text, watched.captions.is_text)
    assert np.array_equal(captions.arrows, watched.captions.arrows)
    assert captions.arrows.shape == (3, 2 * DEPTH, CELLS[1])
