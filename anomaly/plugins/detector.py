"""Runs an object detector's ONNX file: opens it, checks its layout, gives boxes."""

import math
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from PIL import Image

from anomaly.plugins import yolox
from anomaly.seeing.pictures import open_jpeg
from anomaly.sessions import GraphError, open_session
from anomaly.types import Bytes, Floats
from seda.messages import Box


class PluginError(Exception):
    """A plug-in that cannot be used, or failed."""


class ObjectDetector(Protocol):
    """What a plug-in is: a name, and boxes for a picture."""

    @property
    def name(self) -> str:
        """Say how it is called in messages."""

    def find_objects(self, content: bytes | Bytes) -> list[Box]:
        """Return the boxes of what is in a picture."""


class Layout(Protocol):
    """How a family of models wants its pictures, and what its output means: a module each."""

    def is_side(self, side_px: int) -> bool:
        """Say whether such a model can have inputs of this side."""

    def make_input(self, picture: Image.Image, side_px: int) -> Floats:
        """Fit a picture into the model's square."""

    def output_shape(self, side_px: int, classes: int) -> tuple[int, ...]:
        """Return the shape of the output for so many classes."""

    def read_output(
        self, output: Floats, side_px: int, picture_size: tuple[int, int], labels: tuple[str, ...]
    ) -> list[Box]:
        """Return the boxes, in fractions of the picture."""


class OnnxDetector:
    """An object detector of a known output layout."""

    def __init__(
        self, path: Path, layout: Layout = yolox, labels: tuple[str, ...] = yolox.COCO_LABELS
    ) -> None:
        self.name = path.name
        self._layout, self._labels = layout, labels
        try:
            self._session = open_session(path.read_bytes())
        except (OSError, GraphError) as error:
            raise PluginError(f"{path}: {error}") from error
        inputs = self._session.get_inputs()
        shape = inputs[0].shape if len(inputs) == 1 else []
        side = shape[3] if len(shape) == 4 and shape[1] == 3 and shape[2] == shape[3] else 0
        if not isinstance(side, int) or not layout.is_side(side):
            found = ", ".join(f"{value.name} {value.shape}" for value in inputs)
            raise PluginError(
                f"{path}: its inputs are {found}; one of 1 x 3 x side x side is expected"
                " (side a multiple of 32), as models of this adapter have"
            )
        self._input, self._side_px = inputs[0].name, side

    def find_objects(self, content: bytes | Bytes) -> list[Box]:
        """Return the boxes of what is in a picture."""
        try:
            picture = _open(content, self._side_px)
            feeds = {self._input: self._layout.make_input(picture, self._side_px)}
            output = cast("Floats", self._session.run(None, feeds)[0])
            self._check(output)
            return self._layout.read_output(output, self._side_px, picture.size, self._labels)
        except Exception as error:  # whatever it is, it stays this plug-in's
            raise PluginError(f"{self.name}: {error}") from error

    def _check(self, output: Floats) -> None:
        expected = self._layout.output_shape(self._side_px, len(self._labels))
        if output.shape != expected or not np.isfinite(output).all():
            raise PluginError(f"its output is {output.shape}, not {expected}, or not finite")


def _open(content: bytes | Bytes, side_px: int) -> Image.Image:
    """Open a picture, not much larger than is needed."""
    if not isinstance(content, bytes):
        return Image.fromarray(content)
    picture = open_jpeg(content)
    scale = side_px / max(picture.size)
    picture.draft("RGB", (math.ceil(picture.width * scale), math.ceil(picture.height * scale)))
    return picture
