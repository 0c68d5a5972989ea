"""The siege: every attack and fault that seda must withstand, a row each.

A row is a module below this package with `run() -> dict[str, Figure]`. It starts what it needs on
this machine alone, is bounded in count and time, and ends what it started. `seda bench siege`
runs all rows, `seda bench siege/NAME` one of them.
"""

from collections.abc import Callable

from scripts.bench.report import Figure, progress
from scripts.bench.siege import kills
from scripts.bench.siege.cameras import bombs, malformed
from scripts.bench.siege.crowds import crowd, newcomers
from scripts.bench.siege.damage import corruption
from scripts.bench.siege.disks import disk
from scripts.bench.siege.hostile import hostile
from scripts.bench.siege.power import power

ROWS: dict[str, Callable[[], dict[str, Figure]]] = {
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


def run() -> dict[str, Figure]:
    """Run every row."""
    figures: dict[str, Figure] = {}
    for name, row in ROWS.items():
        progress(f"siege/{name}")
        figures |= row()
    return figures
