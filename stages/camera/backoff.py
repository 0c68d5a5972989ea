"""How long to wait before the next try: exponential, with full jitter and a cap, for ever. Pure.

Full jitter (a uniform choice between nothing and the bound) spreads the tries of many cameras that
were lost together. A camera that was there a moment ago is usually back soon, so for the first
half minute the bound stays low; after that it doubles up to its cap.
"""

from collections.abc import Mapping
from typing import Protocol

import attrs

from stages.camera.faults import Fault, Kind

EAGER_S = 30.0
EAGER_BOUND_S = 2.0
"""A camera that is back is seen again well within 5 s."""
STEADY_S = 10.0
"""A connection that lived as long was a good one: the next loss begins from the start."""


@attrs.frozen
class Bounds:
    """Between which bounds one kind of fault backs off."""

    first_s: float
    cap_s: float
    least_share: float = 0.0
    """Of the bound, waited in any case: 0 is full jitter."""


BOUNDS: Mapping[Kind, Bounds] = {
    "passing": Bounds(0.5, 60.0),
    "busy": Bounds(4.0, 120.0, 0.5),
    "address": Bounds(8.0, 120.0, 0.5),
    "credentials": Bounds(60.0, 600.0, 0.5),
}


class Generator(Protocol):
    """The one thing that is needed of a random generator."""

    def uniform(self, low: float, high: float, /) -> float:
        """Return a number between these."""


class Backoff:
    """The waiting of one camera."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._tries = 0
        self._since_s: float | None = None
        self._kind: Kind = "passing"

    def wait_s(self, fault: Fault, now_s: float, lived_s: float) -> float:
        """Return how long to wait after a connection that lived so long ended with this fault."""
        if lived_s >= STEADY_S or fault.kind != self._kind or self._since_s is None:
            self._tries, self._since_s = 0, now_s
        self._kind = fault.kind
        bounds = BOUNDS[fault.kind]
        bound_s = min(bounds.cap_s, bounds.first_s * 2.0 ** min(self._tries, 60))
        is_eager = fault.kind == "passing" and now_s - self._since_s < EAGER_S
        if is_eager and bound_s >= EAGER_BOUND_S:
            bound_s = EAGER_BOUND_S
        else:
            self._tries += 1
        chosen_s = self._generator.uniform(bounds.least_share * bound_s, bound_s)
        return max(chosen_s, fault.retry_after_s)
