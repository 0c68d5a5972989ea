"""Why a frame stands out: heat map, boxes of what moved, and a sentence for people.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.groups import find_groups
from anomaly.motion_cause import Thing, cells_of, explain_motion
from anomaly.movement import sum_tails
from anomaly.naming import find_kind, name_object, name_way, say_deed
from anomaly.objects import NO_OBJECTS, ObjectEvidence, join_boxes
from anomaly.patterns import BINS
from anomaly.pictures import is_blank
from anomaly.tracking import PLACE_KINDS
from anomaly.tracks import Kind
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
_TELLING_NATS = 1.0  # from which what is seen is told before what moves
_MOVES_LEVELS = 1.0  # of energy: less is a ghost of what was there, and no thing that moves
_LARGE_SHARE, _HOT_SHARE = 0.2, 0.4  # of the picture; of the most heat, what belongs to it


@attrs.frozen
class _Spot:
    """The strongest place of a picture."""

    picture: int
    row: int
    column: int
    stream: Stream


def find_mark(findings: Findings, picture: int, stream: Stream, memory: CameraMemory) -> Mark:
    """Say what a verdict on a picture would be about."""
    return _mark(findings, _hottest(_heat(findings, picture, stream, memory), picture, stream))


def explain_picture(
    findings: Findings,
    picture: int,
    stream: Stream,
    memory: CameraMemory,
    *,
    is_high: bool,
    objects: ObjectEvidence = NO_OBJECTS,
) -> Evidence:
    """Make the evidence of one picture; `is_high` says that its score is worth a reason."""
    heat = _heat(findings, picture, stream, memory)
    spot = _hottest(heat, picture, stream)
    cause, words = _put_in_words(findings, spot, heat, memory, objects, is_high=is_high)
    if not is_high or not words:  # where nothing moves there is nothing to name
        blank = is_blank(findings.newest)
        words = words if heat.max() > 0 else ""  # of what counts for nothing nothing is noticeable
        cause, words = Cause.NOTHING, say_blank() if blank else say_nothing(words)
    return Evidence(
        cause=cause,
        words=to_sentence(words),
        heat=glow(heat),
        boxes=join_boxes(_find_boxes(findings, spot, heat), objects.boxes, MOST_BOXES),
        usual_view=_grey(findings.usual),
        mark=_mark(findings, spot),
    )


def _hottest(heat: Floats, picture: int, stream: Stream) -> _Spot:
    """Find the strongest place; of a track, which is as hot all over, the middle."""
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    if stream == "place" and heat.any():
        row, column = (int(np.median(places)) for places in np.nonzero(heat == heat.max()))
    return _Spot(picture, row, column, stream)


def _find_movers(findings: Findings, spot: _Spot, heat: Floats) -> list[list[int]]:
    """Give the groups of cells that something covers which moves, or that are hot."""
    if spot.stream == "overall":  # what is all over the picture is nowhere
        return []
    occupied = findings.occupied[spot.picture] > _BOX_OCCUPIED
    hot, energy = heat > FULL_HEAT / 3, findings.streams.energy[spot.picture].ravel()
    if spot.stream == "standing":  # a bag is small, so a mean over cells is hardly hot
        hot = findings.streams.standing[spot.picture] > 0
    groups = [_narrow(group, heat) for group in find_groups(occupied | hot)]
    return [
        group
        for group in groups
        if hot.ravel()[group].any() or energy[group].max() >= _MOVES_LEVELS
    ]


def _narrow(group: list[int], heat: Floats) -> list[int]:
    """Leave of a group that covers much of the picture what is hot."""
    if len(group) < _LARGE_SHARE * heat.size:
        return group
    values = heat.ravel()[group]
    return [
        place for place, hot in zip(group, values, strict=True) if hot >= _HOT_SHARE * values.max()
    ]


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
    findings: Findings,
    spot: _Spot,
    heat: Floats,
    memory: CameraMemory,
    objects: ObjectEvidence,
    *,
    is_high: bool,
) -> tuple[Cause, str]:
    shape = findings.speed.shape[1], findings.speed.shape[2]
    where = name_place(spot.row, spot.column, shape)
    if spot.stream == "overall":
        share = float(findings.shares[spot.picture])
        return Cause.OVERALL, say_overall(share, findings.brighter, findings.detail)
    if objects.rare is not None and objects.nats >= _TELLING_NATS:
        return _explain_rare(objects.rare, objects.seen_s, shape)
    if spot.stream == "standing":
        return _explain_standing(findings, spot, memory, objects, where)
    thing = _thing_at(findings, spot, heat, objects)
    if spot.stream == "place" and is_high:
        return _explain_place(findings, spot, memory, thing, where)
    at = spot.picture, spot.row, spot.column
    return explain_motion(findings, at, thing, memory, where, is_high=is_high)


def _thing_at(findings: Findings, spot: _Spot, heat: Floats, objects: ObjectEvidence) -> Thing:
    """Give what is at the strongest place: neighbours run together, so by its heat as well."""
    columns = heat.shape[1]
    group = _cells_at(spot, _find_movers(findings, spot, heat), columns)
    hottest = find_groups(heat >= max(_HOT_SHARE * float(heat.max()), 1e-6))
    hot = [cell for cell in _cells_at(spot, hottest, columns) if cell in set(group)] or group
    one, whole = (
        cells_of(findings, spot.picture, np.array(rows), np.array(places))
        for rows, places in (zip(*part, strict=True) for part in (hot, group))
    )
    return Thing(one, whole, objects.at_mark)


def _explain_rare(rare: Box, seen_s: float, shape: tuple[int, int]) -> tuple[Cause, str]:
    """Say what an object detector sees where it hardly ever sees the like."""
    x, y = (rare.left + rare.right) / 2, (rare.top + rare.bottom) / 2
    row, column = (min(int(at * size), size - 1) for at, size in zip((y, x), shape, strict=True))
    where, since = name_place(row, column, shape), name_period(seen_s)
    return Cause.KIND, f"{name_object(rare.label)} where hardly any was seen in {since}, {where}"


def _explain_place(
    findings: Findings, spot: _Spot, memory: CameraMemory, thing: Thing, where: str
) -> tuple[Cause, str]:
    """Say that something is where, or goes a way that, hardly anything is or goes."""
    kind, since = thing.kind, name_period(memory.history.seen_s)
    name = name_object(thing.seen.label) if thing.seen else KINDS[kind]
    if findings.followed.oddest_place(spot.picture) == Kind.PLACE:
        return Cause.PLACE, f"{name} is where hardly anything has been in {since}, {where}"
    if not thing.hot.is_whole:  # its track may be made of several
        return Cause.MOVEMENT, f"{name} moves, {where}"
    way = name_way(float(thing.hot.u.mean()), float(thing.hot.v.mean()))
    deed = say_deed(kind, thing.seen, way) if way else f"{name} has come"
    return Cause.PLACE, f"{deed} by a way that hardly anything has taken in {since}, {where}"


def _explain_standing(
    findings: Findings, spot: _Spot, memory: CameraMemory, objects: ObjectEvidence, where: str
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
    thing = name_object(objects.at_mark.label) if objects.at_mark else "something new"
    return Cause.STAYS, f"{thing} has stayed for {stood_s:.0f} seconds, {where}"


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


def _find_boxes(findings: Findings, spot: _Spot, heat: Floats) -> tuple[Box, ...]:
    """Give a box around every group of cells that something moving covers, the hottest first."""
    rows, columns = heat.shape
    energy = findings.streams.energy[spot.picture]
    boxes = []
    for group in _find_movers(findings, spot, heat):
        ys, xs = np.divmod(np.array(group), columns)
        kind = SOMETHING  # of what does not move the network knows nothing
        if energy[ys, xs].max() >= _MOVES_LEVELS:
            one = cells_of(findings, spot.picture, ys, xs)
            is_told = spot.row * columns + spot.column in group  # the same word as in the sentence
            kind = _thing_at(findings, spot, heat, NO_OBJECTS).kind if is_told else find_kind(one)
        boxes.append(
            Box(
                float(xs.min() / columns), float(ys.min() / rows),
                float((xs.max() + 1) / columns), float((ys.max() + 1) / rows),
                KINDS[kind], min(1.0, float(heat[ys, xs].max()) / FULL_HEAT),
            )
        )  # fmt: skip
    return tuple(sorted(boxes, key=lambda box: -box.strength)[:MOST_BOXES])


def _grey(picture: Floats) -> Bytes:
    return np.clip(picture, 0, 255).astype(np.uint8)
