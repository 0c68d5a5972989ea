"""The state of a camera's tracks as plain arrays by name, and back, checked.  Pure."""

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.tracks.watching import TrackState, start_state


def pack_state(state: TrackState) -> dict[str, NDArray[np.generic]]:
    """Return everything as arrays by name; numbers are arrays without a dimension."""
    return _flatten(state, "")


def unpack_state(arrays: Mapping[str, NDArray[np.generic]], rows: int, columns: int) -> TrackState:
    """Make a state from its arrays; raise `ValueError` where they do not fit the grid of cells."""
    state = start_state(rows, columns)
    for name, expected in _flatten(state, "").items():
        if name not in arrays:
            raise ValueError(f"tracks: {name} is missing")
        found = arrays[name]
        if found.dtype != expected.dtype or found.shape != expected.shape:
            raise ValueError(
                f"tracks: {name} is {found.dtype} of shape {found.shape},"
                f" not {expected.dtype} of {expected.shape}"
            )
        if not np.isfinite(found).all():
            raise ValueError(f"tracks: {name} is not finite")
    _fill(state, "", arrays)
    return state


def _flatten(part: attrs.AttrsInstance, prefix: str) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {}
    for field in attrs.fields(type(part)):
        value, name = getattr(part, field.name), prefix + field.name
        if isinstance(value, np.ndarray):
            arrays[name] = value
        elif isinstance(value, float):
            arrays[name] = np.array(value)
        else:
            arrays |= _flatten(value, f"{name}.")
    return arrays


def _fill(
    part: attrs.AttrsInstance, prefix: str, arrays: Mapping[str, NDArray[np.generic]]
) -> None:
    for field in attrs.fields(type(part)):
        value, name = getattr(part, field.name), prefix + field.name
        if isinstance(value, np.ndarray):
            setattr(part, field.name, arrays[name].copy())
        elif isinstance(value, float):
            setattr(part, field.name, float(arrays[name]))
        else:
            _fill(value, f"{name}.", arrays)
