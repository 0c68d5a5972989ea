"""Runs the motion graph on the CPU or a GPU; knows tensors, nothing of cameras.

Where there is a usable CUDA device the graph runs there. A GPU that is lost or out of memory is
left for good, in this process, and the same call is repeated on the CPU; `device` says what is
in use and why, for the log and the operations page.
"""

from __future__ import annotations

import ctypes
import os
from importlib import resources
from typing import TYPE_CHECKING, Protocol, cast

import attrs
import numpy as np

# Before it is imported: it would start a thread and report to its maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from anomaly.types import Bytes, Floats

STEPS_BACK = (0, 1, 2, 4, 8)  # as the network was trained
MAPS = (
    "occupied", "u", "v", "doubt", "log_height",
    "walker", "rider", "skater", "vehicle", "shape", "change",
)  # fmt: skip
_INPUTS = {"differences", "which"}
# Pictures judged at once on the CPU: more of them leave its cache and take twice as long each.
_CPU_PICTURES = 2


class GraphError(Exception):
    """A graph that can not be loaded or run."""


class Session(Protocol):
    """The part of an onnxruntime session that is used."""

    def run(self, names: None, feeds: Mapping[str, object]) -> Sequence[NDArray[np.generic]]:
        """Run the graph."""

    def get_inputs(self) -> Sequence[NamedInput]:
        """List the graph's inputs."""


class NamedInput(Protocol):
    """An input of a graph."""

    name: str
    shape: list[int | str]


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
        names = {value.name for value in self._session.get_inputs()}
        if names != _INPUTS:
            raise GraphError(
                f"the motion graph's inputs are {sorted(names)}, not {sorted(_INPUTS)}"
            )

    def run(self, stack: Stack) -> Floats:
        """Give the maps of every judged frame."""
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
    """Give every frame less its background and light, and an empty one at the end."""
    differences = np.empty((len(stack.frames) + 1, *stack.frames.shape[1:]), np.float32)
    differences[-1] = 0
    for number, (frame, camera) in enumerate(zip(stack.frames, stack.camera, strict=True)):
        difference = differences[number]
        difference[:] = frame  # numpy converts in one go faster than while it subtracts
        difference -= stack.backgrounds[camera] + stack.light[number]
    return differences


def open_session(content: bytes, providers: tuple[str, ...] = ("CPUExecutionProvider",)) -> Session:
    """Open a graph with one thread, so that processes and not threads share the machine."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # its errors come as exceptions
    ort.set_default_logger_severity(4)
    try:
        session = ort.InferenceSession(content, options, providers=list(providers))
    except Exception as error:  # onnxruntime's own errors share no base class
        raise GraphError(f"not a graph that can be run ({error})") from error
    missing = set(providers) - set(session.get_providers())
    if missing:
        raise GraphError(f"{', '.join(sorted(missing))} can not be used here")
    return cast("Session", session)


def why_no_gpu() -> str | None:
    """Say why the CPU is used; asks the driver first, because onnxruntime complains at length."""
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        return "no CUDA in this onnxruntime"
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "no NVIDIA driver on this machine"
    return None
