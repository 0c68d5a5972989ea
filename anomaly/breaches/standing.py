"""What stands in a picture though no track is there: things that were left, or that tracks lost.

Something is taken for a thing once, while it is new: its outline is in this picture and not in the
usual view, which would be a hole where something was taken away. From then on it is there while
its place differs in shape from the old view, which forgets within hours, and does not change. The
usual view is no measure for that: it takes in within minutes what stands.
"""

from collections.abc import Sequence

import numpy as np

from anomaly.groups import find_groups
from anomaly.judging.standing import shape_change
from anomaly.rules.geometry import Corners, overlap
from anomaly.rules.records import Record
from anomaly.rules.things import Thing
from anomaly.seeing.background import Background
from anomaly.seeing.pictures import CELL_PX, CONTRAST
from anomaly.seeing.seen import Seen
from anomaly.usual.habits import Habits
from anomaly.wording import find_outline

_STOOD_S = 4.0  # what stood for less was hesitating
_LEAST_CELLS = 2
_SHAPE, _SHAPE_SHARE = 0.2, 0.3  # of the contrast unit; of the cells, as much has to differ
_STEADY_LEVELS = 0.2 * CONTRAST  # less than this is a camera's noise
_STEADY_S, _STEADY_MOST_S = 1.0, 10.0
_SAME = 0.3  # of the smaller one: what a track stands for needs no second name
_MARGIN_CELLS = 2  # of what is around a thing, to tell its shape from its light


def find_standing(seen: Seen, habits: Habits, tracked: Sequence[Corners]) -> list[Thing]:
    """Return what has stood for some seconds in the last picture, and is no track."""
    things = []
    for group in find_groups(habits.still_s >= _STOOD_S):
        rows, columns = np.divmod(np.array(group), habits.still_s.shape[1])
        box = (
            float(columns.min() * CELL_PX),
            float(rows.min() * CELL_PX),
            float((columns.max() + 1) * CELL_PX),
            float((rows.max() + 1) * CELL_PX),
        )
        if len(group) < _LEAST_CELLS or any(overlap(box, one) > _SAME for one in tracked):
            continue
        stood_s = float(habits.still_s[rows, columns].max())
        things.append(Thing(0, seen.fresh - 1, seen.at_s[-1], box, "thing", stood_s))
    return things


def is_new(thing: Thing, seen: Seen, background: Background) -> bool:
    """Say whether something came, and nothing went."""
    return _outline(thing, seen, background) == "now"


def is_there(thing: Thing, seen: Seen, background: Background) -> bool:
    """Say whether what stands is still there; a new camera has no old view to be asked."""
    if background.is_settled:
        return differs(thing, seen, background)
    return _outline(thing, seen, background) == "now"


def _outline(thing: Thing, seen: Seen, background: Background) -> str:
    """Say which view shows the outline of a thing."""
    rows, columns = _cells(thing.box, seen.frames.shape[1:])
    cells = [(row, column) for row in range(*rows) for column in range(*columns)]
    views = seen.frames[thing.picture - seen.fresh], background.picture, background.old
    return find_outline(*views, cells, background.cells)


def find_again(record: Record, seen: Seen, background: Background) -> Thing | None:
    """Return what was seen before where it still stands."""
    thing = _as_thing(record, seen)
    before = _picture_before(seen)
    if (
        before is None
        or not _is_steady(thing, seen, before)
        or not differs(thing, seen, background)
    ):
        return None
    return thing


def is_free(record: Record, seen: Seen, background: Background) -> bool:
    """Say whether a place looks as it did before something stood there."""
    return not differs(_as_thing(record, seen), seen, background)


def _as_thing(record: Record, seen: Seen) -> Thing:
    return Thing(0, seen.fresh - 1, seen.at_s[-1], record.box, "thing")


def _is_steady(thing: Thing, seen: Seen, before: int) -> bool:
    part = _part(_cells(thing.box, seen.frames.shape[1:]), 0)
    apart = seen.frames[-1][part].astype(np.float32) - seen.frames[before][part]
    apart -= np.float32(seen.light[-1] - seen.light[before])
    return float(np.abs(apart).mean()) < _STEADY_LEVELS


def differs(thing: Thing, seen: Seen, background: Background) -> bool:
    """Say whether the old view has another shape where a thing is."""
    picture = seen.frames[thing.picture - seen.fresh]
    cells = _cells(thing.box, seen.frames.shape[1:])
    part = _part(cells, _MARGIN_CELLS)
    shapes = shape_change(background.old[part], picture[part])
    rows, columns = (
        slice(min(first, _MARGIN_CELLS), min(first, _MARGIN_CELLS) + last - first)
        for first, last in cells
    )
    return float((shapes[rows, columns] > _SHAPE).mean()) >= _SHAPE_SHARE


def _cells(box: Corners, shape: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the rows and columns of cells that a box covers: one at least, and of the picture."""
    left, top, right, bottom = (int(side / CELL_PX) for side in box)
    rows, columns = (side // CELL_PX for side in shape)
    return _within(top, bottom, rows), _within(left, right, columns)


def _within(first: int, last: int, count: int) -> tuple[int, int]:
    first = min(max(0, first), count - 1)
    return first, min(max(first + 1, last), count)


def _part(cells: tuple[tuple[int, int], tuple[int, int]], margin: int) -> tuple[slice, slice]:
    rows, columns = (
        slice(max(0, first - margin) * CELL_PX, (last + margin) * CELL_PX) for first, last in cells
    )
    return rows, columns


def _picture_before(seen: Seen) -> int | None:
    """Find the picture that the newest is compared with: what is the same there stands still."""
    gaps_s = seen.at_s[-1] - np.array(seen.at_s)
    fitting = np.flatnonzero((gaps_s >= _STEADY_S) & (gaps_s <= _STEADY_MOST_S))
    return int(fitting[-1]) if len(fitting) else None
