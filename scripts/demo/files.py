"""Frames in a folder, faster than real time, laid out as detectors' evaluations read them.

training/frames/NN/NNN.jpg is ordinary traffic, testing/frames/NN has incidents too (or none, where
only false alarms are asked about), frame_labels.npz says for each testing clip and frame whether an
incident is to be seen, and truth.jsonl says which and where.
"""

import itertools
from pathlib import Path

import numpy as np

from scripts.demo.cameras import DemoCamera
from scripts.demo.encode import encode_jpeg
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.incidents import Incident, plan_incidents
from scripts.demo.renderer.happenings.world import World
from scripts.demo.truth import Truth, write_lines

CLIP_S = 60.0
START_WALL_S = 1_790_000_000.0  # the same pictures every time, the caption included
TESTING_SEED = 1000  # added to the seed, so that testing shows other people than training


def write_folder(
    camera: DemoCamera, folder: Path, minutes: float, seed: int, *, incidents: bool
) -> None:
    """Write so many minutes of training and as many of testing."""
    renderer = _renderer(camera, seed, [])
    for number, times in enumerate(_clips(minutes, camera.rate_per_s), 1):
        _write_clip(folder / "training" / "frames" / f"{number:02d}", renderer, times)
    staged = _staged(camera, seed + TESTING_SEED, minutes) if incidents else []
    tester = _renderer(camera, seed + TESTING_SEED, staged)
    tester.backdrop = renderer.backdrop
    labels = {}
    for number, times in enumerate(_clips(minutes, camera.rate_per_s), 1):
        _write_clip(folder / "testing" / "frames" / f"{number:02d}", tester, times)
        labels[f"{number:02d}"] = np.array(
            [_is_staged(staged, now_s) for now_s in times], dtype=np.uint8
        )
    np.savez(folder / "frame_labels.npz", allow_pickle=False, **labels)
    truth = Truth([camera], seed + TESTING_SEED, START_WALL_S, incidents=incidents)
    with (folder / "truth.jsonl").open("w") as file:
        write_lines(
            (line for line in truth.lines_until(minutes * 60) if not line.get("is_fault")), file
        )


def _renderer(camera: DemoCamera, seed: int, staged: list[Incident]) -> Camera:
    scene = camera.scene
    return Camera(scene, World(scene, seed, staged), Caption(scene.title, START_WALL_S), seed)


def _staged(camera: DemoCamera, seed: int, minutes: float) -> list[Incident]:
    plan = plan_incidents(camera.scene, seed)
    return list(itertools.takewhile(lambda incident: incident.appears_s < minutes * 60, plan))


def _is_staged(staged: list[Incident], now_s: float) -> bool:
    return any(incident.staging.start_s <= now_s <= incident.staging.end_s for incident in staged)


def _clips(minutes: float, rate_per_s: float) -> list[list[float]]:
    """Return the stream times of the frames of each clip."""
    frames = round(minutes * 60 * rate_per_s)
    each = round(CLIP_S * rate_per_s)
    times = [number / rate_per_s for number in range(frames)]
    return [times[k : k + each] for k in range(0, frames, each)]


def _write_clip(folder: Path, renderer: Camera, times: list[float]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    while not renderer.backdrop.is_finished:
        renderer.backdrop.trace_once()
    for number, now_s in enumerate(times):
        (folder / f"{number:03d}.jpg").write_bytes(encode_jpeg(renderer.frame_at(now_s)))
