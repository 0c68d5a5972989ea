"""Why a frame stands out: heat map, boxes of what moved, and a sentence for people.  Pure."""

import attrs
import numpy as np

from anomaly.causes.motion import Thing, explain_motion
from anomaly.causes.movers import Spot, cells_at, find_boxes, find_movers, is_found, thing_at
from anomaly.causes.naming import name_object, name_way, say_deed
from anomaly.groups import find_groups
from anomaly.judging.findings import Findings
from anomaly.judging.movement import sum_tails
from anomaly.judging.tracking import PLACE_KINDS
from anomaly.memory import CameraMemory
from anomaly.seeing.pictures import is_blank
from anomaly.tracks import Kind
from anomaly.types import MOST_BOXES, Bytes, Cause, Evidence, Floats
from anomaly.usual.objects import NO_OBJECTS, ObjectEvidence, join_boxes
from anomaly.usual.patterns import BINS
from anomaly.wording import (
    FULL_HEAT,
    KINDS,
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
from seda.messages import Box, Mark, Stream

# Of a way that hardly anything takes, and a place, in the surprise of habits: a car among others on
# a road has at most 0.3 of a way, who goes the wrong way or where nobody goes 0.5 or more.
_ODD_WAY, _ODD_PLACE = 0.5, 1.0
_TELLING_NATS = 1.0  # from which what is seen is told before what moves


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
    movers = find_movers(findings, spot, heat)
    thing = attrs.evolve(thing_at(findings, spot, heat, movers), seen=objects.at_mark)
    cause, words = _put_in_words(findings, spot, thing, memory, objects, is_high=is_high)
    if not is_high or not words:  # where nothing moves there is nothing to name
        blank = is_blank(findings.newest)
        # Noise and what counts for nothing are not noticeable.
        is_there = stream == "overall" or is_found(spot, movers, heat.shape[1])
        words = words if heat.max() > 0 and is_there else ""
        cause, words = Cause.NOTHING, say_blank() if blank else say_nothing(words)
    boxes = find_boxes(findings, spot, heat, movers, thing.kind)
    return Evidence(
        cause=cause,
        words=to_sentence(words),
        heat=glow(heat),
        boxes=join_boxes(boxes, objects.boxes, MOST_BOXES),
        usual_view=_grey(findings.usual),
        mark=_mark(findings, spot),
    )


def _hottest(heat: Floats, picture: int, stream: Stream) -> Spot:
    """Find the strongest place; of a track, which is as hot all over, the middle."""
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    if stream in ("place", "low") and heat.any():
        row, column = (int(np.median(places)) for places in np.nonzero(heat == heat.max()))
    return Spot(picture, row, column, stream)


def _heat(findings: Findings, picture: int, stream: Stream, memory: CameraMemory) -> Floats:
    """Return the evidence of every cell in nats, of the kind that made the score."""
    if stream == "overall":
        return np.asarray(findings.change[picture] * FULL_HEAT, np.float32)
    if stream == "standing":
        return pool_cells(findings.streams.standing[picture])
    if stream == "low":
        shape = findings.speed.shape[1], findings.speed.shape[2]
        cells_of_it = findings.followed.cells(picture, Kind.LOW, shape)
        return cells_of_it * np.float32(findings.streams.tracked[picture, Kind.LOW])
    if stream == "place":
        shape = findings.speed.shape[1], findings.speed.shape[2]
        nats = findings.streams.tracked[picture, PLACE_KINDS].max()
        kind = findings.followed.oddest_place(picture)
        return findings.followed.cells(picture, kind, shape) * np.float32(nats)
    cells = {"moving": findings.streams.moving[picture], "energy": findings.streams.energy[picture]}
    return pool_cells(sum_tails(cells, memory.streams))


def _mark(findings: Findings, spot: Spot) -> Mark:
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
    spot: Spot,
    thing: Thing,
    memory: CameraMemory,
    objects: ObjectEvidence,
    *,
    is_high: bool,
) -> tuple[Cause, str]:
    shape = findings.speed.shape[1], findings.speed.shape[2]
    where = name_place(spot.row, spot.column, shape)
    if spot.stream == "overall":
        share = float(findings.shares[spot.picture])
        cause = Cause.LIGHT if findings.is_light else Cause.OVERALL
        return cause, say_overall(share, findings.brighter, findings.detail)
    if objects.rare is not None and objects.nats >= _TELLING_NATS:
        return _explain_rare(objects.rare, objects.seen_s, shape)
    if spot.stream == "standing":
        return _explain_standing(findings, spot, memory, objects, where)
    if spot.stream == "low" and is_high:
        seconds = findings.streams.tracked[spot.picture, Kind.LOW]
        return Cause.MOVEMENT, f"somebody lies or crawls for {seconds:.0f} seconds, {where}"
    if spot.stream == "place" and is_high:
        return _explain_place(findings, spot, memory, thing, where)
    at = spot.picture, spot.row, spot.column
    return explain_motion(findings, at, thing, memory, where, is_high=is_high)


