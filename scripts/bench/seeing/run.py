"""How well the detector sees, on everything that can be had: a row each.

Real scenes, simulated score streams, and films rendered from the demo's scenes. Rendering is slow
(ten milliseconds a picture) and its films are kept below SEDA_FILMS, by default a folder of the
system's temporary files; what is rendered follows from a seed that is drawn anew in every run,
unless one is given, and is told beside the figures.
"""

from collections.abc import Callable

from scripts.bench.report import Figure, progress
from scripts.bench.seeing import (
    hours,
    infrared,
    kinds,
    paces,
    real,
    simulated,
    staged,
    tracks,
    verdicts,
    weather,
)
from scripts.bench.seeing.options import Options

ROWS: dict[str, Callable[[Options], dict[str, Figure]]] = {
    "real": real.run,
    "tracks": tracks.run,
    "simulated": simulated.run,
    "demo": staged.run,
    "paces": paces.run,
    "kinds": kinds.run,
    "weather": weather.run,
    "infrared": infrared.run,
    "verdicts": verdicts.run,
    "hours": hours.run,
}


def run(options: Options) -> dict[str, Figure]:
    """Run every row."""
    figures: dict[str, Figure] = {}
    for name in ROWS:
        progress(f"seeing/{name}")
        figures |= run_row(name, options)
    return figures


def run_row(name: str, options: Options) -> dict[str, Figure]:
    """Run one row; the seed is among its figures."""
    return {**ROWS[name](options), f"{name}_seed": Figure(options.seed, "")}
