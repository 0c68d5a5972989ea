"""Replays clips to the detector as a camera would deliver them, chunk by chunk."""

from __future__ import annotations

import io
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import numpy as np
from PIL import Image

from anomaly.detect import Call, Settings, detect_anomaly
from anomaly.types import Batch, Bytes, Floats, Picture, ScoredFrame, Unscored

if TYPE_CHECKING:
    from anomaly.evaluation.folder import Clip
    from anomaly.features import MotionGraph
    from anomaly.memory import CameraMemory

CHUNK_PICTURES = 20
INTERVAL_S = 0.1
_GAP_S = 60.0  # between clips, which are not continuous
_BLOCK_PX = 20
_BASELINE_SMOOTHING = 0.2


@attrs.frozen
class Replayed:
    """What the detector said of one clip."""

    scores: Floats  # raw, by picture
    scored: list[ScoredFrame]
    cpu_s: float


class ReplayError(Exception):
    """A clip that the detector did not score."""


@attrs.define
class Player:
    """A camera that plays clips one after the other."""

    memory: CameraMemory
    graph: MotionGraph
    now_s: float = 1_000_000.0
    epoch: int = 0

    def play(self, clip: Clip, *, is_frozen: bool) -> Replayed:
        """Deliver a clip; every clip is a connection of its own."""
        pictures = clip.read_pictures()
        settings = Settings(is_frozen=is_frozen)
        scored: list[ScoredFrame] = []
        cpu_s = 0.0
        for sequence, start in enumerate(range(0, len(pictures), CHUNK_PICTURES)):
            part = pictures[start : start + CHUNK_PICTURES]
            stamped = tuple(Picture(self._tick(), content) for content in part)
            batch = Batch(self.memory.camera, self.epoch, sequence, stamped)
            before = time.process_time()
            (outcome,) = detect_anomaly([Call(batch, self.memory, settings)], self.graph)
            cpu_s += time.process_time() - before
            if isinstance(outcome, Unscored) or len(outcome.course) != len(part):
                raise ReplayError(f"clip {clip.name}, picture {start}: {_why(outcome)}")
            scored.append(outcome)
        self.epoch += 1
        self.now_s += _GAP_S
        scores = np.array([raw for one in scored for raw in one.course], np.float32)
        return Replayed(scores, scored, cpu_s)

    def _tick(self) -> float:
        self.now_s += INTERVAL_S
        return self.now_s


def _why(outcome: ScoredFrame | Unscored) -> str:
    return outcome.reason if isinstance(outcome, Unscored) else "; ".join(outcome.problems)


def score_baseline(clip: Clip) -> Floats:
    """Give the baseline: the largest mean frame difference of any block, smoothed."""
    pictures = [_decode_grey(content) for content in clip.read_pictures()]
    peaks = [_largest_block(before, after) for before, after in pairwise(pictures)]
    smooth, course = peaks[0] if peaks else 0.0, []
    for peak in [smooth, *peaks]:
        smooth += _BASELINE_SMOOTHING * (peak - smooth)
        course.append(smooth)
    return np.array(course, np.float32)


def _decode_grey(content: bytes) -> Bytes:
    return np.asarray(Image.open(io.BytesIO(content)).convert("L"))


def _largest_block(before: Bytes, after: Bytes) -> float:
    difference = np.abs(after.astype(np.float32) - before)
    rows, columns = (side // _BLOCK_PX for side in difference.shape)
    blocks = difference[: rows * _BLOCK_PX, : columns * _BLOCK_PX]
    blocks = blocks.reshape(rows, _BLOCK_PX, columns, _BLOCK_PX)
    return float(blocks.mean((1, 3)).max())
