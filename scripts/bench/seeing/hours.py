"""What a camera learns by watching: recall at equal false events after a minute, 15 and hours.

At ten moments of one long film there is a camera of each age, which began to watch that long
before. All of them are shown the same: two minutes of ordinary footage, and the incidents that
continue the film there. Each age has the threshold at which the ordinary footage of all scenes
gives it the same number of false events; what an age gained over the first minute has an interval
over incidents and stretches drawn anew, the same ones for both ages (`anomaly.evaluation`).

Films have one picture a second, at which 20 ms a picture buy hours; the network sees little at that
rate, so shares are lower than those of `demo`. By default the oldest camera is two hours old: 16
hours of film in all, 4 GB. With `--hours 24` it is a day old: 170 hours, 600 000 pictures, which
take 3.5 hours to render on a quiet core, 40 GB, and an hour to watch. *Oldest* is the oldest age of
a run.
"""

from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from anomaly.evaluation.bootstrap import Measured, intervals
from anomaly.evaluation.events import Footage, allowed_in, find_peaks, threshold_for
from anomaly.features import MotionGraph
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.staged import show
from scripts.bench.seeing.watching import Judged, Watcher
from scripts.demo.renderer.scene import Kind
from testing.films.rendered import BY_NAME, Roll, StagedFilm, Studio, plan_staged

AGES_S = {"1_min": 60.0, "15_min": 900.0, "2_h": 7200.0, "24_h": 86400.0}
RATE_PER_S = 1.0
MOMENTS, STRETCH_S = 10, 120.0
FALSE_PER_H = 3.0
"""So many that no single event decides on a threshold."""
SHORT_S = 900.0
"""Up to this age a camera begins anew for every moment; an older one goes on."""


@attrs.frozen
class Said:
    """What the cameras of one age said, in the same order for every age."""

    peaks: tuple[Sequence[float], ...]
    """Threats of what stands out in each stretch of ordinary footage."""
    threats: tuple[float, ...]
    """The highest of each incident."""

    def __add__(self, other: "Said") -> "Said":
        """Return what was said on two scenes."""
        return Said(self.peaks + other.peaks, self.threats + other.threats)


def run(options: Options) -> dict[str, Figure]:
    """Return the recall of every age, and what it gained over the first minute."""
    ages_s = {name: age_s for name, age_s in AGES_S.items() if age_s <= 3600 * options.hours}
    said = {name: Said((), ()) for name in ages_s}
    planned, graph = list(plan_staged(options.count)), MotionGraph()
    for scene in BY_NAME:
        incidents = [(kind, number) for where, kind, number in planned if where == scene]
        place = Place(Studio(scene, options.films), options.seed, max(ages_s.values()), incidents)
        for name, age_s in ages_s.items():
            progress(f"seeing: hours, {scene}, cameras of {name.replace('_', ' ')}")
            said[name] += place.ask(age_s, graph)
    return figures_of(said)


@attrs.frozen
class Place:
    """One scene's film and where its incidents continue it."""

    studio: Studio
    seed: int
    first_s: float
    """Of its moments."""
    incidents: Sequence[tuple[Kind, int]]

    def ask(self, age_s: float, graph: MotionGraph) -> Said:
        """Show cameras of one age every stretch and every incident."""
        peaks, threats = [], []
        for moment, camera in enumerate(self._cameras(age_s, graph)):
            start_s = self._moment_s(moment)
            stretch = self._watch(camera.copied(), start_s, start_s + STRETCH_S)
            peaks.append(peaks_of(stretch))
            outcomes = [show(one, camera.copied()) for one in self._staged_at(moment)]
            # As exact as the peaks are: young cameras often give the highest that they can.
            threats += [float(np.float32(one.threat)) for one in outcomes]
        return Said(tuple(peaks), tuple(threats))

    def _cameras(self, age_s: float, graph: MotionGraph) -> Iterator[Watcher]:
        """Return a camera of this age, or somewhat older, at every moment."""
        camera, watched_s = Watcher(graph), self.first_s - age_s
        for moment in range(MOMENTS):
            now_s = self._moment_s(moment)
            if age_s <= SHORT_S:
                camera, watched_s = Watcher(graph), now_s - age_s
            self._watch(camera, watched_s, now_s)
            watched_s = now_s
            yield camera

    def _watch(self, camera: Watcher, start_s: float, end_s: float) -> list[Judged]:
        minutes = self.studio.minutes(Roll(self.seed, RATE_PER_S), start_s, end_s)
        return [one for film in minutes for one in camera.watch(film)]

    def _staged_at(self, moment: int) -> Iterator[StagedFilm]:
        for kind, number in self.incidents[moment::MOMENTS]:
            at_s = self._moment_s(moment)
            yield self.studio.staged(self.seed, at_s, RATE_PER_S, kind, number)

    def _moment_s(self, moment: int) -> float:
        return self.first_s + STRETCH_S * moment


def peaks_of(chunks: Sequence[Judged]) -> list[float]:
    """Return the threats of what stands out in one stretch."""
    threats = np.array([one.threat for one in chunks], np.float32)
    at_s = np.array([one.chosen_s for one in chunks])
    is_event = np.zeros(len(chunks), np.bool_)
    return find_peaks(Footage(threats, at_s, is_event, ~is_event))


def figures_of(said: dict[str, Said]) -> dict[str, Figure]:
    """Return the figures of all ages, the youngest first."""
    first, *older = said
    incidents, stretches = len(said[first].threats), len(said[first].peaks)

    def measure(some: Sequence[int], others: Sequence[int]) -> Measured:
        shares = {name: found_share(one, some, others) for name, one in said.items()}
        gained = {f"{name}_gained": shares[name] - shares[first] for name in older}
        return {f"{name}_share": share for name, share in shares.items()} | gained

    whole = measure(range(incidents), range(stretches))
    figures = {
        "hours_incidents": Figure(incidents, ""),
        "hours_ordinary_hours": Figure(stretches * STRETCH_S / 3600, "h"),
        **{f"hours_{name}": Figure(value, "") for name, value in whole.items()},
    }
    for name, (low, high) in intervals(measure, incidents, stretches).items():
        figures |= {f"hours_{name}_low": Figure(low, ""), f"hours_{name}_high": Figure(high, "")}
    if older:
        figures["hours_oldest_gained_low"] = figures[f"hours_{older[-1]}_gained_low"]
    return figures


def found_share(said: Said, incidents: Sequence[int], stretches: Sequence[int]) -> float:
    """Return the share of incidents above the threshold that these stretches allow."""
    allowed = allowed_in(FALSE_PER_H, len(stretches) * STRETCH_S)
    peaks = [peak for number in stretches for peak in said.peaks[number]]
    threshold = threshold_for(peaks, allowed)
    return sum(said.threats[number] > threshold for number in incidents) / len(incidents)
