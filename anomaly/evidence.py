"""Why a frame stands out: heat map, boxes of what moved, and a sentence for people.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.groups import find_groups
from anomaly.motion_cause import explain_motion, find_kind
from anomaly.movement import sum_tails
from anomaly.patterns import BINS
from anomaly.pictures import is_blank
from anomaly.tracking import PLACE_KINDS
from anomaly.types import Box, Bytes, Cause, Evidence, Floats, Mark, Stream
from anomaly.wording import (
    FULL_HEAT,
    KINDS,
    SOMETHING,
    find_outline,
    glow,
    name_period,
    name_place,
    pool_cells,
    say_blank,
    say_differs,
    say_gone,
    say_missing,
    say_nothing,
    say_overall,
    to_sentence,
)

if TYPE_CHECKING:
    from anomaly.judgement import Findings
    from anomaly.memory import CameraMemory

MOST_BOXES = 5
_BOX_OCCUPIED = 0.5


@attrs.frozen
class _Spot:
    """The strongest place of a picture."""

    picture: int
    row: int
    column: int
    stream: Stream


def explain_picture(
    findings: Findings, picture: int, stream: Stream, memory: CameraMemory, *, is_high: bool
) -> Evidence:
    """Make the evidence of one picture; `is_high` says that its score is worth a reason."""
    heat = _heat(findings, picture, stream, memory)
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    spot = _Spot(picture, row, column, stream)
    movers = find_groups((findings.occupied[picture] > _BOX_OCCUPIED) | (heat > FULL_HEAT / 3))
    cause, words = _put_in_words(findings, spot, movers, memory, is_high=is_high)
    if not is_high or not words:  # where nothing moves there is nothing to name
        blank = is_blank(findings.newest)
        words = words if heat.max() > 0 else ""  # of what counts for nothing nothing is noticeable
        cause, words = Cause.NOTHING, say_blank() if blank else say_nothing(words)
    return Evidence(
        cause=cause,
        words=to_sentence(words),
        heat=glow(heat),
        boxes=_find_boxes(findings, spot, heat, movers),
        usual_view=_grey(findings.usual),
        mark=_mark(findings, spot),
    )


def _heat(findings: Findings, picture: int, stream: Stream, memory: CameraMemory) -> Floats:
    """Give the evidence of every cell in nats, of the kind that made the score."""
    if stream == "overall":
        return np.asarray(findings.change[picture] * FULL_HEAT, np.float32)
    if stream == "standing":
        return pool_cells(findings.streams.standing[picture])
    if stream == "place":
        shape = findings.speed.shape[1], findings.speed.shape[2]
        nats = findings.streams.tracked[picture, list(PLACE_KINDS)].max()
        kind = findings.followed.oddest_place(picture)
        return findings.followed.cells(picture, kind, shape) * np.float32(nats)
    cells = {"moving": findings.streams.moving[picture], "energy": findings.streams.energy[picture]}
    return pool_cells(sum_tails(cells, memory.streams))


def _mark(findings: Findings, spot: _Spot) -> Mark:
    rows, columns = findings.speed.shape[1:]
    pattern: tuple[int, ...] = ()
    if spot.stream == "moving":
        place = np.unravel_index(findings.patterns[spot.picture, spot.row, spot.column], BINS)
        pattern = tuple(int(value) for value in place)
    return Mark(
        spot.stream,
        (spot.column + 0.5) / columns,
        (spot.row + 0.5) / rows,
        pattern,
    )


def _put_in_words(
    findings: Findings, spot: _Spot, movers: list[list[int]], memory: CameraMemory, *, is_high: bool
) -> tuple[Cause, str]:
    shape = findings.speed.shape[1], findings.speed.shape[2]
    where = name_place(spot.row, spot.column, shape)
    if spot.stream == "overall":
        share = float(findings.shares[spot.picture])
        cause = Cause.LIGHT if findings.is_light else Cause.OVERALL
        return cause, say_overall(share, findings.brighter, findings.detail)
    if spot.stream == "standing":
        return _explain_standing(findings, spot, memory, where)
    if spot.stream == "place":
        since = name_period(memory.history.seen_s)
        return Cause.PLACE, f"something is where hardly anything has been in {since}, {where}"
    at = (spot.picture, spot.row, spot.column)
    cells = np.zeros(shape, bool)
    for row, column in _cells_at(spot, movers, shape[1]):
        cells[row, column] = True
    return explain_motion(findings, at, cells, memory, where, is_high=is_high)


def _explain_standing(
    findings: Findings, spot: _Spot, memory: CameraMemory, where: str
) -> tuple[Cause, str]:
    background = memory.background
    outline = "now"
    if background is not None:
        views = findings.newest, background.picture, background.old
        shape = findings.speed.shape[1], findings.speed.shape[2]
        things = find_groups(findings.streams.standing[spot.picture] > 0)
        outline = find_outline(*views, _cells_at(spot, things, shape[1]), shape)
    if outline == "old":
        return Cause.MISSING, say_missing(where)
    if outline == "usual":
        return Cause.MISSING, say_gone(where)
    if outline == "none":
        return Cause.NOTHING, say_differs(where)
    stood_s = _stood_s(memory, spot)
    return Cause.STAYS, f"something new has stayed for {stood_s:.0f} seconds, {where}"


def _cells_at(spot: _Spot, groups: list[list[int]], columns: int) -> list[tuple[int, int]]:
    """Give the cells of what is at a place."""
    around = [(spot.row + y, spot.column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    for group in groups:
        cells = [divmod(place, columns) for place in group]
        if not set(around).isdisjoint(cells):
            return cells
    return [(spot.row, spot.column)]


def _stood_s(memory: CameraMemory, spot: _Spot) -> float:
    """Give the longest around: the spot is where evidence is dense, perhaps between cells."""
    if memory.habits is None:
        return 0.0
    around = (
        slice(max(0, spot.row - 1), spot.row + 2),
        slice(max(0, spot.column - 1), spot.column + 2),
    )
    return float(memory.habits.still_s[around].max())


def _find_boxes(
    findings: Findings, spot: _Spot, heat: Floats, movers: list[list[int]]
) -> tuple[Box, ...]:
    """Give a box around every group of cells that something moving covers, the hottest first."""
    rows, columns = heat.shape
    boxes = []
    for group in movers:
        ys, xs = np.divmod(np.array(group), columns)
        strength = min(1.0, float(heat[ys, xs].max()) / FULL_HEAT)
        kind = SOMETHING  # of what covers the whole picture nobody can tell
        if spot.stream != "overall":
            kind = find_kind(findings.kinds[spot.picture], ys, xs)
        boxes.append(
            Box(
                float(xs.min() / columns), float(ys.min() / rows),
                float((xs.max() + 1) / columns), float((ys.max() + 1) / rows),
                KINDS[kind], strength,
            )
        )  # fmt: skip
    return tuple(sorted(boxes, key=lambda box: -box.strength)[:MOST_BOXES])


def _grey(picture: Floats) -> Bytes:
    return np.clip(picture, 0, 255).astype(np.uint8)
