"""Words and heat that the evidence of moving pictures and of a single one have in common.  Pure."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anomaly.seeing.views import BLIND
from anomaly.types import Bytes, Floats

# The network's kinds, but its shapes, which are something; then what stays open.
KINDS = (
    "a person walking",
    "a person riding",
    "a person skating",
    "a vehicle",
    "something",
    "somebody",
)
WALKS, VEHICLE, SOMETHING, SOMEBODY = 0, 3, 4, 5
FULL_HEAT = 4.0  # raw evidence that shows as hot
_LITTLE_CHANGED = 0.1  # of the picture
_MUCH_LIGHT = 15.0  # grey levels
_OUTLINE_CELLS, _OUTLINE_LEVELS = 3, 12.0
_OLD_SHARE = 0.8
# Times as strong as in the other picture: an outline that can be seen. A hole needs more, since
# where one thing has gone another may stand.
_CLEARLY, _CLEARLY_GONE = 1.4, 1.8
_LEAST_EDGE = 6.0  # grey levels along an outline


def name_place(row: int, column: int, shape: tuple[int, int]) -> str:
    """Say in which part of the picture a cell is."""
    down = ("top", "", "bottom")[min(2, row * 3 // shape[0])]
    across = ("left", "", "right")[min(2, column * 3 // shape[1])]
    if not down:
        return f"{f'on the {across}' if across else 'in the middle'} of the picture"
    return f"at the {down}{' ' if across else ''}{across} of the picture"


def name_period(seconds: float) -> str:
    """Say how long something has been watched."""
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def say_nothing(words: str) -> str:
    """Say that nothing is worth a reason."""
    return f"Nothing unusual for this camera{f'. Most noticeable: {words}' if words else ''}"


def say_blank() -> str:
    """Say that there is nothing to be judged."""
    return "nothing can be seen: the picture is blank"


def say_overall(share: float, brighter: float, detail: float) -> str:
    """Tell a lens that sees nothing any more from light that has changed."""
    if share < _LITTLE_CHANGED:
        return "the light changed suddenly"
    words = f"{100 * share:.0f} % of the picture changed suddenly"
    if abs(brighter) > _MUCH_LIGHT:
        words += f", it is {'brighter' if brighter > 0 else 'darker'} now"
    if detail < BLIND:
        words += "; hardly any detail is left: the lens may be covered"
    return words


def say_missing(where: str) -> str:
    """Say that something is not where it belongs."""
    return f"something that belongs to the usual view is missing, {where}"


def say_gone(where: str) -> str:
    """Say that something that came and stayed is there no more."""
    return f"something that had stayed for a while is gone, {where}"


def say_differs(where: str) -> str:
    """Say no more than that something is not as usual."""
    return f"a place does not look as usual, {where}"


def say_strong(since: str) -> str:
    """Say that there is more movement than else, where nothing about it is rare by itself."""
    return f"stronger movement than at nearly any time in {since}"


def say_unlike(kind: str) -> str:
    """Say that something is of another kind than what is usual."""
    if kind in {KINDS[SOMETHING], KINDS[SOMEBODY]}:
        return f"{kind} looks unlike what is usual here"
    return f"looks like {kind}, which is unusual here"


def to_sentence(words: str) -> str:
    """Add the capital and the full stop; no words are no reason to lose a chunk."""
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words.endswith(".") else ".")


def pool_cells(evidence: Floats) -> Floats:
    """Average over neighbours: the middle of a thing, not its noisiest cell, is its place."""
    wide = np.pad(evidence, 1)
    rows = wide[:-2] + wide[1:-1] + wide[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9, np.float32)


def glow(heat: Floats) -> Bytes:
    """Return the heat map that people see, a byte a cell."""
    return np.asarray(255 * (1 - np.exp(heat / -FULL_HEAT)), np.uint8)


def find_outline(
    now: Bytes, usual: Floats, old: Floats, cells: Iterable[tuple[int, int]], shape: tuple[int, int]
) -> Literal["now", "usual", "old", "none"]:
    """Say which picture shows the outline of what differs: where it is a thing and no hole.

    The cells are of the thing: one that is only seen from within has no outline. Where no picture
    shows one clearly, neither a thing nor a hole is claimed.
    """
    height, width = usual.shape[0] // shape[0], usual.shape[1] // shape[1]
    rows, columns = zip(*cells, strict=True)
    part = (
        slice(
            max(0, min(rows) - _OUTLINE_CELLS) * height, (max(rows) + _OUTLINE_CELLS + 1) * height
        ),
        slice(
            max(0, min(columns) - _OUTLINE_CELLS) * width,
            (max(columns) + _OUTLINE_CELLS + 1) * width,
        ),
    )
    then, this = usual[part], now[part].astype(np.float32)
    apart = this - then
    differs = np.abs(apart - np.median(apart)) > _OUTLINE_LEVELS
    across, down = differs[:, 1:] != differs[:, :-1], differs[1:] != differs[:-1]
    here, usually, once = (_edges(picture, across, down) for picture in (this, then, old[part]))
    length = int(across.sum() + down.sum())
    if max(here, usually, once) < _LEAST_EDGE * max(1, length):
        return "none"
    if here >= _CLEARLY * max(usually, once):
        return "now"
    if max(usually, once) < _CLEARLY_GONE * here:
        return "none"
    # What stayed for a while is half in the usual view when it goes, and never was in the old one.
    return "old" if once >= _OLD_SHARE * usually else "usual"


def _edges(part: Floats, across: NDArray[np.bool_], down: NDArray[np.bool_]) -> float:
    """Return how strong the edges along an outline are."""
    strong = np.abs(np.diff(part, axis=1))[across].sum() + np.abs(np.diff(part, axis=0))[down].sum()
    return float(strong)
