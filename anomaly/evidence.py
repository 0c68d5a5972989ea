"""Why a frame stands out: heat map, boxes of what moved, and a sentence for people.  Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.groups import find_groups
from anomaly.judgement import stream_peaks
from anomaly.patterns import BINS, SPEED_UNIT, speed_of_bin
from anomaly.types import Box, Bytes, Cause, Evidence, Floats, Mark, Stream
from anomaly.wording import (
    FULL_HEAT,
    KINDS,
    find_missing,
    glow,
    name_place,
    pool_cells,
    say_missing,
    say_nothing,
    say_overall,
    say_unlike,
    to_sentence,
)

if TYPE_CHECKING:
    from anomaly.judgement import Findings
    from anomaly.memory import CameraMemory

MOST_BOXES = 12
_BOX_OCCUPIED = 0.5
_WAYS = ("right", "down and right", "down", "down and left",
         "left", "up and left", "up", "up and right")  # fmt: skip
_NO_SPEED = 0.1


@attrs.frozen
class _Spot:
    """The strongest place of a picture."""

    picture: int
    row: int
    column: int
    stream: Stream


def explain_picture(
    findings: Findings, picture: int, memory: CameraMemory, *, is_high: bool
) -> Evidence:
    """Make the evidence of one picture; `is_high` says that its score is worth a reason."""
    spot = _find_spot(findings, picture)
    heat = pool_cells(np.maximum(findings.moving[picture], findings.standing[picture]))
    if spot.stream == "overall":
        heat = findings.change[picture] * FULL_HEAT
    cause, words = _put_in_words(findings, spot, memory)
    if not is_high:
        cause, words = Cause.NOTHING, say_nothing(words)
    return Evidence(
        cause=cause,
        words=to_sentence(words),
        heat=glow(heat),
        boxes=_find_boxes(findings, picture, heat),
        usual_view=_grey(findings.usual),
        mark=_mark(findings, spot),
    )


def _find_spot(findings: Findings, picture: int) -> _Spot:
    """Find what the score comes from, by the measure that made the score, and its densest place."""
    moving, standing = findings.moving[picture], findings.standing[picture]
    peaks = stream_peaks(moving[None], standing[None])
    streams: tuple[tuple[Stream, float, Floats], ...] = (
        ("moving", float(peaks[0][0]), moving),
        ("standing", float(peaks[1][0]), standing),
    )
    stream, _, evidence = max(streams, key=lambda one: one[1])
    if findings.overall[picture] > 0:
        stream = "overall"  # which is judged apart, and outweighs all else while it lasts
    row, column = divmod(int(pool_cells(evidence).argmax()), evidence.shape[1])
    return _Spot(picture, row, column, stream)


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


def _put_in_words(findings: Findings, spot: _Spot, memory: CameraMemory) -> tuple[Cause, str]:
    shape = findings.speed.shape[1], findings.speed.shape[2]
    where = name_place(spot.row, spot.column, shape)
    if spot.stream == "overall":
        share = float(findings.shares[spot.picture])
        return Cause.OVERALL, say_overall(share, findings.brighter, findings.detail)
    if spot.stream == "standing":
        if _is_missing(findings, spot, memory):
            return Cause.MISSING, say_missing(where)
        stood_s = _stood_s(memory, spot)
        return Cause.STAYS, f"something new has stayed for {stood_s:.0f} seconds, {where}"
    return _explain_motion(findings, spot, memory, where)


def _explain_motion(
    findings: Findings, spot: _Spot, memory: CameraMemory, where: str
) -> tuple[Cause, str]:
    at = (spot.picture, spot.row, spot.column)
    kind = KINDS[int(findings.kinds[spot.picture, :, spot.row, spot.column].argmax())]
    speed, way = float(findings.speed[at]), _way(findings, at)
    since = _since(memory.history.seen_s)
    table = findings.table.reshape(BINS)
    pattern = np.unravel_index(findings.patterns[at], BINS)
    surprise = float(table[pattern])
    if max(float(findings.way[at]), float(findings.place[at])) * 0.5 > surprise:
        if findings.way[at] > findings.place[at]:
            return Cause.DIRECTION, f"moves {way}, which is unusual there: {kind}, {where}"
        return Cause.PLACE, f"{kind} moves where hardly anything moved in {since}, {where}"
    relief = [surprise - float(_line(table, pattern, axis).min()) for axis in range(3)]
    axis = int(np.argmax(relief))
    if axis == 0:
        return Cause.SPEED, _speed_words(memory, speed, pattern, f"heading {way}, {where}", since)
    if axis == 2:
        typical = int(memory.patterns.counts[0].sum((0, 1)).argmax())
        size = "larger" if int(pattern[2]) > typical else "smaller"
        return Cause.SIZE, f"{size} than what usually moves here, heading {way}, {where}"
    return Cause.KIND, say_unlike(kind, where)


def _line(table: Floats, pattern: tuple[np.intp, ...], axis: int) -> Floats:
    """All patterns that differ from this one in one axis only."""
    index: list[slice | int] = [int(value) for value in pattern]
    index[axis] = slice(None)
    return table[tuple(index)]


def _speed_words(
    memory: CameraMemory, speed: float, pattern: tuple[np.intp, ...], heading: str, since: str
) -> str:
    counts = memory.patterns.counts[0].sum((1, 2))
    total = float(counts.sum())
    if total <= 0:
        return f"moves, {heading}; this camera has nothing to compare with yet"
    usual = speed_of_bin(int(np.searchsorted(np.cumsum(counts), total / 2)))
    faster = float(counts[int(pattern[0]) :].sum()) / total
    if speed < usual:
        return f"slower than what usually moves here, {heading}"
    times = f"{speed / max(usual, SPEED_UNIT / 4):.1f} times the usual speed"
    if faster < 1e-5:
        return f"faster than anything here in {since} ({times}), {heading}"
    if faster < 0.001:
        return f"faster than nearly everything here in {since} ({times}), {heading}"
    return (
        f"faster than {100 * (1 - faster):.1f} % of what moved here in {since} ({times}), {heading}"
    )


def _is_missing(findings: Findings, spot: _Spot, memory: CameraMemory) -> bool:
    """Say whether what differs has its outline in the usual view rather than in the picture now."""
    background = memory.background
    if background is None or not len(background.recent):
        return False
    shape = findings.speed.shape[1], findings.speed.shape[2]
    # In the old view: what stays is in the usual view itself before long.
    views = background.recent[-1], background.picture, background.old
    return find_missing(*views, (spot.row, spot.column), shape)


def _stood_s(memory: CameraMemory, spot: _Spot) -> float:
    """Give the longest around: the spot is where evidence is dense, perhaps between cells."""
    if memory.habits is None:
        return 0.0
    around = (
        slice(max(0, spot.row - 1), spot.row + 2),
        slice(max(0, spot.column - 1), spot.column + 2),
    )
    return float(memory.habits.still_s[around].max())


def _way(findings: Findings, at: tuple[int, int, int]) -> str:
    if findings.speed[at] < _NO_SPEED:
        return "nowhere"
    turn = math.atan2(float(findings.v[at]), float(findings.u[at])) * 4 / math.pi
    return _WAYS[round(turn) % len(_WAYS)]


def _since(seen_s: float) -> str:
    if seen_s < 120:
        return f"{seen_s:.0f} seconds"
    if seen_s < 7200:
        return f"{seen_s / 60:.0f} minutes"
    return f"{seen_s / 3600:.0f} hours" if seen_s < 172_800 else f"{seen_s / 86_400:.0f} days"


def _find_boxes(findings: Findings, picture: int, heat: Floats) -> tuple[Box, ...]:
    """Give a box around every group of cells that something moving covers, the hottest first."""
    occupied = findings.occupied[picture] > _BOX_OCCUPIED
    rows, columns = occupied.shape
    boxes = []
    for group in find_groups(occupied | (heat > FULL_HEAT / 3)):
        ys, xs = np.divmod(np.array(group), columns)
        strength = min(1.0, float(heat[ys, xs].max()) / FULL_HEAT)
        kind = int(findings.kinds[picture][:, ys, xs].sum(1).argmax())
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
