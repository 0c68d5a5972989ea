"""Measure what detection costs: `python -P -m scripts.bench_detector [--json]`.

Works without any footage: pictures of a rendered scene, 360x240 JPEGs as a camera sends them.
CPU time of this process, the best of several rounds, because other programs only ever make it
longer.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from anomaly.detect import Call, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.pictures import shrink_picture
from anomaly.types import Batch, Bytes, Picture, Unscored
from scripts.scenes import render_scene

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURES = 20  # a chunk
SIZE = (360, 240)
_ROUNDS = 15
_BATCHES = (1, 8, 32)


def main(arguments: list[str]) -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(prog="seda bench detector", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    chosen = parser.parse_args(arguments)
    facts = measure_detector()
    lines = (f"{name:>28}  {value}" for name, value in facts.items())
    print(json.dumps(facts) if chosen.json else "\n".join(lines))  # noqa: T201 - its answer
    return 0


def measure_detector() -> dict[str, object]:
    """Give the figures by name."""
    pictures = _make_pictures()
    cpu = MotionGraph(allow_gpu=False)
    memory = _learn(pictures, cpu)
    state = pack_memory(memory)
    decode_s = _best(lambda: [shrink_picture(content) for content in pictures])
    whole_s = _best(lambda: _judge(pictures, [memory], cpu))
    facts: dict[str, object] = {
        "ms_per_frame": _milli(whole_s / PICTURES),
        "decode_ms_per_frame": _milli(decode_s / PICTURES),
        "state_bytes": len(state),
        "state_ms_per_chunk": _milli(_best(lambda: pack_memory(unpack_memory(state, "0")))),
    }
    for name, graph in (("cpu", cpu), ("gpu", MotionGraph())):
        if name == "gpu" and graph.device != "CUDA":
            facts["gpu"] = graph.device
            continue
        for count in _BATCHES:
            memories = [unpack_memory(state, "0") for _ in range(count)]
            small = [shrink_picture(content) for content in pictures]
            spent_s = _best(lambda: _judge(small, memories, graph), clock=time.perf_counter)  # noqa: B023 - called at once
            facts[f"{name}_chunks_per_s_batch_{count}"] = round(count / spent_s, 1)
    return facts


def _make_pictures() -> list[bytes]:
    """Give pictures that differ a little, with the detail of a street."""
    scene = render_scene(np.random.default_rng(7))
    rng = np.random.default_rng(8)
    pictures = []
    for number in range(PICTURES):
        frame = Image.fromarray(scene.frames[number % len(scene.frames)]).resize(SIZE)
        noisy = np.asarray(frame, np.float32)[..., None] + rng.normal(0, 4, (*SIZE[::-1], 3))
        file = io.BytesIO()
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
        pictures.append(file.getvalue())
    return pictures


def _learn(pictures: list[bytes], graph: MotionGraph) -> CameraMemory:
    memory = CameraMemory("0")
    for _ in range(3):
        _judge(pictures, [memory], graph)
    return memory


def _judge(
    pictures: list[bytes] | list[Bytes], memories: list[CameraMemory], graph: MotionGraph
) -> None:
    calls = []
    for memory in memories:
        latest = memory.background.recent_at_s[-1] if memory.background else 0.0
        shown: list[bytes | Bytes] = [*pictures]
        stamped = tuple(Picture(latest + 0.1 * (n + 1), one) for n, one in enumerate(shown))
        calls.append(Call(Batch(memory.camera, 0, 0, stamped), memory))
    for outcome in detect_anomaly(calls, graph):
        if isinstance(outcome, Unscored):
            raise RuntimeError(outcome.reason)  # noqa: TRY004 - the picture's fault, not a type's


def _best(run: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    spent = []
    for _ in range(_ROUNDS):
        start = clock()
        run()
        spent.append(clock() - start)
    return min(spent)


def _milli(seconds: float) -> float:
    return round(seconds * 1000, 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
