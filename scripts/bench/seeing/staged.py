"""Staged incidents of the demo, judged live on cameras that have watched ordinary footage."""

from collections.abc import Iterable, Iterator, Sequence

import attrs

from anomaly.features import MotionGraph
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.rates import highest_mean
from scripts.bench.seeing.watching import Judged, Watcher
from scripts.demo.renderer.scene import PREPARED, Kind
from seda.messages import Band
from testing.films.rendered import BY_NAME, Film, StagedFilm, Studio, plan_staged

RATE_PER_S = 5.0
YOUNG_S = 900.0
"""The youngest camera that incidents are shown to."""
SOON_S = 10.0
LATE_S = 1.0
"""A chunk that holds the end of an incident is about it."""


@attrs.frozen
class Outcome:
    """What became of one incident."""

    scene: str
    kind: Kind
    threat: float
    """The highest while it was to be seen."""
    is_found: bool
    is_found_soon: bool
    words: str


@attrs.frozen
class Session:
    """One camera's ordinary footage and the incidents after it."""

    ordinary: tuple[Judged, ...]
    hours: float
    outcomes: tuple[Outcome, ...]


def run(options: Options) -> dict[str, Figure]:
    """Return what is found of the incidents, and how calm ordinary footage was meanwhile."""
    sessions = list(watch_all(options, plan_staged(options.count)))
    outcomes = [one for session in sessions for one in session.outcomes]
    hours = sum(session.hours for session in sessions)
    chunks = [one for session in sessions for one in session.ordinary]
    found: dict[str, Figure] = {
        "demo_incidents": Figure(len(outcomes), ""),
        "demo_third_band_share": Figure(_share(one.is_found for one in outcomes), ""),
        "demo_third_band_within_10_s_share": Figure(_share(o.is_found_soon for o in outcomes), ""),
        "demo_ordinary_hours": Figure(hours, "h"),
        **ordinary_figures("demo", chunks, hours),
    }
    for scene in BY_NAME:
        some = [one.is_found for one in outcomes if one.scene == scene]
        found |= {f"demo_scene_{scene}_share": Figure(_share(some), "")} if some else {}
    for kind in sorted({one.kind for one in outcomes}):
        some = [one.is_found for one in outcomes if one.kind == kind]
        found[f"demo_kind_{kind}_share"] = Figure(_share(some), "")
    return found


def ordinary_figures(name: str, chunks: Sequence[Judged], hours: float) -> dict[str, Figure]:
    """Return the ordinary chunks an hour in each band or higher, the top one with its bound."""
    figures = {
        f"{name}_ordinary_{band.value}_per_h": Figure(
            sum(one.is_at_least(band) for one in chunks) / hours, "1/h"
        )
        for band in (Band.NOTICEABLE, Band.UNUSUAL, Band.ALARMING)
    }
    loud = sum(one.is_at_least(Band.ALARMING) for one in chunks)
    bound = Figure(highest_mean(loud) / hours, "1/h")
    return figures | {f"{name}_ordinary_alarming_per_h_at_most": bound}


def watch_all(
    options: Options, plan: Iterable[tuple[str, Kind, int]], rate_per_s: float = RATE_PER_S
) -> Iterator[Session]:
    """Show every scene's ordinary film to a camera of its own, then each incident to a copy."""
    films: dict[tuple[str, bool], list[tuple[Kind, int]]] = {}
    for scene, kind, number in plan:
        films.setdefault((scene, kind in PREPARED), []).append((kind, number))
    graph = MotionGraph()
    for (scene, _), incidents in films.items():
        studio = Studio(scene, options.films)
        yield watch_scene(studio, options, incidents, graph, rate_per_s)


def watch_scene(
    studio: Studio,
    options: Options,
    incidents: Sequence[tuple[Kind, int]],
    graph: MotionGraph,
    rate_per_s: float,
) -> Session:
    """Watch one film; of its incidents every second meets a camera of the youngest age."""
    length_s = 60 * options.minutes
    young_s = min(YOUNG_S, length_s)
    has_thing = incidents[0][0] in PREPARED
    film = studio.ordinary(options.seed, length_s, rate_per_s, has_thing=has_thing)
    watcher, is_early = Watcher(graph), film.at_s < young_s
    ordinary = watcher.watch(Film(film.pictures[is_early], film.at_s[is_early]))
    young = watcher.copied()
    if not is_early.all():
        ordinary += watcher.watch(Film(film.pictures[~is_early], film.at_s[~is_early]))
    outcomes = []
    for kind, number in incidents:
        camera, after_s = (watcher, length_s) if number % 2 else (young, young_s)
        staged = studio.staged(options.seed, after_s, rate_per_s, kind, number)
        outcomes.append(show(staged, camera.copied()))
        progress(
            f"seeing: {studio.scene} {kind} {number}: {outcomes[-1].threat:.2f},"
            f" {outcomes[-1].words}"
        )
    return Session(tuple(ordinary), length_s / 3600, tuple(outcomes))


def show(staged: StagedFilm, camera: Watcher) -> Outcome:
    """Show an incident and say what became of it."""
    return conclude(staged, camera.watch(staged.film))


def conclude(staged: StagedFilm, chunks: Sequence[Judged]) -> Outcome:
    """Look at the chunks whose chosen picture is from the incident's time."""
    about = [one for one in chunks if staged.start_s <= one.chosen_s <= staged.end_s + LATE_S]
    found = [one for one in about if one.is_at_least(Band.UNUSUAL)]
    best = max(about, key=lambda one: one.threat, default=None)
    return Outcome(
        staged.scene, staged.kind, best.threat if best else 0.0, bool(found),
        any(one.chosen_s <= staged.start_s + SOON_S for one in found), best.words if best else "",
    )  # fmt: skip


def _share(flags: Iterable[bool]) -> float:
    known = list(flags)
    return sum(known) / len(known)
