"""The tracks of a chunk as things, picture by picture."""

import math
from collections.abc import Iterator

from anomaly.judging.tracking import Followed
from anomaly.memory import CameraMemory
from anomaly.rules.geometry import Corners
from anomaly.rules.things import Glance, Thing, name_kind
from anomaly.seeing.seen import Seen
from anomaly.tracks.measures import corners
from anomaly.tracks.table import FOOT, Tracks, X
from conf.schema import Point


def glances_at(followed: Followed, seen: Seen, memory: CameraMemory) -> Iterator[Glance]:
    """Return the tracks of a chunk, picture by picture."""
    sightings = followed.sightings
    rows = list(
        zip(
            sightings.picture.tolist(),
            sightings.seen.number.tolist(),
            corners(sightings.seen.box).tolist(),
            sightings.seen.kinds.tolist(),
            strict=True,
        )
    )
    births = {} if memory.tracks is None else _births(memory.tracks.tracks)
    alive = frozenset(births)
    times = seen.at_s[-seen.fresh :]
    height, width = seen.frames.shape[1:]
    for place, picture in enumerate(followed.due):
        at_s = times[picture]
        things = []
        for _, number, box, kinds in (row for row in rows if row[0] == place):
            born_s, began = births.get(number, (-math.inf, None))
            clipped = _clip(box, width, height)
            things.append(
                Thing(
                    number, picture, at_s, clipped, name_kind(kinds, clipped),
                    age_s=at_s - born_s, began=began,
                )
            )  # fmt: skip
        yield Glance(at_s, picture, things, alive)


def _births(tracks: Tracks) -> dict[int, tuple[float, Point]]:
    """Return when every track that goes on began, and the first place that is known of it."""
    births = {}
    for row in tracks.rows.tolist():
        known = int(tracks.known[row])
        place = tracks.past[row, known - 1] if known else tracks.box[row]
        births[int(tracks.number[row])] = (
            float(tracks.born_s[row]),
            (float(place[X]), float(place[FOOT])),
        )
    return births


def _clip(box: list[float], width: int, height: int) -> Corners:
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom)
