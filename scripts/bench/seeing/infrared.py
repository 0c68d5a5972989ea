"""The evening on which two hundred cameras switch to infrared within two minutes.

Each camera has watched one of the rendered scenes and sees it by a lamp of its own afterwards. What
is judged is a chunk before the switch and half a minute after it. All that the cameras say then
goes to the shipped assignment policy, with people who take whatever there is at once: what is
counted is what they are asked about (`evening`).
"""

import numpy as np

from anomaly.features import MotionGraph
from anomaly.types import Cause
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.evening import Said, ask_people
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.staged import RATE_PER_S
from scripts.bench.seeing.watching import Judged, Watcher
from seda.messages import Band
from testing.films.effects import Night
from testing.films.rendered import BY_NAME, Film, Studio

CAMERAS = 200
AFTER_S, BEFORE_S = 30.0, 2.0
SPREAD_S = 120.0
"""From the first camera that switches to the last."""


def run(options: Options) -> dict[str, Figure]:
    """Return how many cameras say what at the switch, and how many items people are asked about."""
    said = [_after_switch(chunks) for chunks in _watch_all(options)]
    rng = np.random.default_rng([options.seed, CAMERAS])
    switch_s = np.sort(rng.uniform(0, SPREAD_S, len(said))).tolist()
    items = ask_people(list(zip(switch_s, said, strict=True)))
    highest = [max(chunks, key=lambda one: one.threat) for chunks in said]
    loud = {band: sum(one.is_at_least(band) for one in highest) for band in Band}
    is_light = [any(one.cause is Cause.LIGHT for one in chunks) for chunks in said]
    about_switch = [it for it in items if it.is_common]
    return {
        "infrared_cameras": Figure(len(said), "cameras"),
        "infrared_noticeable": Figure(loud[Band.NOTICEABLE], "cameras"),
        "infrared_unusual": Figure(loud[Band.UNUSUAL], "cameras"),
        "infrared_alarming": Figure(loud[Band.ALARMING], "cameras"),
        "infrared_called_light": Figure(sum(is_light), "cameras"),
        "infrared_items": Figure(len(items), ""),
        "infrared_items_of_the_switch": Figure(len(about_switch), ""),
        "infrared_items_of_one_camera": Figure(sum(it.cameras == 1 for it in items), ""),
        "infrared_largest_item": Figure(max((it.cameras for it in items), default=0), "cameras"),
        "infrared_top_band": Figure(sum(it.band is Band.ALARMING for it in items), "items"),
    }


def _watch_all(options: Options) -> list[list[Judged]]:
    """Show every camera its evening."""
    graph = MotionGraph()
    said: list[list[Judged]] = []
    for place, scene in enumerate(BY_NAME):
        length_s = 60 * options.minutes
        film = Studio(scene, options.films).ordinary(options.seed, length_s, RATE_PER_S)
        is_last = film.at_s >= length_s - AFTER_S - BEFORE_S
        watcher = Watcher(graph)
        watcher.watch(Film(film.pictures[~is_last], film.at_s[~is_last]))
        last = Film(film.pictures[is_last], film.at_s[is_last])
        for number in range(place, CAMERAS, len(BY_NAME)):
            rng = np.random.default_rng([options.seed, number])
            said.append(watcher.copied().watch(_switched(last, rng)))
        highest = max(said[-1], key=lambda one: one.threat)
        progress(f"seeing: infrared, {scene}: {highest.threat:.2f}, {highest.words}")
    return said


def _after_switch(chunks: list[Judged]) -> list[Said]:
    """Return what is said from the switch on, in seconds after it."""
    switch_s = chunks[0].start_s + BEFORE_S
    return [
        Said(one.end_s - switch_s, one.threat, one.band, one.cause)
        for one in chunks
        if one.end_s > switch_s
    ]


def _switched(film: Film, rng: np.random.Generator) -> Film:
    small = film.small()
    night = Night.draw(rng, small.shape[1:])
    switch_s = film.at_s[0] + BEFORE_S
    shown = [
        night.show(picture, rng) if at_s >= switch_s else picture
        for picture, at_s in zip(small, film.at_s.tolist(), strict=True)
    ]
    return Film(np.stack(shown), film.at_s)
