"""The siege: every attack and fault that seda must withstand, a row each.

A row is a module below this package with `run() -> dict[str, Figure]`. It starts what it needs on
this machine alone, is bounded in count and time, and ends what it started. `seda bench siege`
runs all rows but those that take an hour, `seda bench siege/NAME` one of them.
"""

from collections.abc import Callable

from scripts.bench.report import Figure, progress
from scripts.bench.siege import kills
from scripts.bench.siege.cameras import away, bombs, malformed
from scripts.bench.siege.crowds import crowd, newcomers
from scripts.bench.siege.damage import corruption
from scripts.bench.siege.disks import disk
from scripts.bench.siege.hostile import hostile
from scripts.bench.siege.power import power

ROWS: dict[str, Callable[[], dict[str, Figure]]] = {
    "away": away.run,
    "bombs": bombs.run,
    "corruption": corruption.run,
    "crowd": crowd.run,
    "disk": disk.run,
    "hostile": hostile.run,
    "kills": kills.run,
    "malformed": malformed.run,
    "newcomers": newcomers.run,
    "power": power.run,
}


LONG = ("away",)
"""Rows that run only by name."""


def run() -> dict[str, Figure]:
    """Run every row."""
    figures: dict[str, Figure] = {}
    for name in (name for name in ROWS if name not in LONG):
        progress(f"siege/{name}")
        figures |= ROWS[name]()
    return figures
