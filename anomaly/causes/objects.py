"""Lets an object detector look at the one chosen picture, and weighs what it sees.

Who looks is behind `Look`: today a plug-in in this process, later a stage of its own that feeds
what it saw. Whatever it does, the chunk is scored: one that fails costs its boxes alone.
"""

import attrs

from anomaly.causes.evidence import find_mark
from anomaly.judging.accounts import Judged, account_of, keep_in_top_band, rejudge
from anomaly.judging.findings import Findings
from anomaly.memory import CameraMemory
from anomaly.plugins.boxes import check_boxes
from anomaly.plugins.detector import ObjectDetector
from anomaly.types import Picture
from anomaly.usual.calibration import Bands
from anomaly.usual.objects import NO_OBJECTS, ObjectEvidence, note_objects, weigh_objects
from seda.messages import Box


@attrs.frozen
class Look:
    """Objects seen in the chosen picture; `None` where nobody looked, or the look failed."""

    boxes: tuple[Box, ...] | None = None
    problem: str = ""


def look_at(picture: Picture, detector: ObjectDetector | None, camera: str) -> Look:
    """Let a detector look once."""
    if detector is None:
        return Look()
    try:
        whole = picture.content if picture.whole is None else bytes(picture.whole)
        return Look(check_boxes(detector.find_objects(whole)))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in's failure stays its own
        why = str(error) or type(error).__name__
        return Look(problem=f'camera "{camera}": its object detector failed: {why}')


def weigh_look(
    look: Look, told: Judged, findings: Findings, memory: CameraMemory, bands: Bands
) -> tuple[Judged, ObjectEvidence]:
    """Add to the evidence that speaks for a chunk, or take from it, what was seen."""
    if look.boxes is None:
        return told, NO_OBJECTS
    mark = find_mark(findings, told.chosen, told.stream, memory)
    found = weigh_objects(memory.objects, look.boxes, mark, is_motion=_is_motion(told))
    if told.stream == "overall" or not found.nats:  # how rare those are does not follow from nats
        return told, found
    raw = max(0.0, told.raw + found.nats)
    raw = keep_in_top_band(raw, told.raw, account_of(memory, told.stream), bands)
    return rejudge(told, raw, told.chosen, memory, bands), found


def note_look(
    objects: ObjectEvidence, told: Judged, memory: CameraMemory, duration_s: float
) -> None:
    """Learn what stands where, once it was weighed."""
    if objects.mark is not None:
        is_motion = _is_motion(told)
        note_objects(memory.objects, objects.boxes, objects.mark, duration_s, is_motion=is_motion)


def _is_motion(told: Judged) -> bool:
    return told.stream == "moving" and told.raw > 0
