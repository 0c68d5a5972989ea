"""Opens what a configuration names as an object detector; whatever goes wrong is one error."""

from importlib import import_module
from pathlib import Path
from typing import cast

import attrs
import numpy as np

from anomaly.plugins import fastestdet, yolox
from anomaly.plugins.detector import Layout, ObjectDetector, OnnxDetector, PluginError
from anomaly.types import Bytes
from seda.messages import Box

LAYOUTS: dict[str, Layout] = {"yolox": yolox, "fastestdet": fastestdet}
"""By the name of the adapter in a configuration."""
_TRIAL_SHAPE = (240, 360)


@attrs.frozen
class Unusable:
    """Stands for an object detector that could not be opened, and says so whenever it is asked."""

    name: str
    why: str

    def find_objects(self, content: bytes | Bytes) -> list[Box]:  # noqa: ARG002 - of the protocol
        """Raise the reason."""
        raise PluginError(self.why)


def open_detector(path: Path, adapter: str, labels: tuple[str, ...]) -> ObjectDetector:
    """Open a model and try it once, so that what it takes and gives is known to fit."""
    try:
        made = _make(path, adapter, labels)
        made.find_objects(np.full(_TRIAL_SHAPE, 128, np.uint8))
    except PluginError:
        raise
    except Exception as error:  # an adapter is anybody's code
        raise PluginError(f"{path}, adapter {adapter}: {type(error).__name__}: {error}") from error
    return made


def _make(path: Path, adapter: str, labels: tuple[str, ...]) -> ObjectDetector:
    if adapter in LAYOUTS:
        return OnnxDetector(path, LAYOUTS[adapter], labels or yolox.COCO_LABELS)
    module, colon, name = adapter.partition(":")
    if not colon or not name:
        raise PluginError(
            f'the adapter "{adapter}" is neither {" nor ".join(LAYOUTS)} nor package.module:name'
        )
    return cast("ObjectDetector", getattr(import_module(module), name)(path, labels))
