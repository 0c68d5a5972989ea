"""What is at places of a picture: its strongest one, what moves, and the boxes around it.  Pure."""

import attrs
import numpy as np

from anomaly.causes.motion import Thing, cells_of
from anomaly.causes.naming import find_kind
from anomaly.groups import find_groups
from anomaly.judging.findings import Findings
from anomaly.types import MOST_BOXES, Floats
from anomaly.wording import FULL_HEAT, KINDS, SOMETHING
from seda.messages import Box, Stream

_BOX_OCCUPIED = 0.5
_MOVES_LEVELS = 1.0  # of energy: less is a ghost of what was there, and no thing that moves
_NAMED_NATS = 1.0  # of what is not told: leaves are like people, and hardly ever hot
_FAINT_SHARE = 0.25  # of what stays most: what is told by and by is no news
_LARGE_SHARE, _HOT_SHARE = 0.2, 0.4  # of the picture; of the most heat, what belongs to it


@attrs.frozen
class Spot:
    """The strongest place of a picture."""

    picture: int
    row: int
    column: int
    stream: Stream


def find_movers(findings: Findings, spot: Spot, heat: Floats) -> list[list[int]]:
    """Return the groups of cells that something covers which moves, or that are hot."""
    if spot.stream == "overall":  # what is all over the picture is nowhere
        return []
    occupied = findings.occupied[spot.picture] > _BOX_OCCUPIED
    hot, energy = heat > FULL_HEAT / 3, findings.streams.energy[spot.picture].ravel()
    if spot.stream == "standing":  # a bag is small, so a mean over cells is hardly hot
        standing = findings.streams.standing[spot.picture]
        hot = standing > _FAINT_SHARE * float(standing.max())
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


def thing_at(findings: Findings, spot: Spot, heat: Floats, movers: list[list[int]]) -> Thing:
    """Return what is at the strongest place: neighbours run together, so by its heat as well."""
    columns = heat.shape[1]
    group = cells_at(spot, movers, columns)
    hottest = find_groups(heat >= max(_HOT_SHARE * float(heat.max()), 1e-6))
    members = set(group)
    hot = [cell for cell in cells_at(spot, hottest, columns) if cell in members] or group
    one, whole = (
        cells_of(findings, spot.picture, np.array(rows), np.array(places))
        for rows, places in (zip(*part, strict=True) for part in (hot, group))
    )
    return Thing(one, whole)


def cells_at(spot: Spot, groups: list[list[int]], columns: int) -> list[tuple[int, int]]:
    """Return the cells of what is at a place."""
    around = [(spot.row + y, spot.column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    for group in groups:
        cells = [divmod(place, columns) for place in group]
        if not set(around).isdisjoint(cells):
            return cells
    return [(spot.row, spot.column)]


def is_found(spot: Spot, movers: list[list[int]], columns: int) -> bool:
    """Say whether there is anything at, or beside, the strongest place."""
    around = {(spot.row + y) * columns + spot.column + x for y in (-1, 0, 1) for x in (-1, 0, 1)}
    return any(not around.isdisjoint(group) for group in movers)


def find_boxes(
    findings: Findings, spot: Spot, heat: Floats, movers: list[list[int]], told: int
) -> tuple[Box, ...]:
    """Return a box around every group of cells that something moving covers, the hottest first.

    `told` is the kind that the words give what is at the strongest place: its box says the same.
    """
    rows, columns = heat.shape
    energy, flat = findings.streams.energy[spot.picture], heat.ravel()
    hottest = sorted(((float(flat[group].max()), group) for group in movers), reverse=True)
    boxes = []
    for most, group in hottest[:MOST_BOXES]:
        ys, xs = np.divmod(np.array(group), columns)
        kind = SOMETHING  # of what does not move the network knows nothing
        if spot.row * columns + spot.column in group and energy[ys, xs].max() >= _MOVES_LEVELS:
            kind = told
        elif most >= _NAMED_NATS and energy[ys, xs].max() >= _MOVES_LEVELS:
            kind = find_kind(cells_of(findings, spot.picture, ys, xs))
        boxes.append(
            Box(
                float(xs.min() / columns), float(ys.min() / rows),
                float((xs.max() + 1) / columns), float((ys.max() + 1) / rows),
                KINDS[kind], min(1.0, most / FULL_HEAT),
            )
        )  # fmt: skip
    return tuple(boxes)
