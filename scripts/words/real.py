"""Frames of real footage below SEDA_DATA: clips judged by cameras that know their place."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import numpy as np

from anomaly.evaluation.clips import Clip, read_array
from anomaly.features import MotionGraph
from anomaly.seeing.pictures import shrink_picture
from anomaly.types import ScoredFrame
from scripts.bench.report import progress
from scripts.words.frames import Shown, Viewer, choose, stream_s
from testing.data import DATA
from testing.films.rendered import Film

BETWEEN_S = 60.0
"""From one clip to the next: no motion from the last picture to the first."""
LEARNED_S = 420.0
"""A clip's own beginning is repeated until its camera is so old."""
FPS = 10.0
APART_S = 3.0
"""Clips are short."""
_LABELS = {0: "ordinary", 1: "labelled as unusual", 2: "not labelled"}


@attrs.frozen
class Group:
    """Clips of one place, and how many frames are taken of each."""

    name: str
    learned: tuple[Path, ...]
    judged: tuple[Path, ...]
    each: int
    labels: Path | None = None


@attrs.frozen(eq=False)
class _Roll:
    film: Film
    numbers: tuple[int, ...]


def show_real(turn: int = 0) -> list[Shown]:
    """Return the frames of every group whose files are there."""
    graph = MotionGraph()
    return [one for group in _groups(turn) for one in show_group(group, graph, turn)]


def _groups(turn: int) -> Iterator[Group]:
    ped2, falls, data = DATA / "ped2", DATA / "falls", DATA
    clips = tuple(sorted((ped2 / "training/frames").iterdir()))
    tests = tuple(sorted((ped2 / "testing/frames").iterdir()))
    yield Group("ped2", clips, tests, 4, ped2 / "frame_labels.npz")
    starts = sorted((falls / "training").iterdir())
    wholes = sorted((falls / "testing").iterdir())
    for part in (0, 1):  # the judged clips are not those that were learned from
        learned = tuple(starts[1 - part :: 2])
        judged = tuple(wholes[part::2][turn % 2 :: 2])
        yield Group("falls", learned, judged, 1, falls / "frame_labels.npz")
    for name, each in (("ordinary", 2), ("video", 2), ("incidents", 1)):
        for file in sorted((data / name).iterdir()):
            if file.suffix in {".mp4", ".avi"} and "vfr" not in file.name:
                yield Group(name, (), (file,), each)


def show_group(group: Group, graph: MotionGraph, turn: int) -> Iterator[Shown]:
    """Learn the place, then judge each clip on a copy of the camera."""
    knows, began_s = Viewer(graph), 0.0
    for clip in group.learned:
        began_s = _watch(knows, _read(clip).film, began_s)
    for clip in group.judged:
        roll, viewer, at_s = _read(clip), knows.copied(), began_s
        if not group.learned:
            roll, viewer, at_s = _learn_from(roll, viewer)
        scored = list(viewer.watch(_later(roll.film, at_s)))
        best = choose(scored, group.each, turn, APART_S) or choose(scored, group.each, 0, APART_S)
        yield from _show(group, clip, roll, at_s, best)
    progress(f"words: {group.name} {group.judged[0].name} is judged")


def _learn_from(roll: _Roll, viewer: Viewer) -> tuple[_Roll, Viewer, float]:
    """Show a clip's first half until the camera is of age; give the second half."""
    half = len(roll.numbers) // 2
    first = Film(roll.film.pictures[:half], roll.film.at_s[:half])
    began_s = 0.0
    while began_s < LEARNED_S:
        began_s = _watch(viewer, first, began_s)
    start_s = float(roll.film.at_s[half])
    rest = Film(roll.film.pictures[half:], roll.film.at_s[half:] - start_s)
    return _Roll(rest, roll.numbers[half:]), viewer, began_s - BETWEEN_S


def _watch(viewer: Viewer, film: Film, began_s: float) -> float:
    for _ in viewer.watch(_later(film, began_s)):
        pass
    return began_s + float(film.at_s[-1]) + BETWEEN_S


def _later(film: Film, began_s: float) -> Film:
    return Film(film.pictures, film.at_s + began_s)


def _read(source: Path) -> _Roll:
    clip = Clip(source.stem, source, FPS)
    shots = list(clip.read_shots())
    small = np.stack([shrink_picture(shot.content) for shot in shots])
    at_s = np.array([shot.at_s for shot in shots])
    return _Roll(Film(small, at_s), tuple(shot.number for shot in shots))


def _show(
    group: Group, source: Path, roll: _Roll, began_s: float, frames: Sequence[ScoredFrame]
) -> Iterator[Shown]:
    clip = Clip(source.stem, source, FPS)
    labels = read_array(group.labels, source.stem) if group.labels else None
    for one in sorted(frames, key=lambda frame: frame.at_s):
        at_s = stream_s(one) - began_s
        number = roll.numbers[int(np.abs(roll.film.at_s - at_s).argmin())]
        truth = _LABELS[int(labels[number])] if labels is not None else ""
        picture = clip.show_picture(number)
        yield Shown(f"{group.name}/{source.stem}", at_s, one, picture, truth)