def _explain_rare(rare: Box, seen_s: float, shape: tuple[int, int]) -> tuple[Cause, str]:
    """Say what an object detector sees where it hardly ever sees the like."""
    x, y = (rare.left + rare.right) / 2, (rare.top + rare.bottom) / 2
    row, column = (min(int(at * size), size - 1) for at, size in zip((y, x), shape, strict=True))
    where, since = name_place(row, column, shape), name_period(seen_s)
    return Cause.KIND, f"{name_object(rare.label)} where hardly any was seen in {since}, {where}"


def _explain_place(
    findings: Findings, spot: Spot, memory: CameraMemory, thing: Thing, where: str
) -> tuple[Cause, str]:
    """Say that something goes a way, or at a speed, that its like hardly ever goes there.

    Tracks of several things that meet are mixed up, so what moved there before has to agree.
    """
    kind, since = thing.kind, name_period(memory.history.seen_s)
    name, hot = name_object(thing.seen.label) if thing.seen else KINDS[kind], thing.hot
    oddest = findings.followed.oddest_place(spot.picture)
    if oddest == Kind.HOUR:
        return Cause.PLACE, f"{name} moves at an hour when hardly anything does, {where}"
    way = name_way(float(hot.u.mean()), float(hot.v.mean()))
    deed = say_deed(kind, thing.seen, way) if way else f"{name} has come"
    if hot.is_whole and oddest == Kind.SPEED:
        words = f"{deed} at a speed that hardly anything has had there in {since}, {where}"
        return Cause.SPEED, words
    cells = spot.picture, hot.rows, hot.columns
    weights = findings.occupied[cells] + np.float32(1e-6)
    odd_place = float(np.average(findings.place[cells], weights=weights)) >= _ODD_PLACE
    if odd_place:
        return Cause.PLACE, f"{name} is where hardly anything has been in {since}, {where}"
    odd_way = float(np.average(findings.way[cells], weights=weights)) >= _ODD_WAY
    if not hot.is_whole or not odd_way:
        return Cause.MOVEMENT, f"{name} moves, {where}"
    return Cause.PLACE, f"{deed} by a way that hardly anything has taken in {since}, {where}"


def _explain_standing(
    findings: Findings, spot: Spot, memory: CameraMemory, objects: ObjectEvidence, where: str
) -> tuple[Cause, str]:
    background = memory.background
    outline = "now"
    if background is not None:
        views = findings.newest, background.picture, background.old
        shape = findings.speed.shape[1], findings.speed.shape[2]
        things = find_groups(findings.streams.standing[spot.picture] > 0)
        outline = find_outline(*views, cells_at(spot, things, shape[1]), shape)
    if outline == "old":
        return Cause.MISSING, say_missing(where)
    if outline == "usual":
        return Cause.MISSING, say_gone(where)
    if outline == "none":
        return Cause.NOTHING, say_differs(where)
    stood_s = _stood_s(memory, spot)
    thing = name_object(objects.at_mark.label) if objects.at_mark else "something new"
    return Cause.STAYS, f"{thing} has stayed for {stood_s:.0f} seconds, {where}"


def _stood_s(memory: CameraMemory, spot: Spot) -> float:
    """Return the longest around: the spot is where evidence is dense, perhaps between cells."""
    if memory.habits is None:
        return 0.0
    around = (
        slice(max(0, spot.row - 1), spot.row + 2),
        slice(max(0, spot.column - 1), spot.column + 2),
    )
    return float(memory.habits.still_s[around].max())


def _grey(picture: Floats) -> Bytes:
    return np.clip(picture, 0, 255).astype(np.uint8)
