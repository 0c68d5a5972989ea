"""What goes into the detector and what comes out: plain frozen data, no behaviour."""

import enum

import attrs
import numpy as np
from numpy.typing import NDArray

from seda.messages import Band, Box, Mark

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Cause(enum.StrEnum):
    """What made a frame stand out."""

    NOTHING = "nothing"
    MOVEMENT = "movement"
    SPEED = "speed"
    DIRECTION = "direction"
    PLACE = "place"
    SIZE = "size"
    KIND = "kind"
    STAYS = "stays"
    MISSING = "missing"
    OVERALL = "overall"
    LIGHT = "light"
    RULE = "rule"


@attrs.frozen
class Picture:
    """One picture: a JPEG, or the small grey one that the transcoder already made."""

    at_s: float  # wall time of capture
    content: bytes | Bytes
    whole: memoryview | None = None  # the JPEG as people see it, where the content is the small one


@attrs.frozen
class Batch:
    """The pictures of one chunk of one camera, oldest first."""

    camera: str
    epoch: int  # of the camera's connection; a later connection has a higher one
    sequence: int  # of the chunk within its epoch
    pictures: tuple[Picture, ...]
    arrived_s: float | None = None  # by this machine's monotonic clock; None: footage of any speed


MOST_BOXES = 5  # that a frame is shown with


@attrs.frozen
class Evidence:
    """Why a frame got its score."""

    cause: Cause
    words: str
    heat: Bytes  # one byte a cell, row by row as in the picture
    boxes: tuple[Box, ...]
    usual_view: Bytes  # the camera's background, grey
    mark: Mark


@attrs.frozen
class ScoredFrame:
    """The one frame that speaks for its chunk."""

    camera: str
    epoch: int
    sequence: int
    index: int  # of the chosen picture in its batch
    at_s: float
    raw: float  # nats of evidence, before calibration; comparable within one camera only
    course: tuple[float, ...]  # the same by judged picture, oldest first
    threats: tuple[float, ...]  # threat by judged picture
    threat: float  # 0..1; equally rare on every camera
    band: Band
    is_learning: bool
    evidence: Evidence
    problems: tuple[str, ...] = ()  # what could not be used, for people
    objects_problem: str = ""  # why the object detector said nothing
    breaks_rule: bool = False  # a rule of its camera names it, whatever its threat


@attrs.frozen
class Unscored:
    """A chunk that could not be judged; never to be shown as nothing there."""

    camera: str
    epoch: int
    sequence: int
    reason: str
