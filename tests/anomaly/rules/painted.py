"""A painted street in which things go where they are sent, judged with rules by the detector."""

import itertools
from collections.abc import Callable, Sequence

import attrs

from anomaly.detect import Settings
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.rules import place_rules
from anomaly.types import Bytes, ScoredFrame
from conf.schema import Camera, Rule
from tests.anomaly.judged import judge
from tests.anomaly.street import INTERVAL_S, ORDINARY, draw_street, make_batch

PICTURES = 20  # a chunk
CHUNK_S = PICTURES * INTERVAL_S
Size = tuple[int, int]
PERSON_PX: Size = (6, 16)
TONE = 30
# Below everybody who ordinarily walks there.
STRIP = ((0.0, 0.84), (1.0, 0.84), (1.0, 1.0), (0.0, 1.0))
STRIP_Y = 94.0  # the upper side of who stands in it

Way = Callable[[float], tuple[float, float] | None]
"""Where the upper left corner of a thing is, so many seconds after the start; None: nowhere."""


def walking(vx: float, x: float = 0.0, y: float = STRIP_Y) -> Way:
    """Go straight on, so many pixels a second."""
    return lambda at_s: (x + vx * at_s, y)


def going(*stations: tuple[float, float, float]) -> Way:
    """Be at places at times: seconds, x, y; in between on the straight way, and nowhere before."""

    def place(at_s: float) -> tuple[float, float] | None:
        for (start_s, x0, y0), (end_s, x1, y1) in itertools.pairwise(stations):
            if start_s <= at_s < end_s:
                share = (at_s - start_s) / (end_s - start_s)
                return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        return None

    return place


@attrs.define
class Street:
    """A camera of the street with one rule, chunk by chunk."""

    graph: MotionGraph
    memory: CameraMemory
    settings: Settings
    sequence: int = 0
    every: int = 1  # of the pictures that are painted

    def watch(self, seconds: float, *ways: Way, sizes: Sequence[Size] = ()) -> list[ScoredFrame]:
        """Judge what ordinarily goes on, and things on their ways besides."""
        first = self.sequence
        frames = []
        for _ in range(round(seconds / CHUNK_S)):
            pictures = [
                self._draw(self.sequence * PICTURES + n, first * PICTURES, ways, sizes)
                for n in range(0, PICTURES, self.every)
            ]
            batch = make_batch(pictures, self.sequence, interval_s=INTERVAL_S * self.every)
            frames.append(judge(batch, self.memory, self.graph, self.settings))
            self.sequence += 1
        return frames

    def _draw(self, number: int, first: int, ways: Sequence[Way], sizes: Sequence[Size]) -> Bytes:
        picture = draw_street(ORDINARY, number).copy()
        for way, (wide, high) in zip(ways, sizes or [PERSON_PX] * len(ways), strict=True):
            place = way((number - first) * INTERVAL_S)
            if place is not None:
                x, y = round(place[0]), round(place[1])
                picture[max(0, y) : max(0, y + high), max(0, x) : max(0, x + wide)] = TONE
        return picture


def rules(*wanted: Rule, **camera: object) -> Settings:
    """Give the settings of a camera that has these rules."""
    made = Camera("gate", "hidden", rule=wanted, **camera)  # type: ignore[arg-type]  # a test's own
    return Settings(rules=place_rules(made))
