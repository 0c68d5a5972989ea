"""`python -P -m scripts.bench NAME [--json]`: run one bench, or all with `all`."""

import argparse
import sys
from collections.abc import Callable

from scripts.bench import (
    cameras,
    detector,
    hop,
    overload,
    pages,
    recovery,
    seeing_tracks,
    spotters,
    stepload,
)
from scripts.bench.report import Figure, report
from scripts.bench.siege import run as siege

BENCHES: dict[str, Callable[[], dict[str, Figure]]] = {
    "hop": hop.run,
    "recovery": recovery.run,
    "stepload": stepload.run,
    "overload": overload.run,
    "cameras": cameras.run,
    "detector": detector.run,
    "spotters": spotters.run,
    "pages": pages.run,
    "siege": siege.run,
}
ROWS = {f"siege/{name}": row for name, row in siege.ROWS.items()}  # of the bench `siege`
ROWS["seeing/tracks"] = seeing_tracks.run


def main() -> int:
    """Run what is asked for; exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="seda bench", description=__doc__)
    parser.add_argument("name", choices=[*BENCHES, *ROWS, "all"])
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    asked = parser.parse_args()
    names = list(BENCHES) if asked.name == "all" else [asked.name]
    return max(report(name, (BENCHES | ROWS)[name](), is_json=asked.json) for name in names)


sys.exit(main())
