"""Groups of neighbouring cells. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def find_groups(mask: NDArray[np.bool_]) -> list[list[int]]:
    """Give the places of every connected group of a mask; most cells are in none."""
    columns = mask.shape[1]
    left = set(np.flatnonzero(mask).tolist())
    groups = []
    while left:
        group = [left.pop()]
        for place in group:
            column = place % columns
            beside = [place - columns, place + columns]
            beside += [place - 1] if column else []
            beside += [place + 1] if column < columns - 1 else []
            for near in beside:
                if near in left:
                    left.remove(near)
                    group.append(near)
        groups.append(group)
    return groups
