"""`detector`: what judging costs, and how well it judges where there is labelled footage.

Costs need no footage: pictures of a rendered scene, 360x240 JPEGs as a camera sends them. CPU time
of this process, the best of several rounds, because other programs only ever make it longer.

The footage is the folder `ped2` below SEDA_DATA, by default `../shared/data` beside the repository.
Without it those figures are missing, which the report says.
"""

import io
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
from PIL import Image

from anomaly.detect import Call, detect_anomaly
from anomaly.evaluation.clips import Clip
from anomaly.evaluation.folder import read_folder
from anomaly.evaluation.run import auc_after, evaluate_folder
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.memory_file import FILE_BYTES
from anomaly.seeing.pictures import shrink_picture
from anomaly.types import Batch, Bytes, Picture, Unscored
from scripts.bench.report import Figure, progress
from scripts.scenes import render_scene
from testing.data import DATA

PICTURES = 20
"""Of a chunk."""
SIZE = (360, 240)
BATCHES = (1, 8, 32)
EARLY_PICTURES = 600
"""A minute of footage."""
_ROUNDS = 15
_FOOTAGE = DATA / "ped2"


def run() -> dict[str, Figure]:
    """Return the figures by name."""
    return {**costs(), **(quality(_FOOTAGE) if _FOOTAGE.is_dir() else _without_footage())}


def costs() -> dict[str, Figure]:
    """Return what judging costs."""
    pictures = make_pictures()
    cpu, best = MotionGraph(why_not_gpu="not asked for"), MotionGraph()
    memory = _learn(pictures, cpu)
    state = pack_memory(memory)
    found = {
        "ms_per_frame": _ms(_best(lambda: _judge(pictures, [memory], cpu)) / PICTURES),
        "decode_ms_per_frame": _ms(_best(lambda: _shrink(pictures)) / PICTURES),
        "state_ms_per_chunk": _ms(_best(lambda: pack_memory(unpack_memory(state, "0")))),
        "state_bytes": Figure(len(state), "bytes"),
        "file_bytes": Figure(FILE_BYTES, "bytes"),
        **_throughput("cpu", pictures, state, cpu),
    }
    progress(f"detector: the best device here is {best.device}")
    if best.device == "CUDA":
        found |= _throughput("gpu", pictures, state, best)
        name = f"chunks_per_s_batch_{BATCHES[-1]}"
        ratio = found[f"gpu_{name}"].value / found[f"cpu_{name}"].value
        found["gpu_against_cpu"] = Figure(ratio, "times")
    return found


def quality(folder: Path) -> dict[str, Figure]:
    """Return how well the detector judges labelled footage."""
    progress(f"detector: evaluating {folder}")
    facts = evaluate_folder(folder).facts
    number = {name: float(value) for name, value in facts.items() if isinstance(value, int | float)}
    training, testing = read_folder(folder)
    early = auc_after(first_pictures(training, EARLY_PICTURES), testing)
    return {
        "auc": Figure(number["auc"], ""),
        "baseline_auc": Figure(number["baseline_auc"], ""),
        "clips_missed": Figure(number["clips_anomalous"] - number["clips_hit"], "clips"),
        "false_alarm_share": Figure(number["false_alarm_rate"], "of frames"),
        "peaks_inside_share": Figure(number["peaks_inside"] / number["peaks_called"], ""),
        "auc_lost_after_60_s": Figure(number["auc"] - early, ""),
    }


def first_pictures(clips: list[Clip], count: int) -> list[Clip]:
    """Return the clips that hold the first so many pictures, the last one cut."""
    taken: list[Clip] = []
    for clip in clips:
        left = count - sum(one.count_pictures() for one in taken)
        if left > 0:
            taken.append(attrs.evolve(clip, most=left))
    return taken


def _without_footage() -> dict[str, Figure]:
    progress(f"detector: no footage at {_FOOTAGE}; set SEDA_DATA to the folder above ped2")
    return {}


def make_pictures() -> list[bytes]:
    """Return pictures that differ a little, with the detail of a street."""
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


def _throughput(
    name: str, pictures: list[bytes], state: bytes, graph: MotionGraph
) -> dict[str, Figure]:
    """Return chunks a second of small pictures, by how many are judged together."""
    small, found = _shrink(pictures), {}
    for count in BATCHES:
        memories = [unpack_memory(state, "0") for _ in range(count)]
        spent_s = _best(_judging(small, memories, graph), clock=time.perf_counter)
        found[f"{name}_chunks_per_s_batch_{count}"] = Figure(count / spent_s, "1/s")
    return found


def _judging(
    small: list[Bytes], memories: list[CameraMemory], graph: MotionGraph
) -> Callable[[], None]:
    return lambda: _judge(small, memories, graph)


def _shrink(pictures: list[bytes]) -> list[Bytes]:
    return [shrink_picture(content) for content in pictures]


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


def _ms(seconds: float) -> Figure:
    return Figure(seconds * 1000, "ms")
