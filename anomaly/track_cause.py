"""What a track tells of a moving thing that its cells do not: that it goes down, or is fast. Pure.

A track is believed only where it is the strongest of its kind in the picture, is rare by its own
history, and is at the place that the words are about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from anomaly.movement import STREAMS
from anomaly.pictures import CELL_PX
from anomaly.streams import tails_of
from anomaly.tracks import Fact, Kind, describe
from anomaly.types import Cause

if TYPE_CHECKING:
    from anomaly.judgement import Findings
    from anomaly.memory import CameraMemory

_RARE = 3.0  # nats: one picture in twenty
_SHRINKS = 0.75  # of the height about a second ago; who only bends keeps more
_FAST = 1.3  # times the usual speed
_EDGE_PX = CELL_PX  # who is cut off by an edge of the picture only seems to shrink
_KINDS = {"motion": Kind.MOTION, "posture": Kind.POSTURE}


@attrs.frozen
class TrackCause:
    """What a track tells, in words."""

    cause: Cause
    words: str
    comes_first: bool  # before what the cells tell


def find_track_cause(
    findings: Findings, at: tuple[int, int, int], memory: CameraMemory
) -> TrackCause | None:
    """Give what the strongest kind of a picture's tracks says of a place, where it is sure."""
    picture, row, column = at
    tails = {name: _tail(findings, picture, name, memory) for name in _KINDS}
    name = max(tails, key=lambda one: STREAMS[one].weight * tails[one])
    place = findings.followed.row(picture, _KINDS[name])
    if tails[name] < _RARE or place < 0 or memory.tracks is None:
        return None
    fact = describe(memory.tracks, findings.followed.sightings, place)
    if not _is_at(fact, row, column):
        return None
    return _tell_fall(fact, findings.newest.shape[0]) if name == "posture" else _tell_speed(fact)


def _tail(findings: Findings, picture: int, name: str, memory: CameraMemory) -> float:
    value = findings.streams.tracked[picture : picture + 1, _KINDS[name]]
    return float(tails_of(memory.streams[name], value)[0])


def _is_at(fact: Fact, row: int, column: int) -> bool:
    left, top, right, bottom = fact.corners_px
    x, y = (column + 0.5) * CELL_PX, (row + 0.5) * CELL_PX
    return left - CELL_PX <= x <= right + CELL_PX and top - CELL_PX <= y <= bottom + CELL_PX


def _tell_fall(fact: Fact, height_px: int) -> TrackCause | None:
    """Tell that somebody's head comes down; whom something hides from below loses the feet."""
    _, top, _, bottom = fact.corners_px
    is_whole = top > _EDGE_PX and bottom < height_px - _EDGE_PX
    goes_down = fact.towards is not None and fact.towards[1] > 0
    if fact.shrinks is None or fact.shrinks >= _SHRINKS or not is_whole or not goes_down:
        return None
    words = f"somebody or something goes down: its height shrank to {100 * fact.shrinks:.0f} %"
    return TrackCause(Cause.MOVEMENT, words, comes_first=True)


def _tell_speed(fact: Fact) -> TrackCause | None:
    if fact.speed is None or fact.usual_speed <= 0 or fact.speed < _FAST * fact.usual_speed:
        return None
    times = fact.speed / fact.usual_speed
    words = f"{times:.1f} times as fast for its height as is usual here"
    return TrackCause(Cause.SPEED, words, comes_first=False)
