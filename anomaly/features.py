"""Runs the motion graph on the CPU or a GPU; knows tensors, nothing of cameras.

Where there is a usable CUDA device the graph runs there. A GPU that is lost or out of memory is
left for good, in this process, and the same call is repeated on the CPU; `device` says what is
in use and why, for the log and the operations page.
"""

import ctypes
from importlib import resources
from pathlib import Path
from typing import cast

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.appearance.network import AppearanceGraph
from anomaly.sessions import GraphError, Session, is_built_for_cuda, open_session
from anomaly.types import Bytes, Floats

STEPS_BACK = (0, 1, 2, 4, 8)  # as the network was trained
MAPS = (
    "occupied", "u", "v", "doubt", "log_height",
    "walker", "rider", "skater", "vehicle", "shape", "change",
)  # fmt: skip
_INPUTS = {"differences", "which"}
# Pictures judged at once on the CPU: more of them leave its cache and take twice as long each.
_CPU_PICTURES = 2


@attrs.frozen
class Stack:
    """What one run of the graph needs; frames and backgrounds are all of one size."""

    frames: Bytes
    light: Floats
    backgrounds: Floats
    camera: NDArray[np.int64]  # by frame: its background
    which: NDArray[np.int64]  # by judged frame: the frames of each step back, -1 for none


class MotionGraph:
    """The motion network in a session, with its device."""

    def __init__(self, path: Path | None = None, *, why_not_gpu: str = "") -> None:
        file = resources.files("anomaly") / "motion.onnx"
        self._content = path.read_bytes() if path else file.read_bytes()
        why_cpu = why_not_gpu or why_no_gpu()
        self._on_gpu = why_cpu is None
        self.device = "CUDA" if self._on_gpu else f"CPU ({why_cpu})"
        self._session = self._open_on_best()
        self.appearance = AppearanceGraph()
        names = {value.name for value in self._session.get_inputs()}
        if names != _INPUTS:
            raise GraphError(
                f"the motion graph's inputs are {sorted(names)}, not {sorted(_INPUTS)}"
            )

    def run(self, stack: Stack) -> Floats:
        """Return the maps of every judged frame."""
        differences = _subtract_backgrounds(stack)
        if self._on_gpu:
            try:
                return self._run(differences, stack.which)
            except GraphError as error:
                self._leave_gpu(str(error))
        starts = range(0, len(stack.which), _CPU_PICTURES)
        parts = (stack.which[start : start + _CPU_PICTURES] for start in starts)
        return np.concatenate([self._run(differences, which) for which in parts])

    def _run(self, differences: Floats, which: NDArray[np.int64]) -> Floats:
        try:
            feeds = {"differences": differences, "which": which}
            return cast("Floats", self._session.run(None, feeds)[0])
        except Exception as error:  # onnxruntime's own errors share no base class
            raise GraphError(f"the motion graph failed: {error}") from error

    def _open_on_best(self) -> Session:
        if self._on_gpu:
            try:
                return open_session(self._content, ("CUDAExecutionProvider",))
            except GraphError as error:
                self._on_gpu = False
                self.device = f"CPU (the GPU could not be used: {error})"
        return open_session(self._content)

    def _leave_gpu(self, reason: str) -> None:
        self._on_gpu = False
        self.device = f"CPU (the GPU was left: {reason})"
        self._session = open_session(self._content)


def _subtract_backgrounds(stack: Stack) -> Floats:
    """Return every frame less its background and light, and an empty one at the end."""
    differences = np.empty((len(stack.frames) + 1, *stack.frames.shape[1:]), np.float32)
    differences[-1] = 0
    for number, (frame, camera) in enumerate(zip(stack.frames, stack.camera, strict=True)):
        difference = differences[number]
        difference[:] = frame  # numpy converts in one go faster than while it subtracts
        difference -= stack.backgrounds[camera] + stack.light[number]
    return differences


def why_no_gpu() -> str | None:
    """Say why the CPU is used; asks the driver first, because onnxruntime complains at length."""
    if not is_built_for_cuda():
        return "no CUDA in this onnxruntime"
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "no NVIDIA driver on this machine"
    return None
