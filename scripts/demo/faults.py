"""When a camera itself fails: connections that drop, pictures that freeze. A pure schedule."""

from collections.abc import Iterator
from typing import Literal

import attrs
import numpy as np

FaultKind = Literal["drop", "freeze"]

FIRST_S = (60.0, 150.0)
QUIET_S = (150.0, 400.0)
LASTS_S: dict[FaultKind, tuple[float, float]] = {"drop": (3.0, 9.0), "freeze": (35.0, 60.0)}
"""A freeze outlasts the time after which a picture counts as frozen."""


@attrs.frozen
class Fault:
    """One spell in which a camera drops every connection or repeats one picture."""

    kind: FaultKind
    start_s: float
    end_s: float


def plan_faults(camera: str, kind: FaultKind | None, seed: int) -> Iterator[Fault]:
    """Return a camera's faults in order, for ever; none where it has none."""
    rng = np.random.default_rng([seed, 99, *camera.encode()])
    start_s = float(rng.uniform(*FIRST_S))
    while kind is not None:
        fault = Fault(
            kind, round(start_s, 2), round(start_s + float(rng.uniform(*LASTS_S[kind])), 2)
        )
        yield fault
        start_s = fault.end_s + float(rng.uniform(*QUIET_S))


class FaultWatch:
    """Says which fault a camera has now; times do not go back."""

    def __init__(self, camera: str, kind: FaultKind | None, seed: int) -> None:
        self._plan = plan_faults(camera, kind, seed)
        self._next = next(self._plan, None)

    def kind_at(self, now_s: float) -> FaultKind | None:
        """Return the kind of fault at a stream time."""
        while self._next is not None and self._next.end_s <= now_s:
            self._next = next(self._plan, None)
        return self._next.kind if self._next is not None and self._next.start_s <= now_s else None
