"""A camera that watches films live: it learns as it judges, chunk by chunk."""

import copy
import itertools

import attrs
import numpy as np

from anomaly.detect import Call, detect_anomaly
from anomaly.evaluation.replay import CHUNK_S
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.types import Batch, Cause, Picture, ScoredFrame, Unscored
from seda.messages import Band, Mark
from testing.films.rendered import Film

START_S = 1_790_000_000.0
"""Wall time of stream time zero."""
HEIGHT = {band: place for place, band in enumerate(Band)}
NOWHERE = Mark("overall", 0.5, 0.5)
"""Of what was not judged."""


@attrs.frozen
class Judged:
    """What was said of one chunk, in stream time."""

    start_s: float
    end_s: float
    chosen_s: float
    threat: float
    band: Band
    words: str
    cause: Cause = Cause.NOTHING
    mark: Mark = NOWHERE

    def is_at_least(self, band: Band) -> bool:
        """Say whether it is in this band or in a higher one."""
        return HEIGHT[self.band] >= HEIGHT[band]


@attrs.define
class Watcher:
    """One camera with its memory."""

    graph: MotionGraph
    memory: CameraMemory = attrs.field(factory=lambda: CameraMemory("seeing"))
    _sequence: int = 0

    def watch(self, film: Film) -> list[Judged]:
        """Judge a film that goes on from the one before."""
        return [self._judge(film, start, end) for start, end in cut(film)]

    def copied(self) -> "Watcher":
        """Return a second camera that has seen the same."""
        return Watcher(self.graph, copy.deepcopy(self.memory), self._sequence)

    def _judge(self, film: Film, start: int, end: int) -> Judged:
        scored = judge(self.graph, self.memory, film, self._sequence, slice(start, end))
        self._sequence += 1
        return Judged(
            float(film.at_s[start]), float(film.at_s[end - 1]), scored.at_s - START_S,
            scored.threat, scored.band, scored.evidence.words, scored.evidence.cause,
            scored.evidence.mark,
        )  # fmt: skip


def judge(
    graph: MotionGraph, memory: CameraMemory, film: Film, sequence: int, part: slice
) -> ScoredFrame:
    """Judge one chunk of a film, which must be possible."""
    pictures = tuple(
        Picture(START_S + at_s, content)
        for at_s, content in zip(film.at_s[part].tolist(), film.pictures[part], strict=True)
    )
    (outcome,) = detect_anomaly([Call(Batch(memory.camera, 0, sequence, pictures), memory)], graph)
    if isinstance(outcome, Unscored):
        raise RuntimeError(outcome.reason)  # noqa: TRY004 - the film's fault, not a type's
    return outcome


def cut(film: Film) -> list[tuple[int, int]]:
    """Return first and last picture of every chunk."""
    chunk = np.floor(np.round((film.at_s - film.at_s[0]) / CHUNK_S, 6))
    borders = [0, *(np.flatnonzero(np.diff(chunk)) + 1).tolist(), len(chunk)]
    return [(start, end) for start, end in itertools.pairwise(borders) if end > start]
