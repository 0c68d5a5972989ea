"""Groups of neighbouring cells. Pure."""

import itertools

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]


def find_groups(mask: NDArray[np.bool_]) -> list[list[int]]:
    """Return the places of every connected group of a mask, in order; most cells are in none."""
    places = np.flatnonzero(mask)
    if not len(places):
        return []
    rows, columns = mask.shape
    at = np.full((rows + 1) * columns, -1)
    at[places] = np.arange(len(places))
    beside = at[places + 1]
    beside[places % columns == columns - 1] = -1
    near = np.concatenate([beside, at[places + columns]])
    some = np.flatnonzero(near >= 0)
    groups = join_runs(len(places), some % len(places), near[some])
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order])) + 1
    every, borders = places[order].tolist(), [0, *starts.tolist(), len(places)]
    return [every[first:last] for first, last in itertools.pairwise(borders)]


def join_runs(count: int, some: Places, others: Places) -> Places:
    """Return for each of so many runs the number of its group, the least; pairs belong together.

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
