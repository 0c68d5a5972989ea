"""Real scenes below SEDA_DATA: Ped2, falls, and ordinary footage that should stay calm."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from anomaly.evaluation.clips import VIDEO_ENDINGS, Clip
from anomaly.evaluation.results import Evaluation
from anomaly.evaluation.run import evaluate_scene
from anomaly.evaluation.scenes import Scene
from anomaly.features import MotionGraph
from anomaly.seeing.pictures import shrink_picture
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.watching import Judged, Watcher
from seda.messages import Band
from testing.data import DATA
from testing.films.rendered import Film

SCENES = (
    Scene(DATA / "ped2", "ped2", 10.0, kind="wheels"),
    Scene(DATA / "falls", "falls", 12.5, continues=True, kind="fall"),
)
MOST_FPS = 12.5
"""Of ordinary footage: a pipeline that is not busy judges so many."""
AGES_S = {"young": 0.0, "ordinary": 630.0}
"""Of the cameras. One that has seen only half a minute calls nothing rare and is calm whatever
comes, so that half is repeated until the top band can be reached."""
BETWEEN_S = 60.0
"""From one repetition to the next: no motion from the last picture to the first."""
FIGURES = {
    "auc": "",
    "auc_with_held_out": "",
    "found_at_0.1_per_h": "of events",
    "found_at_1_per_h": "of events",
    "found_at_one_false_event": "of events",
    "delay_s": "s",
    "alarms_per_event": "",
}


def run(options: Options) -> dict[str, Figure]:
    """Return the figures of every scene that is there."""
    del options  # nothing here is left to chance
    graph = MotionGraph()
    figures: dict[str, Figure] = {}
    for scene in SCENES:
        if scene.folder.is_dir():
            progress(f"seeing: evaluating {scene.folder}")
            figures |= _scene_figures(scene.name, evaluate_scene(scene, graph))
        else:
            progress(f"seeing: no footage at {scene.folder}; set SEDA_DATA to the folder above it")
    return figures | _ordinary_figures(graph)


def _scene_figures(name: str, evaluation: Evaluation) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for who, judged in (("", evaluation.detector), ("block_", evaluation.baseline)):
        for key, unit in FIGURES.items():
            value = judged.measures.values[key]
            if np.isnan(value):
                continue
            figures[f"real_{name}_{who}{key}"] = Figure(value, unit)
            low, high = judged.measures.intervals[key]
            progress(f"seeing: {name} {who}{key} {value:.3f} ({low:.3f} to {high:.3f})")
        found = judged.measures.values["found_at_one_false_event"] * judged.measures.events
        figures[f"real_{name}_{who}events_found"] = Figure(round(found), "events")
    for key in ("rbdc", "tbdc"):
        located = evaluation.facts[key]
        if isinstance(located, float):
            figures[f"real_{name}_{key}"] = Figure(located, "")
    return figures


def _ordinary_figures(graph: MotionGraph) -> dict[str, Figure]:
    """Judge the second half of every clip on cameras that have watched the first."""
    figures: dict[str, Figure] = {}
    for name, age_s in AGES_S.items():
        clips = {video.name: watch_second_half(video, graph, age_s) for video in _ordinary_videos()}
        for video, later in clips.items():
            loud = [one for one in later if one.is_at_least(Band.UNUSUAL)]
            said = "; ".join(f"{one.start_s:.0f} s: {one.words}" for one in loud) or "calm"
            progress(f"seeing: {video}, {name}: {len(later)} chunks, {said}")
        third = [sum(one.band is Band.UNUSUAL for one in later) for later in clips.values()]
        chunks = [one for later in clips.values() for one in later]
        top = sum(one.is_at_least(Band.ALARMING) for one in chunks)
        figures |= {
            f"real_{name}_top_band_chunks": Figure(top, "chunks"),
            f"real_{name}_third_band_most": Figure(max(third, default=0), "chunks"),
            f"real_{name}_third_band_chunks": Figure(sum(third), "chunks"),
            f"real_{name}_chunks": Figure(len(chunks), "chunks"),
        }
    return figures if any(_ordinary_videos()) else {}


def _ordinary_videos() -> Iterator[Path]:
    for name in ("ordinary", "video"):
        if (DATA / name).is_dir():
            files = sorted((DATA / name).iterdir())
            yield from (file for file in files if file.suffix.lower() in VIDEO_ENDINGS)


def watch_second_half(video: Path, graph: MotionGraph, age_s: float) -> list[Judged]:
    """Return what is said of a video's second half by a camera of at least this age."""
    pace = min(MOST_FPS, 1 / Clip(video.stem, video).pace_s)
    shots = list(Clip(video.stem, video, pace).read_shots())
    small = np.stack([shrink_picture(shot.content) for shot in shots])
    at_s, half = np.array([shot.at_s for shot in shots]), len(shots) // 2
    watcher, began_s = Watcher(graph), 0.0
    for _ in range(max(1, math.ceil(age_s / at_s[half]))):
        watcher.watch(Film(small[:half], began_s + at_s[:half]))
        began_s += at_s[half] + BETWEEN_S
    return watcher.watch(Film(small[half:], began_s - BETWEEN_S + at_s[half:] - at_s[half]))
