"""The kinds of incident that the product is asked for, at a rate of false events one can bear."""

import itertools
from collections.abc import Iterator

from anomaly.evaluation.events import SAME_EVENT_S, threshold_for
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.staged import Session, watch_all
from scripts.demo.renderer.scene import Kind
from testing.films.rendered import BY_NAME, staged_kinds

FALSE_PER_H = 0.5
EACH = 20
"""Incidents of a kind, over the scenes that can stage it."""
ASKED: tuple[Kind, ...] = (
    "fight", "lying_down", "crawling", "loitering", "intruder", "object_left", "thing_taken",
)  # fmt: skip
"""Fight, fall, crawling, loitering, an intruder at night, a bag left, a thing taken."""


def run(options: Options) -> dict[str, Figure]:
    """Return the share found of each kind at one threshold for all cameras."""
    each = max(1, min(EACH, options.count // len(ASKED)))
    sessions = list(watch_all(options, plan(each)))
    threshold, hours = false_threshold(sessions), sum(one.hours for one in sessions)
    outcomes = [one for session in sessions for one in session.outcomes]
    found = [one.threat > threshold for one in outcomes]
    progress(f"seeing: kinds at threat {threshold:.3f}, from {hours:.1f} h of ordinary footage")
    figures = {
        "kinds_incidents": Figure(len(found), ""),
        "kinds_found_share": Figure(sum(found) / len(found), ""),
        "kinds_ordinary_hours": Figure(hours, "h"),
    }
    for kind in ASKED:
        some = [is_found for one, is_found in zip(outcomes, found, strict=True) if one.kind == kind]
        figures |= {f"kinds_{kind}_share": Figure(sum(some) / len(some), "")} if some else {}
    return figures


def plan(each: int) -> Iterator[tuple[str, Kind, int]]:
    """Return so many incidents of every kind, in turn over the scenes that can stage it."""
    for kind in ASKED:
        scenes = [scene for scene in BY_NAME if kind in staged_kinds(scene)]
        turns = ((scene, number) for number in itertools.count() for scene in scenes)
        for scene, number in itertools.islice(turns, each):
            yield scene, kind, number


def false_threshold(sessions: list[Session]) -> float:
    """Return the threat above which ordinary footage of all cameras has so many events an hour."""
    peaks = [peak for session in sessions for peak in _peaks(session)]
    return threshold_for(peaks, int(FALSE_PER_H * sum(one.hours for one in sessions)))


def _peaks(session: Session) -> list[float]:
    """Return the threats of chunks that are the highest of their event."""
    left = sorted(session.ordinary, key=lambda one: -one.threat)
    peaks: list[tuple[float, float]] = []
    for one in left:
        if all(abs(one.chosen_s - at_s) > 2 * SAME_EVENT_S for _, at_s in peaks):
            peaks.append((one.threat, one.chosen_s))
    return [threat for threat, _ in peaks]
