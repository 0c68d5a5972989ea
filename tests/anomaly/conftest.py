"""What the tests of the detector share: the graph, and a camera that has learned."""

import pytest

from anomaly.features import MotionGraph
from anomaly.memory import (
    CameraMemory,
    pack_memory,
)
from tests.anomaly.judged import LEARNED_CHUNKS, judge
from tests.anomaly.street import (
    street_batch,
)


@pytest.fixture(scope="session")
def graph() -> MotionGraph:
    """Give the motion graph on the CPU."""
    return MotionGraph(why_not_gpu="not asked for")


@pytest.fixture(scope="session")
def learned(graph: MotionGraph) -> bytes:
    """Give the memory of a camera that has seen 90 seconds of an ordinary street."""
    memory = CameraMemory("gate")
    for sequence in range(LEARNED_CHUNKS):
        judge(street_batch(sequence), memory, graph)
    return pack_memory(memory)
