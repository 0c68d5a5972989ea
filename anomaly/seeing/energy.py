"""How much a picture differs from the one before it, by place: the energy of motion. Pure.

Ten lines that no benchmark flatters: whatever moves in a place, however it is shaped and however
fast, changes the grey levels there. It knows nothing of things, so it also sees what the motion
network has never seen. A change of the light over the whole picture is left out.
"""

import numpy as np

from anomaly.seeing.pictures import CELL_PX
from anomaly.seeing.seen import Seen
from anomaly.types import Floats


def measure_energy(seen: Seen) -> Floats:
    """Return the mean difference, in grey levels, around every cell of every new picture."""
    first = len(seen.frames) - seen.fresh
    now, before = slice(first, None), seen.which[:, 1]
    apart = seen.frames[now].astype(np.int16)
    apart -= seen.frames[before]
    brighter = np.round(seen.light[now] - seen.light[before]).astype(np.int16)
    apart -= brighter[:, None, None]
    np.abs(apart, out=apart)
    lines = apart[:, ::4] + apart[:, 1::4] + apart[:, 2::4] + apart[:, 3::4]  # of a cell
    sums = lines[:, :, ::4] + lines[:, :, 1::4] + lines[:, :, 2::4] + lines[:, :, 3::4]
    share = np.float32(1 / CELL_PX**2) * (seen.have[:, 1] > 0)
    cells = sums * share[:, None, None].astype(np.float32)
    # What differs all over the picture is noise, or another compression.
    noise = np.median(cells[:, ::2, ::2], axis=(1, 2), keepdims=True)
    return _around(np.maximum(cells - noise, 0))


def _around(cells: Floats) -> Floats:
    """Average over neighbouring cells, so that a block of three cells is what is compared."""
    wide = np.pad(cells, ((0, 0), (1, 1), (1, 1)))
    rows = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    return np.asarray((rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]) / 9, np.float32)
