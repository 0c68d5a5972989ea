"""The FastestDet layout: one grid, whose cells say where a thing's middle is."""

import numpy as np
import pytest
from PIL import Image

from anomaly.plugins import fastestdet
from anomaly.plugins.detector import OnnxDetector
from anomaly.plugins.opening import open_detector
from testing.data import DATA
from tests.anomaly.street import draw_ground

MODEL = DATA / "models" / "fastestdet_coco.onnx"
SIDE, LABELS = 64, ("cat", "dog")


def output(
    *cells: tuple[int, int, list[float]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Give an output in which nothing is but in these cells."""
    made = np.zeros(fastestdet.output_shape(SIDE, len(LABELS)), np.float32)
    for row, column, values in cells:
        made[0, :, row, column] = values
    return made


def test_cell_is_decoded_to_where_it_was_put() -> None:
    """Middle by tanh from the cell's corner, size by sigmoid; both certainties count."""
    quarter = float(np.log(0.25 / 0.75))
    made = output((1, 2, [0.81, np.arctanh(0.5), 0.0, quarter, 0.0, 0.2, 0.9]))
    (box,) = fastestdet.read_output(made, SIDE, (64, 32), LABELS)
    assert box.label == "dog"
    assert box.strength == pytest.approx(0.81**0.6 * 0.9**0.4)
    assert (box.left, box.right) == pytest.approx((2.5 / 4 - 0.125, 2.5 / 4 + 0.125))
    assert (box.top, box.bottom) == pytest.approx((0.0, 0.5))


def test_of_overlapping_boxes_the_strongest_stays() -> None:
    """Neighbouring cells that tell of the same thing give one box."""
    one, other = [0.9, 0.5, 0.0, 0.0, 0.0, 1, 0], [0.6, -0.4, 0.0, 0.0, 0.0, 1, 0]
    (box,) = fastestdet.read_output(output((1, 1, one), (1, 2, other)), SIDE, (64, 64), LABELS)
    assert box.strength == pytest.approx(0.9**0.6)


def test_input_is_stretched_blue_first() -> None:
    """The whole picture fills the square, from 0 to 1."""
    made = fastestdet.make_input(Image.new("RGB", (20, 10), (255, 102, 0)), 32)
    assert made.shape == (1, 3, 32, 32)
    assert made[0, :, 31, 31].tolist() == pytest.approx([0, 0.4, 1])


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    """Give the real model, opened as a configuration names it."""
    if not MODEL.is_file():
        pytest.skip(f"{MODEL} is absent; set SEDA_DATA to test with a real model")
    made = open_detector(MODEL, "fastestdet", ())
    assert isinstance(made, OnnxDetector)
    return made


def test_real_model_finds_people(detector: OnnxDetector) -> None:
    """In a room with somebody in it the real model sees a person where the person is."""
    frames = sorted((DATA / "ped2" / "training" / "frames" / "05").glob("*.jpg"))
    boxes = detector.find_objects(frames[50].read_bytes())
    people = [box for box in boxes if box.label == "person"]
    assert people
    assert all(0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1 for box in boxes)


def test_real_model_sees_nothing_on_the_empty_ground(detector: OnnxDetector) -> None:
    """A picture without things has no boxes."""
    assert detector.find_objects(draw_ground()) == []
