"""`python -P -m scripts.words demo|real FOLDER` writes sheets; `tally FILE` counts what was read.

The reader is somebody who did not write the words. See `scripts/words/tally.py` for the verdicts.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.words.demo import Plan, show_demo
from scripts.words.frames import Shown, facts_of
from scripts.words.real import show_real
from scripts.words.sheets import write_sheets
from scripts.words.tally import count_verdicts, say_shares
from testing.films.rendered import cache_folder


def main() -> int:
    """Do what is asked for."""
    asked = _parser().parse_args()
    if asked.what == "tally":
        lines = asked.place.read_text(encoding="utf-8").splitlines()
        sys.stdout.write(say_shares(count_verdicts(lines)) + "\n")
        return 0
    if asked.what == "demo":
        plan = Plan(asked.films, asked.seed, 60 * asked.minutes)
        _write(show_demo(plan, asked.turn), asked.place, "D")
    else:
        _write(show_real(asked.turn), asked.place, "R")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -P -m scripts.words", description=__doc__)
    parser.add_argument("what", choices=["demo", "real", "tally"])
    parser.add_argument("place", type=Path, help="the folder for the sheets, or the file read")
    parser.add_argument("--seed", type=int, default=1, help="of the films")
    parser.add_argument("--minutes", type=float, default=20.0, help="of ordinary footage before")
    parser.add_argument("--films", type=Path, default=cache_folder(), help="where films are kept")
    parser.add_argument("--turn", type=int, default=0, help="1 gives other frames than 0")
    return parser


def _write(shown: Sequence[Shown], folder: Path, name: str) -> None:
    for file in write_sheets(shown, folder, name):
        sys.stdout.write(f"{file}\n")
    listed = {f"{name}{number:03}": facts_of(one) for number, one in enumerate(shown, 1)}
    (folder / f"{name}.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")


sys.exit(main())
