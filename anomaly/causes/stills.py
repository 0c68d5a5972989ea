"""Evidence of a single picture that nothing came before: how it differs from the usual view.  Pure.

Nothing moves in it, so there is no speed and no way; what is where the usual view is not is there
to be seen, and is put in the words that moving pictures get. Differences of light all over the
picture are left out before cells are compared.
"""

import numpy as np

from anomaly.groups import find_groups
from anomaly.seeing.pictures import CELL_PX
from anomaly.types import MOST_BOXES, Bytes, Cause, Evidence, Floats
from anomaly.usual.patterns import BINS, find_patterns
from anomaly.wording import (
    FULL_HEAT,
    KINDS,
    SOMETHING,
    VEHICLE,
    WALKS,
    find_outline,
    glow,
    name_place,
    pool_cells,
    say_missing,
    say_nothing,
    say_overall,
    say_unlike,
    to_sentence,
)
from seda.messages import Box, Mark, Stream

_NOISE_LEVELS = 6.0  # grey levels by which a cell differs anyway: noise, JPEG, waving leaves
_CHANGED_LEVELS = 30.0
_OVERALL_SHARE = 0.6
_HOT_SHARE = 0.4  # of the hottest cell, what belongs to a thing
_LEAST_CELLS = 2
_VEHICLE_CELLS = 24
_STANDING_RATIO = 1.2  # of height to width: people stand, vehicles lie
_STROLL = 0.8  # pixels in the base interval, to the right: where it went nobody saw
_WALKS_LOGIT = 2.0  # of the network's share, for what surely is like a walker
_STREAMS: dict[Cause, Stream] = {
    Cause.KIND: "moving",
    Cause.MISSING: "standing",
    Cause.OVERALL: "overall",
}


def explain_still(now: Bytes, usual: Bytes, *, threat: float, is_high: bool) -> Evidence:
    """Make the evidence of a picture; both are small ones of one size (see pictures)."""
    apart = _differ(now, usual)
    heat = _heat(apart, threat)
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    boxes = _find_boxes(heat)
    kind = _kind_around(boxes, row, column, heat.shape)
    cause, words = _put_in_words(now, usual, apart, (row, column), kind)
    stream = _STREAMS[cause]
    place = ((column + 0.5) / heat.shape[1], (row + 0.5) / heat.shape[0])
    pattern = _pattern(kind) if stream == "moving" else ()
    if not is_high:
        cause, words = Cause.NOTHING, say_nothing(words)
    return Evidence(
        cause=cause,
        words=to_sentence(words),
        heat=glow(heat),
        boxes=boxes,
        usual_view=usual,
        mark=Mark(stream, *place, pattern),
    )


def _differ(now: Bytes, usual: Bytes) -> Floats:
    """Return by how many grey levels each cell differs, apart from the light over all of it."""
    apart = now.astype(np.float32) - usual.astype(np.float32)
    apart = np.abs(apart - np.median(apart))
    rows, columns = now.shape[0] // CELL_PX, now.shape[1] // CELL_PX
    whole = apart[: rows * CELL_PX, : columns * CELL_PX]
    return np.asarray(whole.reshape(rows, CELL_PX, columns, CELL_PX).mean((1, 3)), np.float32)


def _heat(apart: Floats, threat: float) -> Floats:
    """Return what is beyond noise; the hottest cell is as hot as such a threat mostly is."""
    beyond = pool_cells(np.maximum(0, apart - _NOISE_LEVELS))
    return np.asarray(beyond * (FULL_HEAT * (0.5 + threat) / max(1.0, float(beyond.max()))))


def _find_boxes(heat: Floats) -> tuple[Box, ...]:
    """Return a box around the few hottest groups of cells, the hottest first."""
    rows, columns = heat.shape
    hottest = float(heat.max())
    boxes = []
    for group in find_groups(heat > max(_HOT_SHARE * hottest, FULL_HEAT / 8)):
        if len(group) < _LEAST_CELLS:
            continue
        ys, xs = np.divmod(np.array(group), columns)
        tall, wide = int(ys.max() - ys.min()) + 1, int(xs.max() - xs.min()) + 1
        boxes.append(
            Box(
                float(xs.min() / columns), float(ys.min() / rows),
                float((xs.max() + 1) / columns), float((ys.max() + 1) / rows),
                _kind(tall, wide), min(1.0, float(heat[ys, xs].max()) / FULL_HEAT),
            )
        )  # fmt: skip
    return tuple(sorted(boxes, key=lambda box: -box.strength)[:MOST_BOXES])


def _kind(tall: int, wide: int) -> str:
    if tall >= _STANDING_RATIO * wide:
        return KINDS[WALKS]
    return KINDS[VEHICLE if tall * wide >= _VEHICLE_CELLS else SOMETHING]


def _kind_around(boxes: tuple[Box, ...], row: int, column: int, shape: tuple[int, ...]) -> str:
    x, y = (column + 0.5) / shape[1], (row + 0.5) / shape[0]
    holding = (it for it in boxes if it.left <= x <= it.right and it.top <= y <= it.bottom)
    return next((it.label for it in holding), KINDS[SOMETHING])


def _put_in_words(
    now: Bytes, usual: Bytes, apart: Floats, spot: tuple[int, int], kind: str
) -> tuple[Cause, str]:
    share = float((apart > _CHANGED_LEVELS).mean())
    if share > _OVERALL_SHARE:
        brighter = float(np.median(now.astype(np.float32) - usual.astype(np.float32)))
        return Cause.OVERALL, say_overall(share, brighter, _detail(now) / max(1.0, _detail(usual)))
    shape = apart.shape[0], apart.shape[1]
    where = name_place(*spot, shape)
    view = usual.astype(np.float32)
    outline = find_outline(now, view, view, [spot], shape)
    if outline in {"usual", "old"}:
        return Cause.MISSING, say_missing(where)
    if outline == "none":
        kind = KINDS[SOMETHING]
    return Cause.KIND, f"{say_unlike(kind)}, {where}"


def _detail(picture: Bytes) -> float:
    return float(np.abs(np.diff(picture.astype(np.float32), axis=1)).mean())


def _pattern(kind: str) -> tuple[int, ...]:
    """Return the pattern of such a thing at a stroll: what a verdict on it would be about."""
    right, down = np.array([_STROLL], np.float32), np.zeros(1, np.float32)
    walks = np.array([_WALKS_LOGIT if kind == KINDS[WALKS] else -_WALKS_LOGIT], np.float32)
    place = find_patterns(right, down, walks)
    return tuple(int(value) for value in np.unravel_index(int(place[0]), BINS))
