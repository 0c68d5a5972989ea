"""What a track tells of a moving thing that its cells do not.  Pure.

That it goes down, lies low, or is fast for its height.

A track is believed only where it is the strongest of its kind in the picture, that kind is rare by
its own history, and the track is at the place that the words are about.
"""

import attrs

from anomaly.judging.findings import Findings
from anomaly.memory import CameraMemory
from anomaly.seeing.pictures import CELL_PX
from anomaly.tracks import Fact, Kind, describe
from anomaly.types import Cause
from anomaly.usual.streams import tails_of

_RARE = 3.0  # nats: one picture in twenty
_SHRINKS = 0.75  # of the height about a second ago; a person who only bends keeps more
_WHOLE = 0.6  # of the height that is usual there; of a lower thing a part may be hidden
_FAST, _TOO_FAST = 1.3, 6.0  # times the usual speed; beyond, it is the camera that moves
# Height over width, and over what is usual there, of people who lie or crawl at most; of walkers at
# least. What is smaller or wider than that may be a part of something, or several.
_LOW, _UPRIGHT, _LOW_PX, _LOW_RATIO = 0.8, 1.3, 10, 3.0
_EDGE_PX = CELL_PX  # a thing cut off by an edge of the picture only seems to shrink
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
    """Return what a picture's tracks say of a place, where it is sure."""
    for name in ("posture", "motion"):  # a fall is told before a speed
        if _tail(findings, at[0], name, memory) < _RARE:
            continue
        fact = _fact_at(findings, at, name, memory)
        told = fact and _tell(fact, name, findings.newest.shape[0])
        if told:
            return told
    return None


def _fact_at(
    findings: Findings, at: tuple[int, int, int], name: str, memory: CameraMemory
) -> Fact | None:
    """Return the strongest track of a kind, if it is at the place."""
    place = findings.followed.row(at[0], _KINDS[name])
    if place < 0 or memory.tracks is None:
        return None
    fact = describe(memory.tracks, findings.followed.sightings, place)
    return fact if _is_at(fact, at[1], at[2]) else None


def _tell(fact: Fact, name: str, height_px: int) -> TrackCause | None:
    if name == "motion":
        return _tell_speed(fact)
    return _tell_fall(fact, height_px) or _tell_low(fact)


def _tail(findings: Findings, picture: int, name: str, memory: CameraMemory) -> float:
    value = findings.streams.tracked[picture : picture + 1, _KINDS[name]]
    return float(tails_of(memory.streams[name], value)[0])


def _is_at(fact: Fact, row: int, column: int) -> bool:
    left, top, right, bottom = fact.corners_px
    x, y = (column + 0.5) * CELL_PX, (row + 0.5) * CELL_PX
    return left - CELL_PX <= x <= right + CELL_PX and top - CELL_PX <= y <= bottom + CELL_PX


def _tell_fall(fact: Fact, height_px: int) -> TrackCause | None:
    """Tell that somebody's head comes down; a person hidden from below loses the feet."""
    _, top, _, bottom = fact.corners_px
    is_whole = top > _EDGE_PX and bottom < height_px - _EDGE_PX
    goes_down = fact.towards is not None and fact.towards[1] > 0
    if fact.shrinks is None or fact.shrinks >= _SHRINKS or not is_whole or not goes_down:
        return None
    words = f"somebody or something goes down: its height shrank to {100 * fact.shrinks:.0f} %"
    return TrackCause(Cause.MOVEMENT, words, comes_first=True)


def _tell_low(fact: Fact) -> TrackCause | None:
    """Tell that something is low and wide where what moves stands upright."""
    left, top, right, bottom = fact.corners_px
    is_shaped = bottom - top >= _LOW_PX and right - left <= _LOW_RATIO * (bottom - top)
    is_low = fact.tall <= _LOW and fact.taller <= _LOW and fact.usual_tall >= _UPRIGHT
    if not is_shaped or not is_low:
        return None
    words = f"something low moves, {1 / fact.tall:.1f} times as wide as high"
    usual = "what moves here is mostly higher than wide"
    return TrackCause(Cause.MOVEMENT, f"{words}: {usual}", comes_first=True)


def _tell_speed(fact: Fact) -> TrackCause | None:
    if fact.speed is None or fact.usual_speed <= 0 or fact.taller < _WHOLE:
        return None
    times = fact.speed / fact.usual_speed
    if not _FAST <= times <= _TOO_FAST:
        return None
    words = f"{times:.1f} times as fast for its height as is usual here"
    return TrackCause(Cause.SPEED, words, comes_first=False)
