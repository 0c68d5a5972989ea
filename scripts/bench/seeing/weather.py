"""Ordinary rendered footage in all weathers: how often the top band is reached for nothing."""

from collections.abc import Sequence

import numpy as np

from anomaly.features import MotionGraph
from scripts.bench.report import Figure, progress
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.rates import highest_mean
from scripts.bench.seeing.staged import RATE_PER_S, ordinary_figures
from scripts.bench.seeing.watching import Judged, Watcher
from seda.messages import Band
from testing.films.effects import EFFECTS
from testing.films.rendered import BY_NAME, Studio

SAME_EVENT_S = 10.0
GOAL_HOURS = 60.0
"""For which the goal is said; a shorter run gives the bound that its length allows."""


def run(options: Options) -> dict[str, Figure]:
    """Watch every scene in every weather, on a camera of its own each time."""
    graph, hours = MotionGraph(), 0.0
    events: dict[str, int] = dict.fromkeys(EFFECTS, 0)
    chunks: list[Judged] = []
    for scene in BY_NAME:
        film = Studio(scene, options.films).ordinary(options.seed, 60 * options.minutes, RATE_PER_S)
        for name, effect in EFFECTS.items():
            rng = np.random.default_rng([options.seed, *scene.encode(), *name.encode()])
            watched = Watcher(graph).watch(effect(film, rng))
            loud = [one for one in watched if one.is_at_least(Band.ALARMING)]
            events[name] += count_events(loud)
            hours += options.minutes / 60
            chunks += watched
            said = "; ".join(f"{one.start_s:.0f} s: {one.words}" for one in loud)
            progress(f"seeing: {scene}, {name}: {said or 'never in the top band'}")
    total = sum(events.values())
    return {
        "weather_hours": Figure(hours, "h"),
        "weather_top_band_events": Figure(total, "events"),
        "weather_top_band_events_in_60_h": Figure(total * GOAL_HOURS / hours, "events"),
        "weather_top_band_events_in_60_h_at_most": Figure(
            highest_mean(total) * GOAL_HOURS / hours, "events"
        ),
        **{f"weather_{name}_events": Figure(count, "events") for name, count in events.items()},
        **ordinary_figures("weather", chunks, hours),
    }


def count_events(chunks: Sequence[Judged]) -> int:
    """Count chunks that follow one another closely as one."""
    ends_s = [one.end_s for one in chunks]
    return sum(n == 0 or one.start_s - ends_s[n - 1] > SAME_EVENT_S for n, one in enumerate(chunks))
