"""The tracks of a chunk as things, picture by picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from anomaly.rules.things import Glance, Thing, name_kind
from anomaly.tracks.measures import corners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anomaly.judgement import Seen
    from anomaly.memory import CameraMemory
    from anomaly.rules.geometry import Corners
    from anomaly.tracking import Followed


def glances_at(followed: Followed, seen: Seen, memory: CameraMemory) -> Iterator[Glance]:
    """Give the tracks of a chunk, picture by picture."""
    born_s = _births(memory)
    sightings = followed.sightings
    numbers = sightings.seen.number.tolist()
    boxes = corners(sightings.seen.box).tolist()
    kinds = sightings.seen.kinds.tolist()
    places = sightings.picture.tolist()
    times = seen.at_s[-seen.fresh :]
    height, width = seen.frames.shape[1:]
    start = 0
    for place, picture in enumerate(followed.due):
        end = start + places[start:].count(place)
        things = [
            Thing(
                numbers[row],
                picture,
                times[picture],
                _clip(boxes[row], width, height),
                name_kind(kinds[row]),
                age_s=times[picture] - born_s.get(numbers[row], -math.inf),
            )
            for row in range(start, end)
        ]
        start = end
        yield Glance(times[picture], picture, things)


def _births(memory: CameraMemory) -> dict[int, float]:
    """Give when every track began; of those that ended meanwhile nobody needs to know."""
    if memory.tracks is None:
        return {}
    tracks = memory.tracks.tracks
    return dict(zip(tracks.number.tolist(), tracks.born_s.tolist(), strict=True))


def _clip(box: list[float], width: int, height: int) -> Corners:
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom)
