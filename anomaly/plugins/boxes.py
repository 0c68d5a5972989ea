"""Checks what an object detector gives: a plug-in is anybody's code.  Pure."""

import math
from collections.abc import Iterable

from seda.messages import Box


def check_boxes(found: Iterable[object]) -> tuple[Box, ...]:
    """Return the boxes, or say what there is instead of them."""
    return tuple(_check(box) for box in found)


def _check(box: object) -> Box:
    if not isinstance(box, Box) or not isinstance(box.label, str):
        raise TypeError(f"it gave {box!r}, which is no box with a label")
    numbers = (box.left, box.top, box.right, box.bottom, box.strength)
    if not all(math.isfinite(number) and 0 <= number <= 1 for number in numbers):
        raise ValueError(f"its box {box!r} has numbers outside of 0 to 1")
    return box
