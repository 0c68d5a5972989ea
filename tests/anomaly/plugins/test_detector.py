"""Object detectors: the YOLOX layout, and files that are something else."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anomaly.plugins import yolox
from anomaly.plugins.detector import OnnxDetector, PluginError
from testing.data import DATA
from tests.anomaly.street import draw_ground, encode_jpeg

MODEL = DATA / "models" / "yolox_nano.onnx"


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    """Give the real model."""
    if not MODEL.is_file():
        pytest.skip(f"{MODEL} is absent; set SEDA_DATA to test with a real model")
    return OnnxDetector(MODEL)


def test_real_model_finds_people(detector: OnnxDetector) -> None:
    """On a street with walkers the real model sees persons, within the picture."""
    frame = DATA / "ped2" / "training" / "frames" / "05" / "050.jpg"
    frames = sorted(frame.parent.glob("*.jpg"))
    boxes = detector.find_objects(frames[50].read_bytes())
    people = [box for box in boxes if box.label == "person"]
    assert len(people) >= 3
    assert all(0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1 for box in boxes)


def test_real_model_sees_nothing_on_the_empty_ground(detector: OnnxDetector) -> None:
    """A picture without things has no boxes."""
    assert detector.find_objects(draw_ground()) == []


def test_damaged_picture_is_the_plugins_error(detector: OnnxDetector) -> None:
    """A JPEG that cannot be read is an error with the model's name."""
    with pytest.raises(PluginError, match="yolox_nano"):
        detector.find_objects(encode_jpeg(draw_ground())[:200])


def test_file_that_is_no_model(tmp_path: Path) -> None:
    """A file that is no model is refused with its path."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(PluginError, match="model\\.onnx"):
        OnnxDetector(path)


def test_model_of_other_inputs_says_what_is_expected() -> None:
    """Another graph is refused with what it has and what is expected."""
    other = Path(str(resources.files("anomaly") / "motion.onnx"))
    with pytest.raises(PluginError, match=r"differences.*one of 1 x 3 x side x side is expected"):
        OnnxDetector(other)


def test_output_is_decoded_to_where_it_was_put() -> None:
    """A cell's centre and size come out as a box in fractions of the picture."""
    side, labels = 64, ("cat", "dog")
    output = np.zeros((1, yolox.cell_count(side), 7), np.float32)
    row = 3 * (side // 8) + 2  # stride 8: third row, second column
    output[0, row] = [0.5, 0.5, np.log(2), np.log(4), 0.9, 0.1, 0.8]
    (box,) = yolox.read_output(output, side, (64, 32), labels)
    assert box.label == "dog"
    assert box.strength == pytest.approx(0.72)
    assert (box.left, box.right) == pytest.approx((12 / 64, 28 / 64))
    assert (box.top, box.bottom) == pytest.approx((12 / 32, 1.0))


def test_of_overlapping_boxes_the_strongest_stays() -> None:
    """Two boxes of one label on the same thing become one; of two labels both stay."""
    side, labels = 64, ("cat", "dog")
    output = np.zeros((1, yolox.cell_count(side), 7), np.float32)
    for row, strength, classes in ((9, 0.9, (1, 0)), (10, 0.8, (1, 0)), (11, 0.7, (0, 1))):
        output[0, row] = [0.5 - (row - 9), 0.5, np.log(4), np.log(4), strength, *classes]
    boxes = yolox.read_output(output, side, (64, 64), labels)
    assert sorted(box.label for box in boxes) == ["cat", "dog"]
    assert max(box.strength for box in boxes) == pytest.approx(0.9)


def test_input_is_letterboxed_blue_first() -> None:
    """The picture lies in the top left corner, blue first, grey beside it."""
    made = yolox.make_input(Image.new("RGB", (20, 10), (250, 100, 5)), 32)
    assert made.shape == (1, 3, 32, 32)
    assert made[0, :, 4, 4].tolist() == [5, 100, 250]
    assert (made[0, :, 20:, :] == 114).all()
