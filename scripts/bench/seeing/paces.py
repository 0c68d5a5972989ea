"""The same incidents at one to twenty-five pictures a second, each on a camera of that pace."""

import attrs
import numpy as np

from anomaly.features import MotionGraph
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.staged import conclude
from scripts.bench.seeing.watching import Watcher
from scripts.demo.renderer.scene import PREPARED
from testing.films.rendered import Film, StagedFilm, Studio, staged_kinds

FULL_PER_S = 25.0
EVERY = {"1": 25, "2": 12, "5": 5, "12": 2, "25": 1}
"""Of the full rate's pictures, by what is left a second."""
COMPARED = "5"
SCENES = ("walkway", "perimeter")
"""A busy and a calm one: rendering at the full rate is five times as slow."""
AGE_S = 900.0
EACH = 2
"""Incidents of a kind."""


def run(options: Options) -> dict[str, Figure]:
    """Return the share that is found at each pace, and the furthest from five a second."""
    found: dict[str, list[bool]] = {name: [] for name in EVERY}
    graph = MotionGraph()
    age_s = min(AGE_S, 60 * options.minutes)
    for scene in SCENES:
        studio = Studio(scene, options.films)
        film = studio.ordinary(options.seed, age_s, FULL_PER_S)
        staged = [
            studio.staged(options.seed, age_s, FULL_PER_S, kind, number)
            for kind in staged_kinds(scene)
            if kind not in PREPARED
            for number in range(EACH)
        ]
        for name, every in EVERY.items():
            progress(f"seeing: {scene} at {name} pictures a second")
            found[name] += _watch(film, staged, every, graph)
    shares = {name: float(np.mean(flags)) for name, flags in found.items()}
    worst = min(shares.values()) / shares[COMPARED] if shares[COMPARED] else 0.0
    return {
        **{f"paces_{name}_per_s_share": Figure(share, "") for name, share in shares.items()},
        "paces_incidents": Figure(len(found[COMPARED]), ""),
        "paces_worst_against_5_per_s": Figure(worst, "times"),
    }


def _watch(film: Film, staged: list[StagedFilm], every: int, graph: MotionGraph) -> list[bool]:
    watcher = Watcher(graph)
    watcher.watch(film.thinned(every))
    found = []
    for one in staged:
        thin = attrs.evolve(one, film=one.film.thinned(every))
        found.append(conclude(thin, watcher.copied().watch(thin.film)).is_found)
    return found
