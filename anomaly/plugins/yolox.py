"""The YOLOX output layout: a grid that still needs decoding, at three strides.

The model sees blue, green, red from 0 to 255 in a square, the picture in its top left corner
and grey beside it. Each row of its output is a cell of a grid: centre and size relative to the
cell, how surely there is something, and how surely it is each class.
"""

import numpy as np
from PIL import Image

from anomaly.plugins.overlap import suppress
from anomaly.types import Floats
from seda.messages import Box

STRIDES = (8, 16, 32)
_GREY = 114
_COLUMNS_BEFORE_CLASSES = 5
_LEAST_STRENGTH = 0.3
COCO_LABELS = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
    "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote",
    "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
    "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip


def is_side(side_px: int) -> bool:
    """Say whether a model of this layout can have inputs of this side."""
    return side_px > 0 and side_px % max(STRIDES) == 0


def output_shape(side_px: int, classes: int) -> tuple[int, ...]:
    """Return the shape of the output for so many classes."""
    return 1, cell_count(side_px), _COLUMNS_BEFORE_CLASSES + classes


def cell_count(side_px: int) -> int:
    """Return how many rows the output has for a square input of this side."""
    return sum((side_px // stride) ** 2 for stride in STRIDES)


def make_input(picture: Image.Image, side_px: int) -> Floats:
    """Fit a picture into the model's square."""
    scale = side_px / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    square = np.full((side_px, side_px, 3), _GREY, np.float32)
    small = picture.convert("RGB").resize(size, Image.Resampling.BILINEAR)
    square[: size[1], : size[0]] = np.asarray(small)[..., ::-1]
    return np.ascontiguousarray(square.transpose(2, 0, 1)[None])


def read_output(
    output: Floats, side_px: int, picture_size: tuple[int, int], labels: tuple[str, ...]
) -> list[Box]:
    """Return the boxes, in fractions of the picture."""
    rows = output.reshape(-1, output.shape[-1])
    classes = rows[:, _COLUMNS_BEFORE_CLASSES:]
    label = classes.argmax(1)
    strength = rows[:, 4] * classes[np.arange(len(rows)), label]
    kept = np.flatnonzero(strength > _LEAST_STRENGTH)
    corners = _decode_corners(rows, side_px)[kept]
    kept_labels, kept_strength = label[kept], strength[kept]
    scale = side_px / max(picture_size)
    wide, high = picture_size[0] * scale, picture_size[1] * scale
    boxes = []
    for place in suppress(corners, kept_strength, kept_labels):
        left, top, right, bottom = np.clip(corners[place] / (wide, high, wide, high), 0, 1).tolist()
        name = labels[kept_labels[place]]
        boxes.append(Box(left, top, right, bottom, name, float(min(1, kept_strength[place]))))
    return boxes


def _decode_corners(rows: Floats, side_px: int) -> Floats:
    places, strides = [], []
    for size in STRIDES:
        y, x = np.divmod(np.arange((side_px // size) ** 2), side_px // size)
        places.append(np.stack([x, y], 1))
        strides.append(np.full((len(x), 1), size))
    stride = np.concatenate(strides).astype(np.float32)
    centre = (rows[:, :2] + np.concatenate(places)) * stride
    half = np.exp(np.minimum(rows[:, 2:4], 20)) * stride / 2
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32)
