"""Opens ONNX graphs: one thread each, no telemetry, errors of one kind."""

import os
from typing import Protocol, cast

# Before it is imported: it would start a thread and report to its maker.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
from collections.abc import Mapping, Sequence

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray


class GraphError(Exception):
    """A graph that cannot be loaded or run."""


class Session(Protocol):
    """The part of an onnxruntime session that is used."""

    def run(self, names: None, feeds: Mapping[str, object]) -> Sequence[NDArray[np.generic]]:
        """Run the graph."""

    def get_inputs(self) -> "Sequence[NamedInput]":
        """List the graph's inputs."""


class NamedInput(Protocol):
    """An input of a graph."""

    name: str
    shape: list[int | str]


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
        raise GraphError(f"{', '.join(sorted(missing))} cannot be used here")
    return cast("Session", session)


def is_built_for_cuda() -> bool:
    """Say whether this onnxruntime knows of CUDA at all."""
    return "CUDAExecutionProvider" in ort.get_available_providers()
