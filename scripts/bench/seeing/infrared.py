"""The evening on which two hundred cameras switch to infrared within a few minutes.

Each camera has watched one of the rendered scenes and sees it by a lamp of its own afterwards. What
is judged is a chunk before the switch and half a minute after it, and all that a camera says in
this time is one item, as one event of a camera is.
"""

from __future__ import annotations

import numpy as np

from anomaly.bands import Band
from anomaly.features import MotionGraph
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.effects import Night
from scripts.bench.seeing.films import BY_NAME, Film, Studio
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.staged import RATE_PER_S
from scripts.bench.seeing.watching import Judged, Watcher

CAMERAS = 200
AFTER_S, BEFORE_S = 30.0, 2.0


def run(options: Options) -> dict[str, Figure]:
    """Give how many of the cameras reach which band at the switch."""
    graph = MotionGraph()
    highest: list[Judged] = []
    for place, scene in enumerate(BY_NAME):
        length_s = 60 * options.minutes
        film = Studio(scene, options.films).ordinary(options.seed, length_s, RATE_PER_S)
        is_last = film.at_s >= length_s - AFTER_S - BEFORE_S
        watcher = Watcher(graph)
        watcher.watch(Film(film.pictures[~is_last], film.at_s[~is_last]))
        last = Film(film.pictures[is_last], film.at_s[is_last])
        for number in range(place, CAMERAS, len(BY_NAME)):
            rng = np.random.default_rng([options.seed, number])
            said = watcher.copied().watch(_switched(last, rng))
            highest.append(max(said, key=lambda one: one.threat))
        progress(f"seeing: infrared, {scene}: {highest[-1].threat:.2f}, {highest[-1].words}")
    loud = {band: sum(one.is_at_least(band) for one in highest) for band in Band}
    return {
        "infrared_cameras": Figure(len(highest), "cameras"),
        "infrared_noticeable": Figure(loud[Band.NOTICEABLE], "cameras"),
        "infrared_unusual": Figure(loud[Band.UNUSUAL], "cameras"),
        "infrared_top_band": Figure(loud[Band.ALARMING], "cameras"),
    }


def _switched(film: Film, rng: np.random.Generator) -> Film:
    night = Night.draw(rng, film.pictures.shape[1:])
    switch_s = film.at_s[0] + BEFORE_S
    shown = [
        night.show(picture, rng) if at_s >= switch_s else picture
        for picture, at_s in zip(film.pictures, film.at_s.tolist(), strict=True)
    ]
    return Film(np.stack(shown), film.at_s)
