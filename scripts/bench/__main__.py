"""`python -P -m scripts.bench NAME [--json]`: run one bench, or all with `all`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.bench import (
    cameras,
    detector,
    hop,
    overload,
    recovery,
    spotters,
    stepload,
    store,
)
from scripts.bench.pages import run as pages
from scripts.bench.report import Figure, report
from scripts.bench.seeing import run as seeing
from scripts.bench.seeing.options import Options
from scripts.bench.shift import run as shift
from scripts.bench.siege import run as siege
from scripts.bench.whole import run as whole

BENCHES: dict[str, Callable[[], dict[str, Figure]]] = {
    "hop": hop.run,
    "recovery": recovery.run,
    "stepload": stepload.run,
    "overload": overload.run,
    "cameras": cameras.run,
    "detector": detector.run,
    "spotters": spotters.run,
    "pages": pages.run,
    "store": store.run,
    "siege": siege.run,
    "pipeline": whole.run,
}
SHIFT = "shift"
"""Takes the better part of an hour, so that only who asks for it gets it."""
SEEING = ("seeing", *(f"seeing/{name}" for name in seeing.ROWS))  # with options of their own
ROWS = {f"siege/{name}": row for name, row in siege.ROWS.items()}  # of the bench `siege`
ROWS |= {f"pipeline/{name}": row for name, row in whole.ROWS.items()}


def main() -> int:
    """Run what is asked for; exit with 1 if a goal is missed."""
    asked = _parser().parse_args()
    names = [*BENCHES, "seeing"] if asked.name == "all" else [asked.name]
    return max(report(name, _run(name, asked), is_json=asked.json) for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="seda bench", description=__doc__)
    parser.add_argument("name", choices=[*BENCHES, SHIFT, *SEEING, *ROWS, "all"])
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.epilog = "shift: --count decisions (default 200), in at most --minutes (default 60)"
    rendered = parser.add_argument_group("seeing", "how much is rendered, and from which seed")
    rendered.add_argument("--seed", type=int, help="default: drawn anew and told")
    rendered.add_argument("--count", type=int, help="staged incidents, default 200")
    rendered.add_argument("--minutes", type=float, help="ordinary footage a camera, default 20")
    rendered.add_argument("--hours", type=float, help="oldest camera of seeing/hours, default 2")
    rendered.add_argument("--films", type=Path, help="where films are kept, default SEDA_FILMS")
    return parser


def _run(name: str, asked: argparse.Namespace) -> dict[str, Figure]:
    if name == SHIFT:
        return shift.run(asked.count or shift.COUNT, asked.minutes or shift.MINUTES)
    if name not in SEEING:
        return (BENCHES | ROWS)[name]()
    names = ("seed", "count", "minutes", "hours", "films")
    given = {key: value for key in names if (value := getattr(asked, key)) is not None}
    _, _, row = name.partition("/")
    return seeing.run_row(row, Options(**given)) if row else seeing.run(Options(**given))


sys.exit(main())
