"""Runs the appearance graph on crops: knows tensors, nothing of cameras."""

from importlib import resources
from pathlib import Path
from typing import cast

import numpy as np

from anomaly.appearance.crops import Crops
from anomaly.appearance.kinds import LOOKS
from anomaly.sessions import open_session
from anomaly.types import Floats


class AppearanceGraph:
    """The appearance network in a session; on the CPU, since its pictures are tiny."""

    def __init__(self, path: Path | None = None) -> None:
        file = resources.files("anomaly") / "appearance.onnx"
        self._session = open_session(path.read_bytes() if path else file.read_bytes())

    def run(self, crops: Crops) -> Floats:
        """Return how likely every thing looks like each of `Look`."""
        if not len(crops):
            return np.zeros((0, LOOKS), np.float32)
        return cast("Floats", self._session.run(None, {"crops": crops})[0])
