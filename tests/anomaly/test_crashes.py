"""A detector that dies at any moment changes no score (R9, R24)."""

import numpy as np
import pytest

from anomaly.detect import Call, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.memory_file import FILE_BYTES, Chunk, MemoryFile
from anomaly.types import ScoredFrame
from tests.anomaly.street import street_batch

CHUNKS = 12


def score(graph: MotionGraph, buffer: bytearray, sequence: int) -> tuple[float, float, str]:
    """Do what a handler does with one chunk: read the state, judge, write the state."""
    file = MemoryFile(buffer, "gate")
    state = file.read(Chunk(1, sequence))
    memory = CameraMemory("gate") if state is None else unpack_memory(state, "gate")
    (outcome,) = detect_anomaly([Call(street_batch(sequence), memory)], graph)
    assert isinstance(outcome, ScoredFrame)
    file.write(Chunk(1, sequence), pack_memory(memory))
    file.close()
    return outcome.raw, outcome.threat, outcome.evidence.words


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_gives_the_same_scores(seed: int) -> None:
    """Torn writes, lost writes and repeated chunks leave every score as it was."""
    graph = MotionGraph(why_not_gpu="not asked for")
    rng = np.random.default_rng(seed)
    quiet = bytearray(FILE_BYTES)
    undisturbed = [score(graph, quiet, sequence) for sequence in range(CHUNKS)]
    buffer, disturbed = bytearray(FILE_BYTES), []
    for sequence in range(CHUNKS):
        while rng.random() < 0.5:
            before = bytes(buffer)
            score(graph, buffer, sequence)
            # It died before, within or after the write; writing the same changes nothing.
            if rng.random() < 0.7 and bytes(buffer) != before:
                tear(buffer, before, rng)
        disturbed.append(score(graph, buffer, sequence))
    assert disturbed == undisturbed


def tear(buffer: bytearray, before: bytes, rng: np.random.Generator) -> None:
    """Undo a write from some place on, as if the process had died there."""
    half = FILE_BYTES // 2
    slot = 0 if buffer[:half] != before[:half] else half
    cut = slot + int(rng.integers(8, half))
    buffer[cut : slot + half] = before[cut : slot + half]
    buffer[slot : slot + 8] = bytes(8) if cut > slot + 8 else before[slot : slot + 8]
