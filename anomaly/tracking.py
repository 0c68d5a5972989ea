"""Hands a chunk's pictures and maps to the tracks, and gives their evidence picture by picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from anomaly.pictures import CELL_PX
from anomaly.tracks import (
    ACTIVE_S,
    KINDS,
    Cells,
    Kind,
    Sightings,
    due_pictures,
    find_activity,
    find_blobs,
    start_state,
    watch,
)
from anomaly.tracks.measures import corners

if TYPE_CHECKING:
    from anomaly.background import Background
    from anomaly.judgement import Seen
    from anomaly.memory import CameraMemory
    from anomaly.types import Floats


PLACE_KINDS = (Kind.PLACE, Kind.PATH)  # of where things are and go


@attrs.frozen
class Followed:
    """The tracks of a chunk; values are by picture and kind."""

    sightings: Sightings
    due: list[int]  # the pictures that were followed
    values: Floats  # surprise of the strongest track, what was not followed as before it

    def row(self, picture: int, kind: int) -> int:
        """Give the sighting behind a value; -1 where there is none."""
        place = int(np.searchsorted(self.due, picture, "right")) - 1
        return int(self.sightings.telling[place, kind]) if place >= 0 else -1

    def cells(self, picture: int, shape: tuple[int, int]) -> Floats:
        """Mark the cells of the track whose place or way is the oddest in a picture."""
        marked = np.zeros(shape, np.float32)
        kind = max(PLACE_KINDS, key=lambda one: self.values[picture, one])
        row = self.row(picture, kind)
        if row >= 0:
            left, top, right, bottom = corners(self.sightings.seen.box[row : row + 1])[0] / CELL_PX
            down = slice(max(0, int(top)), max(1, int(np.ceil(bottom))))
            marked[down, max(0, int(left)) : max(1, int(np.ceil(right)))] = 1
        return marked


def follow_things(
    seen: Seen, values: dict[str, Floats], kinds: Floats, memory: CameraMemory, *, frozen: bool
) -> Followed:
    """Follow what is in a chunk's pictures."""
    background = memory.background
    if background is None:
        raise ValueError("a memory without a background can follow nothing")
    if memory.tracks is None:
        memory.tracks = start_state(*background.cells)
    state = memory.tracks
    at_s = seen.at_s[-seen.fresh :]
    due = due_pictures(state, at_s)
    pixels_a_second = 1 / _intervals(seen)
    pictures = []
    for number in due:
        difference = _differ(seen, background, len(seen.frames) - seen.fresh + number)
        scale = np.float32(pixels_a_second[number])
        occupied = values["occupied"][number]
        if seen.watched is not None:
            occupied = occupied * (seen.watched > 0)
        cells = Cells(
            occupied, values["u"][number] * scale, values["v"][number] * scale,
            values["doubt"][number] * scale, kinds[number], _activity(seen, background, number),
        )  # fmt: skip
        pictures.append(find_blobs(cells, difference))
    found = watch(state, pictures, [at_s[number] for number in due], seen.hour, frozen=frozen)
    return Followed(found, due, _spread(found.strongest, due, seen.fresh))


def _intervals(seen: Seen) -> Floats:
    """Give how long before each new picture the one before it came."""
    times = np.array(seen.at_s)
    before = times[seen.which[:, 1]]
    steps = np.where(seen.have[:, 1] > 0, times[-seen.fresh :] - before, 1.0)
    return np.asarray(np.maximum(steps, 1e-3), np.float32)


def _differ(seen: Seen, background: Background, place: int) -> Floats:
    return np.asarray(
        seen.frames[place] - background.picture - np.float32(seen.light[place]), np.float32
    )


def _activity(seen: Seen, background: Background, number: int) -> Floats | None:
    """Give what has changed lately; None where nothing came before."""
    place = len(seen.frames) - seen.fresh + number
    first = place - int(seen.have[number].sum() > 1) * 8
    earlier = [
        other
        for other in range(max(0, first), place)
        if seen.at_s[place] - seen.at_s[other] >= ACTIVE_S
    ]
    if not seen.have[number, 1]:
        return None
    before = earlier[-1] if earlier else place - 1
    return find_activity(_differ(seen, background, place), _differ(seen, background, before))


def _spread(strongest: Floats, due: list[int], pictures: int) -> Floats:
    """Give every picture the values of the last one that was followed."""
    if not due:
        return np.zeros((pictures, KINDS), np.float32)
    places = np.searchsorted(due, np.arange(pictures), "right") - 1
    return np.asarray(strongest[np.maximum(places, 0)], np.float32)
