"""What a shift came to, from what was staged, scored and shown. Pure.

An incident of the detector is a run of chunks of the third band or higher, as the policy joins
them. It counts from its first score to the first of its frames on the screen.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import attrs

from scripts.bench.report import Figure

LOUD = frozenset({"unusual", "alarming"})
APART_S = 6.5
"""Chunks of two seconds, two of which may be quiet in between."""
SHOWN_WITHIN_S = 10.0
AFTER_S = 1.0
"""So long after its end a staged incident may still be seen."""


@attrs.frozen
class Staged:
    """An incident of the truth file, wall times."""

    camera: str
    start_s: float
    end_s: float


@attrs.frozen
class Score:
    """What the detector said of a chunk, and when that was heard; wall times."""

    camera: str
    captured_s: float
    band: str
    heard_s: float


@attrs.frozen
class Shown:
    """A frame that was on the screen."""

    camera: str
    captured_s: float
    shown_s: float
    kind: str = "work"


@attrs.frozen
class Incident:
    """A run of loud chunks."""

    camera: str
    first_s: float
    """When its first frame was captured."""
    last_s: float
    scored_s: float

    def wait_s(self, shown: Iterable[Shown]) -> float | None:
        """Return how long after its score a frame of it was on the screen; None if none was."""
        times_s = [
            one.shown_s - self.scored_s
            for one in shown
            if one.camera == self.camera
            and self.first_s - 0.1 <= one.captured_s <= self.last_s + 0.1
        ]
        return min(times_s, default=None)


def is_staged(truth: Iterable[Staged], camera: str, captured_s: float) -> bool:
    """Return whether something was staged on a camera when a frame of it was captured."""
    return any(
        one.camera == camera and one.start_s <= captured_s <= one.end_s + AFTER_S for one in truth
    )


def find_incidents(scores: Iterable[Score]) -> list[Incident]:
    """Join loud chunks to incidents."""
    loud: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        if score.band in LOUD:
            loud[score.camera].append(score)
    return [
        Incident(camera, run[0].captured_s, run[-1].captured_s, run[0].heard_s)
        for camera, chunks in loud.items()
        for run in _runs(sorted(chunks, key=lambda one: one.captured_s))
    ]


def _runs(chunks: Sequence[Score]) -> list[list[Score]]:
    runs: list[list[Score]] = []
    for chunk in chunks:
        if runs and chunk.captured_s - runs[-1][-1].captured_s <= APART_S:
            runs[-1].append(chunk)
        else:
            runs.append([chunk])
    return runs


def figures(
    truth: Sequence[Staged],
    scores: Iterable[Score],
    shown: Sequence[Shown],
    wrong_reassurances: int,
    span_s: tuple[float, float],
) -> dict[str, Figure]:
    """Return the figures of a shift; incidents count that could be shown in time before its end."""
    began_s, ended_s = span_s
    without = sum(not is_staged(truth, one.camera, one.captured_s) for one in shown)
    incidents = [
        it for it in find_incidents(scores) if began_s <= it.scored_s <= ended_s - SHOWN_WITHIN_S
    ]
    waits_s = [it.wait_s(shown) for it in incidents]
    in_time = sum(wait_s is not None and wait_s <= SHOWN_WITHIN_S for wait_s in waits_s)
    return {
        "decisions": Figure(len(shown), ""),
        "minutes": Figure((ended_s - began_s) / 60, "min"),
        "samples": Figure(sum(one.kind == "sample" for one in shown), ""),
        "without_incident_share": Figure(without / max(1, len(shown)), ""),
        "incidents": Figure(len(incidents), ""),
        "incidents_never_shown": Figure(waits_s.count(None), ""),
        "incidents_within_10_s_share": Figure(in_time / max(1, len(incidents)), ""),
        "wrong_reassurances": Figure(wrong_reassurances, ""),
    }
