"""Groups of neighbouring cells. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.intp]


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


def join_runs(count: int, some: Places, others: Places) -> Places:
    """Give every one of so many runs the number of its group, the least; pairs belong together.

    In each round every group takes the least number beside it, and only what is left between
    groups goes on: a few rounds, whatever the number of runs.
    """
    groups = np.arange(count)
    while len(some):
        np.minimum.at(groups, np.maximum(some, others), np.minimum(some, others))
        farther = groups[groups]
        while (farther != groups).any():
            groups, farther = farther, farther[farther]
        some, others = groups[some], groups[others]
        apart = some != others
        some, others = some[apart], others[apart]
    return np.asarray(groups, np.intp)
