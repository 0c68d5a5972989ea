"""Judging drawn streets in tests: one batch at a time, by a memory that has seen some."""

from anomaly.detect import Call, Settings, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.memory import (
    CameraMemory,
    unpack_memory,
)
from anomaly.types import Batch, ScoredFrame
from tests.anomaly.street import (
    Walker,
)

LEARNED_CHUNKS = 45
RUNNER = Walker(50, 3.0)


def judge(
    batch: Batch, memory: CameraMemory, graph: MotionGraph, settings: Settings | None = None
) -> ScoredFrame:
    """Score one batch, which must be possible."""
    (outcome,) = detect_anomaly([Call(batch, memory, settings or Settings())], graph)
    assert isinstance(outcome, ScoredFrame), outcome
    return outcome


def recall(learned: bytes) -> CameraMemory:
    """Give a fresh copy of the learned memory."""
    return unpack_memory(learned, "gate")
