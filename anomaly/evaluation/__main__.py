"""`python -P -m anomaly.evaluation FOLDER [--json] [--report out.html]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from anomaly.evaluation.folder import FolderError
from anomaly.evaluation.replay import ReplayError
from anomaly.evaluation.report import write_report
from anomaly.evaluation.run import Evaluation, evaluate_folder
from anomaly.features import GraphError


def main(arguments: list[str]) -> int:
    """Evaluate a folder and say what came out."""
    parser = argparse.ArgumentParser(prog="seda evaluate", description="Evaluate the detector.")
    parser.add_argument(
        "folder", type=Path, help="training/frames, testing/frames, frame_labels.npz"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--report", type=Path, help="write a page with curves and misses")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.report:
            chosen.report.touch()  # before minutes of work that could not be written down
        evaluation = evaluate_folder(chosen.folder)
        if chosen.report:
            write_report(evaluation, chosen.report)
    except (FolderError, ReplayError, GraphError, OSError) as error:
        print(f"seda evaluate: {error}", file=sys.stderr)  # noqa: T201 - a program's answer
        return 1
    print(json.dumps(evaluation.facts) if chosen.json else _describe(evaluation))  # noqa: T201
    return 0


def _describe(evaluation: Evaluation) -> str:
    return "\n".join(f"{name:>32}  {value}" for name, value in evaluation.facts.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
