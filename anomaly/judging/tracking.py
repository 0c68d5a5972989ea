"""Hands a chunk's pictures and maps to the tracks, and gives their evidence picture by picture."""

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.appearance.crops import MOST_THINGS, difference_of
from anomaly.memory import CameraMemory
from anomaly.seeing.background import Background
from anomaly.seeing.pictures import CELL_PX
from anomaly.seeing.seen import Looker, Seen
from anomaly.tracks import (
    ACTIVE_S,
    KINDS,
    STATE_KINDS,
    Blobs,
    Cells,
    Kind,
    Sightings,
    TrackState,
    due_pictures,
    find_activity,
    find_all_blobs,
    start_state,
    thin,
    watch,
)
from anomaly.tracks.measures import corners
from anomaly.types import Floats

Flags = NDArray[np.bool_]


_LOOKED_EVERY_S = 0.95  # about once a second
PLACE_KINDS = [*STATE_KINDS, Kind.HOUR]


@attrs.frozen
class Followed:
    """The tracks of a chunk; values are by picture and kind."""

    sightings: Sightings
    due: list[int]  # the pictures that were followed
    values: Floats  # surprise of the strongest track, what was not followed as before it

    def row(self, picture: int, kind: int) -> int:
        """Return the sighting behind a value; -1 where there is none."""
        place = int(np.searchsorted(self.due, picture, "right")) - 1
        return int(self.sightings.telling[place, kind]) if place >= 0 else -1

    def cells(self, picture: int, kind: int, shape: tuple[int, int]) -> Flags:
        """Mark the cells of the track behind a value."""
        marked = np.zeros(shape, bool)
        row = self.row(picture, kind)
        if row >= 0:
            left, top, right, bottom = corners(self.sightings.seen.box[row : row + 1])[0] / CELL_PX
            down = slice(max(0, int(top)), max(1, int(np.ceil(bottom))))
            marked[down, max(0, int(left)) : max(1, int(np.ceil(right)))] = True
        return marked

    def oddest_place(self, picture: int) -> int:
        """Say which kind of evidence of places is the strongest in a picture."""
        return max(PLACE_KINDS, key=lambda one: float(self.values[picture, one]))

    def average(self, cells: Floats, kinds: Iterable[int]) -> Floats:
        """Return the mean of a map over the track behind each value, one where there is none."""
        found = np.ones(self.values.shape, np.float32)
        shape = (cells.shape[-2], cells.shape[-1])
        for picture in range(len(found)):
            of_picture = cells if cells.ndim == 2 else cells[picture]
            for kind in kinds:
                marked = self.cells(picture, kind, shape)
                if marked.any():
                    found[picture, kind] = of_picture[marked].mean()
        return found


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
    blobs = find_all_blobs(*_look_at(seen, values, kinds, background, due))
    if seen.look is not None:
        blobs = _look_closely(seen, seen.look, state, background, due, blobs)
    found = watch(state, blobs, [at_s[number] for number in due], seen.hour, frozen=frozen)
    return Followed(found, due, _spread(found.strongest, due, seen.fresh))


def _look_closely(
    seen: Seen,
    look: Looker,
    state: TrackState,
    background: Background,
    due: list[int],
    blobs: list[Blobs],
) -> list[Blobs]:
    """Ask once in a while what the largest things of a picture look like."""
    first, looked = len(seen.frames) - seen.fresh, list(blobs)
    for place, number in enumerate(due):
        at_s = seen.at_s[first + number]
        if 0 <= at_s - state.tracks.looked_s < _LOOKED_EVERY_S or not len(blobs[place]):
            continue
        state.tracks.looked_s = at_s
        one = blobs[place]
        rows = np.argsort(-one.cells, kind="stable")[:MOST_THINGS]
        frame, light = seen.frames[first + number], float(seen.light[first + number])
        difference = difference_of(frame, background.picture, light)
        looks = one.looks.copy()
        looks[rows] = look(number, difference, one.boxes[rows])
        looked[place] = attrs.evolve(one, looks=looks)
    return looked


def _look_at(
    seen: Seen, values: dict[str, Floats], kinds: Floats, background: Background, due: list[int]
) -> tuple[Cells, Floats]:
    """Return the maps of the pictures that are followed, and what differs in them."""
    scale = (1 / _intervals(seen)[due])[:, None, None]
    occupied = values["occupied"][due]
    if seen.watched is not None:
        occupied = occupied * (seen.watched > 0)
    u, v, doubt = (
        np.asarray(values[name][due] * scale, np.float32) for name in ("u", "v", "doubt")
    )
    places = [len(seen.frames) - seen.fresh + number for number in due]
    before = [_place_before(seen, place) for place in places]
    differ, differed = _differ(seen, background, places), _differ(seen, background, before)
    activity = find_activity(differ, differed)
    activity[seen.have[due, 1] == 0] = np.inf  # where nothing came before, all is new
    return Cells(occupied, u, v, doubt, kinds[due], activity), differ


def _intervals(seen: Seen) -> Floats:
    """Return how long before each new picture the one before it came."""
    times = np.array(seen.at_s)
    before = times[seen.which[:, 1]]
    steps = np.where(seen.have[:, 1] > 0, times[-seen.fresh :] - before, 1.0)
    return np.asarray(np.maximum(steps, 1e-3), np.float32)


def _differ(seen: Seen, background: Background, places: list[int]) -> Floats:
    """Return what differs from the background, light left aside."""
    differ = thin(seen.frames[places]).astype(np.float32)
    differ -= thin(background.picture)
    differ -= seen.light[places][:, None, None].astype(np.float32)
    return differ


def _place_before(seen: Seen, place: int) -> int:
    """Find the picture that one is compared with: the last one that is long enough before it."""
    number = place - len(seen.frames) + seen.fresh
    first = place - int(seen.have[number].sum() > 1) * 8
    earlier = [
        other
        for other in range(max(0, first), place)
        if seen.at_s[place] - seen.at_s[other] >= ACTIVE_S
    ]
    return earlier[-1] if earlier else max(0, place - 1)


def _spread(strongest: Floats, due: list[int], pictures: int) -> Floats:
    """Return for every picture the values of the last one that was followed."""
    if not due:
        return np.zeros((pictures, KINDS), np.float32)
    places = np.searchsorted(due, np.arange(pictures), "right") - 1
    return np.asarray(strongest[np.maximum(places, 0)], np.float32)
