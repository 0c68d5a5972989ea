"""How well objects over time alone tell unusual frames: tracks of people on twelve cameras.

The zip `tracks/shanghaitech_person_tracks.zip` below SEDA_DATA (by default `../shared/data` beside
the repository) holds boxes and identities of people by frame, without pixels. For every camera a
memory is learned from its ordinary clips and frozen; every test clip is judged by it. A frame's
score is the largest surprise of its people, smoothed over the frames; the figure is the area under
the curve over the frames of all clips of all cameras together. What is scored is the code that the
detector uses, but for the search for people, whose identities are given. Frames without anybody
are not in the data and not counted.
"""

import copy
import zipfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.evaluation.figures import trace_curve
from anomaly.seeing.pictures import CELL_PX, small_size
from anomaly.tracks import Kind, Named, TrackState, due_pictures, start_state, watch
from anomaly.types import Floats
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from testing.data import DATA

TRACKS = DATA / "tracks" / "shanghaitech_person_tracks.zip"
_WIDTH_PX, _HEIGHT_PX, _FRAMES_PER_S = 856, 480, 25.0
_BETWEEN_CLIPS_S = 60.0
_CHUNK = 25  # frames judged at once
_SMOOTHING = 0.3  # weight of the newest frame
_NOON = 12.0  # nobody knows the hours of the clips
_FRAME, _PERSON, _LEFT, _TOP, _RIGHT, _BOTTOM = 0, 1, 3, 4, 5, 6  # columns; the last is the truth
_SMALL_PX = small_size(_WIDTH_PX, _HEIGHT_PX)


@attrs.frozen
class Clip:
    """The frames of a clip in which there is anybody."""

    camera: str
    frames: tuple[Named, ...]
    at_s: tuple[float, ...]
    truth: NDArray[np.bool_]


def run(_: Options) -> dict[str, Figure]:
    """Return the figures by name."""
    if not TRACKS.is_file():
        progress(f"seeing/tracks: no tracks at {TRACKS}; set SEDA_DATA to the folder above tracks")
        return {}
    with zipfile.ZipFile(TRACKS) as archive:
        ordinary, testing = (list(_read(archive, f"{part}_txt/")) for part in ("train", "test"))
    scores, truths = [], []
    for camera in sorted({clip.camera for clip in testing}):
        progress(f"seeing/tracks: camera {camera}")
        state, now_s = start_state(_SMALL_PX[1] // CELL_PX, _SMALL_PX[0] // CELL_PX), 0.0
        for clip in (clip for clip in ordinary if clip.camera == camera):
            now_s += _BETWEEN_CLIPS_S
            judge_clip(state, clip, now_s, frozen=False)
            now_s += clip.at_s[-1]
        for clip in (clip for clip in testing if clip.camera == camera):
            known = copy.deepcopy(state)
            scores.append(judge_clip(known, clip, now_s + _BETWEEN_CLIPS_S, frozen=True))
            truths.append(clip.truth)
    return _figures(np.concatenate(scores), np.concatenate(truths))


def judge_clip(state: TrackState, clip: Clip, start_s: float, *, frozen: bool) -> Floats:
    """Return the surprise of every frame and kind, smoothed."""
    at_s = [start_s + second for second in clip.at_s]
    due = due_pictures(state, at_s)
    found = []
    for start in range(0, len(due), _CHUNK):
        numbers = due[start : start + _CHUNK]
        people, times = [clip.frames[n] for n in numbers], [at_s[n] for n in numbers]
        found.append(watch(state, people, times, _NOON, frozen=frozen).strongest)
    # What was not worth following is as the frame before it.
    course = np.concatenate(found)[np.searchsorted(due, np.arange(len(at_s)), "right") - 1]
    for number in range(1, len(course)):
        course[number] = course[number - 1] + _SMOOTHING * (course[number] - course[number - 1])
    return course


def _read(archive: zipfile.ZipFile, folder: str) -> Iterator[Clip]:
    for name in sorted(archive.namelist()):
        if name.startswith(folder) and name.endswith(".txt"):
            lines = archive.read(name).decode().splitlines()[1:]
            yield read_clip(Path(name).name[:2], np.loadtxt(lines, ndmin=2))


def read_clip(camera: str, rows: NDArray[np.float64]) -> Clip:
    """Turn a table of people by frame into a clip, in pixels of the small picture."""
    rows = rows[np.argsort(rows[:, _FRAME], kind="stable")]
    scale = _SMALL_PX[0] / _WIDTH_PX
    left, top, right, bottom = (rows[:, [_LEFT, _TOP, _RIGHT, _BOTTOM]] * scale).T
    boxes = np.stack([(left + right) / 2, bottom, top, right - left], 1)
    people: Floats = boxes.astype(np.float32)
    numbers = rows[:, _PERSON].astype(np.int64) + 1
    frames, starts = np.unique(rows[:, _FRAME], return_index=True)
    parts = [slice(*ends) for ends in zip(starts, [*starts[1:], len(rows)], strict=True)]
    return Clip(
        camera,
        tuple(Named(numbers[part], people[part]) for part in parts),
        tuple((frames / _FRAMES_PER_S).tolist()),
        np.array([rows[part, -1].max() > 0 for part in parts]),
    )


def _figures(scores: Floats, truth: NDArray[np.bool_]) -> dict[str, Figure]:
    """Return the area under the curve of every kind of evidence by itself."""
    figures = {}
    for kind in Kind:
        curve = trace_curve(scores[:, kind], truth)
        if curve is not None:
            figures[f"tracks_{kind.name.lower()}_auc"] = Figure(curve.auc, "")
    figures["tracks_frames"] = Figure(len(truth), "")
    return figures
