"""Judges the looks of one camera: is its picture frozen, is it dark? Pure, one a camera."""

import attrs
import numpy as np
from numpy.typing import NDArray

from media.look import LookRules
from seda.messages import Look


@attrs.frozen
class Judgement:
    """What the looks so far say."""

    frozen_since_s: float | None = None
    """Wall time of the first look of the picture that has not changed since; None if it moves."""
    is_dark: bool = False


@attrs.frozen
class Still:
    """The picture that looks are compared with."""

    cells: bytes
    """As in a look."""
    since_s: float
    """Wall time of its look."""


class Stillness:
    """Follows the looks of one camera in their order."""

    def __init__(self, rules: LookRules | None = None) -> None:
        self._rules = rules or LookRules()
        self._reference = np.zeros(0, np.int32)
        self._has_moved = np.zeros(0, np.bool_)
        self._since_s = 0.0
        self._looks = 0

    def note(self, look: Look) -> Judgement:
        """Return the judgement after this look; one that is older than the last changes nothing."""
        cells = np.frombuffer(look.cells, "<u2").astype(np.int32)
        if cells.shape != self._reference.shape or look.captured_s < self._since_s:
            self._begin(cells, look)
        least = max(1, round(self._rules.moved_min * 256))
        self._has_moved |= np.abs(cells - self._reference) >= least
        self._looks += 1
        if self._has_moved.mean() > self._rules.moved_share_max:
            self._begin(cells, look)
            self._looks = 1
        return Judgement(self._frozen_since(look), self._is_dark(look))

    @property
    def still(self) -> Still:
        """Return the picture that the next look is compared with."""
        return Still(self._reference.astype("<u2").tobytes(), self._since_s)

    def resume(self, still: Still) -> Judgement:
        """Go on from a picture that was judged to be frozen."""
        self._reference = np.frombuffer(still.cells, "<u2").astype(np.int32)
        self._has_moved = np.zeros(self._reference.shape, np.bool_)
        self._since_s, self._looks = still.since_s, self._rules.looks_min
        return Judgement(frozen_since_s=still.since_s)

    def _begin(self, cells: NDArray[np.int32], look: Look) -> None:
        self._reference = cells
        self._has_moved = np.zeros(cells.shape, np.bool_)
        self._since_s = look.captured_s
        self._looks = 0

    def _frozen_since(self, look: Look) -> float | None:
        is_long = look.captured_s - self._since_s >= self._rules.frozen_after_s
        return self._since_s if is_long and self._looks >= self._rules.looks_min else None

    def _is_dark(self, look: Look) -> bool:
        rules = self._rules
        return look.mean <= rules.dark_mean_max and look.spread <= rules.dark_spread_max
