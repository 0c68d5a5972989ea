"""The FastestDet output layout: one grid, whose cells say where a thing's middle is.

The model sees blue, green, red from 0 to 1 in a square into which the whole picture is stretched.
Its output has for each cell of a grid of 16 px: how surely there is something, where its middle is
(tanh, in cells, from the cell's corner), width and height (sigmoid, shares of the picture) and how
surely it is each class. How sure it is of a box is both together, the first with more weight.
"""

import numpy as np
from PIL import Image

from anomaly.plugins.overlap import suppress
from anomaly.types import Floats
from seda.messages import Box

STRIDE = 16
_SIDE_MULTIPLE = 32
_ROWS_BEFORE_CLASSES = 5
_THERE, _CLASS = 0.6, 0.4  # powers of the two certainties
_LEAST_STRENGTH = 0.3


def is_side(side_px: int) -> bool:
    """Say whether a model of this layout can have inputs of this side."""
    return side_px > 0 and side_px % _SIDE_MULTIPLE == 0


def output_shape(side_px: int, classes: int) -> tuple[int, ...]:
    """Return the shape of the output for so many classes."""
    return 1, _ROWS_BEFORE_CLASSES + classes, side_px // STRIDE, side_px // STRIDE


def make_input(picture: Image.Image, side_px: int) -> Floats:
    """Stretch a picture over the model's square."""
    small = picture.convert("RGB").resize((side_px, side_px), Image.Resampling.BILINEAR)
    pixels = np.asarray(small, np.float32)[..., ::-1] / np.float32(255)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


def read_output(
    output: Floats,
    side_px: int,
    picture_size: tuple[int, int],  # noqa: ARG001 - whatever it was, it was stretched
    labels: tuple[str, ...],
) -> list[Box]:
    """Return the boxes, in fractions of the picture."""
    cells = side_px // STRIDE
    rows = output[0].reshape(output.shape[1], -1).T
    classes = rows[:, _ROWS_BEFORE_CLASSES:]
    label = classes.argmax(1)
    sure = np.clip(classes[np.arange(len(rows)), label], 0, 1)
    strength = np.clip(rows[:, 0], 0, 1) ** _THERE * sure**_CLASS
    kept = np.flatnonzero(strength > _LEAST_STRENGTH)
    corners = _decode_corners(rows, cells)[kept]
    kept_labels, kept_strength = label[kept], strength[kept]
    boxes = []
    for place in suppress(corners, kept_strength, kept_labels):
        left, top, right, bottom = np.clip(corners[place], 0, 1).tolist()
        name = labels[kept_labels[place]]
        boxes.append(Box(left, top, right, bottom, name, float(kept_strength[place])))
    return boxes


def _decode_corners(rows: Floats, cells: int) -> Floats:
    y, x = np.divmod(np.arange(cells * cells), cells)
    centre = (np.tanh(rows[:, 1:3]) + np.stack([x, y], 1)) / cells
    half = 1 / (1 + np.exp(-np.clip(rows[:, 3:5], -20, 20))) / 2
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32)
