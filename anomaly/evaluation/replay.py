"""Replays clips to the detector as a camera would deliver them, chunk by chunk."""

import copy
import time
from collections.abc import Iterable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.detect import Call, Settings, detect_anomaly
from anomaly.evaluation.clips import Clip, Shot, grey_of
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.types import Batch, Bytes, Floats, Picture, ScoredFrame, Unscored

CHUNK_S = 2.0
_GAP_S = 60.0  # between clips, which are not continuous
_BLOCK_PX = 20
_BASELINE_SMOOTHING = 0.2


@attrs.frozen
class Replayed:
    """What the detector said of one clip, and what the baseline would."""

    scores: Floats  # calibrated, by judged picture
    numbers: NDArray[np.int64]  # of the judged pictures in the clip
    at_s: NDArray[np.float64]  # since the clip began
    scored: list[ScoredFrame]
    baseline: Floats
    blocks: NDArray[np.float64]  # the baseline's, by picture: top, bottom, left, right as shares
    cpu_s: float
    baseline_cpu_s: float


class ReplayError(Exception):
    """A clip that the detector did not score."""


def calibrated_course(scored: ScoredFrame) -> tuple[float, ...]:
    """Return the calibrated quantity that bands are made of, by picture of the chunk."""
    threats: tuple[float, ...] = getattr(scored, "threats", ())
    return threats or (scored.threat,) * len(scored.course)


@attrs.define
class Player:
    """A camera that plays clips one after the other."""

    memory: CameraMemory
    graph: MotionGraph
    now_s: float = 1_000_000.0
    epoch: int = 0

    def play(self, clip: Clip, *, is_frozen: bool, has_baseline: bool = True) -> Replayed:
        """Deliver a clip; every clip is a connection of its own."""
        baseline = Baseline()
        scored: list[ScoredFrame] = []
        shots: list[tuple[int, float]] = []
        cpu_s = baseline_cpu_s = 0.0
        for part in _cut(clip.read_shots()):
            before_s = time.process_time()
            scored.append(self._judge(clip.name, len(scored), part, is_frozen=is_frozen))
            middle_s = time.process_time()
            for shot in part if has_baseline else ():
                baseline.see(grey_of(shot.content))
            cpu_s += middle_s - before_s
            baseline_cpu_s += time.process_time() - middle_s
            shots += [(shot.number, shot.at_s) for shot in part]
        if not shots:
            raise ReplayError(f"clip {clip.name}: holds no pictures")
        self.epoch += 1
        self.now_s += _GAP_S + shots[-1][1] + clip.pace_s
        scores = np.array([one for chunk in scored for one in calibrated_course(chunk)], np.float32)
        return Replayed(
            scores, np.array([number for number, _ in shots]), np.array([at for _, at in shots]),
            scored,
            np.array(baseline.course, np.float32), np.array(baseline.blocks), cpu_s, baseline_cpu_s,
        )  # fmt: skip

    def play_apart(self, clip: Clip, *, is_frozen: bool) -> Replayed:
        """Judge a clip and leave the memory as it was."""
        apart = attrs.evolve(self, memory=copy.deepcopy(self.memory))
        return apart.play(clip, is_frozen=is_frozen)

    def _judge(self, name: str, sequence: int, part: list[Shot], *, is_frozen: bool) -> ScoredFrame:
        stamped = tuple(Picture(self.now_s + shot.at_s, shot.content) for shot in part)
        batch = Batch(self.memory.camera, self.epoch, sequence, stamped)
        call = Call(batch, self.memory, Settings(is_frozen=is_frozen))
        (outcome,) = detect_anomaly([call], self.graph)
        if isinstance(outcome, Unscored) or len(calibrated_course(outcome)) != len(part):
            raise ReplayError(f"clip {name}, picture {part[0].number}: {_why(outcome)}")
        return outcome


def _cut(shots: Iterable[Shot]) -> Iterator[list[Shot]]:
    """Cut a clip into chunks of some seconds."""
    part: list[Shot] = []
    for shot in shots:
        if part and round(shot.at_s - part[0].at_s, 3) >= CHUNK_S:
            yield part
            part = []
        part.append(shot)
    if part:
        yield part


def _why(outcome: ScoredFrame | Unscored) -> str:
    return outcome.reason if isinstance(outcome, Unscored) else "; ".join(outcome.problems)


@attrs.define
class Baseline:
    """Ten lines of code: the largest mean frame difference of any block, smoothed."""

    course: list[float] = attrs.field(factory=list)
    blocks: list[tuple[float, float, float, float]] = attrs.field(factory=list)
    _before: Bytes | None = None

    def see(self, picture: Bytes) -> None:
        """Score one more picture; the first counts as the second."""
        peak, block = _largest_block(picture if self._before is None else self._before, picture)
        if len(self.course) == 1:
            self.course[0] = peak
        before = self.course[-1] if self.course else peak
        self.course.append(before + _BASELINE_SMOOTHING * (peak - before))
        self.blocks.append(block)
        self._before = picture


def _largest_block(before: Bytes, after: Bytes) -> tuple[float, tuple[float, float, float, float]]:
    """Return the mean difference of the block that differs most, and its edges as shares."""
    difference = np.abs(after.astype(np.float32) - before)
    rows, columns = (side // _BLOCK_PX for side in difference.shape)
    blocks = difference[: rows * _BLOCK_PX, : columns * _BLOCK_PX]
    means = blocks.reshape(rows, _BLOCK_PX, columns, _BLOCK_PX).mean((1, 3))
    row, column = divmod(int(means.argmax()), columns)
    down, across = (_BLOCK_PX / side for side in difference.shape)
    edges = (row * down, (row + 1) * down, column * across, (column + 1) * across)
    return float(means[row, column]), edges
