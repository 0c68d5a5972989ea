"""Whether a picture still shows the usual view, in whatever light. Pure.

Light changes tones, smoothly from place to place; a cloth, a hand or a turned camera changes what
there is to be seen. So each place is compared with its surroundings, in the picture and in the
usual view, and the two have to agree in every part of the picture that has anything to be seen.
One part that shows something else is enough for another view: a cloth may hide a half.

Where there is nothing left to be seen, as in full darkness, nobody can tell, and it is not the same
view either: a covered lens sees as little.
"""

import itertools

import numpy as np

from anomaly.seeing.pictures import CELL_PX
from anomaly.types import Bytes, Floats

BLIND = 0.3  # of the usual view's detail: with less, the lens may be covered
_AROUND = 3  # cells to each side: smaller than what a lamp lights, larger than noise
_LEAST_CONTRAST = 2.0  # grey levels: less is a sensor's noise over a cell
_PARTS = 4  # across and down
_TELLING_CONTRAST = 4.0  # of a part of the usual view that can be recognised at all
_ALIKE = 0.3  # correlation; of unrelated parts it is around zero
_LEAST_SHARE = 0.85  # of the parts: something large may pass through one


def shows_same_view(now: Bytes, usual: Floats) -> bool:
    """Say whether what there is to be seen is where it usually is."""
    this, then = _contrasts(now.astype(np.float32)), _contrasts(usual)
    alike = [
        _correlate(this[part], then[part])
        for part in _parts(then.shape)
        if float(then[part].std()) >= _TELLING_CONTRAST
    ]
    return bool(alike) and float(np.mean(np.array(alike) > _ALIKE)) >= _LEAST_SHARE


def _contrasts(picture: Floats) -> Floats:
    """Return by how much every cell differs from its surroundings."""
    rows, columns = picture.shape[0] // CELL_PX, picture.shape[1] // CELL_PX
    whole = picture[: rows * CELL_PX, : columns * CELL_PX]
    cells = whole.reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3))
    return np.asarray(cells - _smooth(cells), np.float32)


def _smooth(cells: Floats) -> Floats:
    """Average over the surroundings."""
    side = 2 * _AROUND + 1
    wide = np.pad(cells, _AROUND + 1, mode="edge")[:-1, :-1].cumsum(0).cumsum(1)
    total = wide[side:, side:] - wide[:-side, side:] - wide[side:, :-side] + wide[:-side, :-side]
    return np.asarray(total / side**2, np.float32)


def _correlate(this: Floats, then: Floats) -> float:
    """Return how alike two patterns are, whatever their strength; what is noise is like nothing."""
    strength = max(float(this.std()), _LEAST_CONTRAST) * float(then.std())
    return float(((this - this.mean()) * (then - then.mean())).mean()) / strength


def _parts(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    rows, columns = (np.linspace(0, side, _PARTS + 1).astype(int) for side in shape)
    return [
        (slice(top, bottom), slice(left, right))
        for top, bottom in itertools.pairwise(rows)
        for left, right in itertools.pairwise(columns)
    ]
