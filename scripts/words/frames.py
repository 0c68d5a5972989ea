"""One judged frame as it is put on a sheet, and how a camera comes to judge it."""

import copy
from collections.abc import Iterator, Sequence

import attrs
from PIL import Image

from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.types import ScoredFrame
from scripts.bench.seeing.watching import START_S, cut, judge
from seda.messages import Band
from testing.films.rendered import Film

APART_S = 20.0
"""Two frames of one camera that are nearer in time show the same."""


@attrs.frozen(eq=False)
class Shown:
    """A judged frame, what is to be seen in it, and where known what is true."""

    source: str
    at_s: float
    scored: ScoredFrame
    picture: Image.Image
    truth: str = ""


@attrs.define
class Viewer:
    """One camera with its memory; gives every scored frame of what it watches."""

    graph: MotionGraph
    memory: CameraMemory = attrs.field(factory=lambda: CameraMemory("words"))
    _sequence: int = 0

    def watch(self, film: Film) -> Iterator[ScoredFrame]:
        """Judge a film that goes on from the one before."""
        for start, end in cut(film):
            yield judge(self.graph, self.memory, film, self._sequence, slice(start, end))
            self._sequence += 1

    def copied(self) -> "Viewer":
        """Return a second camera that has seen the same."""
        return Viewer(self.graph, copy.deepcopy(self.memory), self._sequence)


def stream_s(scored: ScoredFrame) -> float:
    """Return when the chosen picture was taken, in stream time."""
    return scored.at_s - START_S


def choose(
    frames: Sequence[ScoredFrame], count: int, turn: int = 0, apart_s: float = APART_S
) -> list[ScoredFrame]:
    """Choose frames that are apart, the most threatening first; another turn gives others."""
    chosen: list[ScoredFrame] = []
    for one in sorted(frames, key=lambda frame: -frame.threat):
        if all(abs(one.at_s - other.at_s) >= apart_s for other in chosen):
            chosen.append(one)
    return chosen[turn * count : (turn + 1) * count]


def spread(frames: Sequence[ScoredFrame], count: int, turn: int = 0) -> list[ScoredFrame]:
    """Choose ordinary frames at equal steps, whatever is in them; another turn gives others."""
    plain = [one for one in frames if one.band is Band.ORDINARY]
    step = len(plain) / max(1, count)
    return [plain[int((place + 0.25 + 0.5 * (turn % 2)) * step)] for place in range(count)]


def facts_of(shown: Shown) -> dict[str, object]:
    """Return what is said and true of a frame, for a file beside the sheets."""
    evidence = shown.scored.evidence
    return {
        "source": shown.source, "at_s": round(shown.at_s, 2), "band": str(shown.scored.band),
        "threat": round(shown.scored.threat, 3), "cause": str(evidence.cause),
        "words": evidence.words, "truth": shown.truth,
        "boxes": [(box.label, round(box.strength, 2)) for box in evidence.boxes],
    }  # fmt: skip
