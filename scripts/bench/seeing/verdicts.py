"""What verdicts are worth: alarms and recall after 0, 10, 50 and 200 of them on each camera.

A shift (`shift`) decides what each camera said of the first half of its film and of the incidents
of odd numbers; its copies are measured by the second half and by the incidents of even numbers
(`taught`). An alarm is a frame of ordinary footage in the band that people are asked about, an
incident is found when it is in that band; the third band is told beside it.

*Hostile*: one person clears five hundred times, once the frames of one kind of incident alone, once
whatever there is. The larger loss of both counts.

What twenty minutes can show: ten of them ask about few frames (`..._asked_a_camera`), so most of 50
and of 200 verdicts are on frames that are shown in turn, and among those that were asked for
incidents are far more frequent than in earnest. Only `--minutes 800`, which takes hours to render,
would have two hundred of them asked for. Half of `--count` teaches.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from anomaly.bands import border_of
from anomaly.features import MotionGraph
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.shift import ASKED
from scripts.bench.seeing.staged import Outcome
from scripts.bench.seeing.taught import Pair, Taught, film_scene, work_shift
from seda.messages import Band
from testing.films.rendered import BY_NAME, Studio, plan_staged

COUNTS = (10, 50, 200)
"""Verdicts on each camera; 0 comes by itself."""
BANDS = {"": ASKED, "third_band_": Band.UNUSUAL}
"""By what figures of a band are called."""


def run(options: Options) -> dict[str, Figure]:
    """Return alarms and recall by number of verdicts, and what a hostile person can hide."""
    planned, graph = list(plan_staged(options.count)), MotionGraph()
    taught = []
    for scene in BY_NAME:
        incidents = [(kind, number) for where, kind, number in planned if where == scene]
        footage = film_scene(Studio(scene, options.films), options, incidents)
        rng = np.random.default_rng([options.seed, *scene.encode()])
        taught.append(work_shift(footage, COUNTS, graph, rng))
        progress(f"seeing: verdicts, {scene}: {_describe(taught[-1])}")
    return figures_of(taught)


def figures_of(taught: Sequence[Taught]) -> dict[str, Figure]:
    """Return the figures of all cameras together."""
    figures = {
        "verdicts_incidents": Figure(len(_outcomes(taught, 0)), ""),
        "verdicts_ordinary_hours": Figure(sum(one.late_s for one in taught) / 3600, "h"),
    }
    for count in COUNTS:
        figures |= _given(taught, count)
    for prefix, band in BANDS.items():
        figures |= _by_count(f"verdicts_{prefix}", taught, band)
        figures |= _hidden(f"verdicts_{prefix}hostile", taught, band)
    return figures


def recall(outcomes: Sequence[Outcome], band: Band) -> float:
    """Return the share of incidents that reach a band."""
    return sum(one.threat >= border_of(band) for one in outcomes) / len(outcomes)


def count_alarms(taught: Sequence[Taught], count: int, band: Band) -> int:
    """Count the frames of ordinary footage that were in a band after so many verdicts."""
    chunks = itertools.chain(*(one.by_count[count].ordinary for one in taught))
    return sum(chunk.is_at_least(band) for chunk in chunks)


def _given(taught: Sequence[Taught], count: int) -> dict[str, Figure]:
    """Return how many verdicts a camera had on average, and how many of them were asked for."""
    given = [min(count, len(one.shift.verdicts)) for one in taught]
    asked = [min(count, one.shift.asked) for one in taught]
    return {
        f"verdicts_{count}_given_a_camera": Figure(sum(given) / len(taught), ""),
        f"verdicts_{count}_asked_a_camera": Figure(sum(asked) / len(taught), ""),
    }


def _by_count(prefix: str, taught: Sequence[Taught], band: Band) -> dict[str, Figure]:
    """Return alarms and recall by number of verdicts, and against those without any."""
    figures, per_incident = {}, {}
    shares = {count: recall(_outcomes(taught, count), band) for count in (0, *COUNTS)}
    for count, share in shares.items():
        alarms, found = count_alarms(taught, count, band), share * len(_outcomes(taught, count))
        figures[f"{prefix}{count}_alarms"] = Figure(alarms, "frames")
        figures[f"{prefix}{count}_recall"] = Figure(share, "")
        if found:
            per_incident[count] = alarms / found
            figures[f"{prefix}{count}_alarms_per_incident"] = Figure(alarms / found, "frames")
    if per_incident.get(0):  # what there is none of cannot be halved
        for count in [known for known in COUNTS if known in per_incident]:
            times = per_incident[count] / per_incident[0]
            figures[f"{prefix}{count}_against_none"] = Figure(times, "times")
    lost = shares[0] - min(shares[count] for count in COUNTS)
    return figures | {f"{prefix}recall_lost": Figure(lost, "")}


def _hidden(prefix: str, taught: Sequence[Taught], band: Band) -> dict[str, Figure]:
    """Return the recall that one person's clearing costs."""
    attacks = {
        "kind": [pair for one in taught for pair in one.kind_cleared],
        "all": [pair for one in taught for pair in one.all_cleared],
    }
    losses = {name: recall_lost(pairs, band) for name, pairs in attacks.items() if pairs}
    figures = {f"{prefix}_{name}_recall_lost": Figure(lost, "") for name, lost in losses.items()}
    return figures | {f"{prefix}_recall_lost": Figure(max(losses.values()), "")}


def recall_lost(pairs: Sequence[Pair], band: Band) -> float:
    """Return how much of the recall is lost from before to after."""
    return recall([it.before for it in pairs], band) - recall([it.after for it in pairs], band)


def _outcomes(taught: Sequence[Taught], count: int) -> list[Outcome]:
    return [outcome for one in taught for outcome in one.by_count[count].outcomes]


def _describe(one: Taught) -> str:
    said = [
        f"after {count} verdicts {count_alarms([one], count, ASKED)} alarms and"
        f" {recall(outcomes, ASKED):.2f} of {len(outcomes)} incidents"
        for count in (0, *COUNTS)
        if (outcomes := _outcomes([one], count))
    ]
    return "; ".join(said)
