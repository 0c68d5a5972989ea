"""Figures for people as a table, for machines as one JSON object on the last line."""

import json
import sys

import attrs

from scripts.bench.goals import goals_of


@attrs.frozen
class Figure:
    """One measured value."""

    value: float
    unit: str


def report(bench: str, figures: dict[str, Figure], *, is_json: bool) -> int:
    """Print the figures; return the exit code: 0 if every goal is met, else 1."""
    goals = goals_of(bench)
    missing = sorted(goals.keys() - figures.keys())
    rows = {name: _row(bench, name, figure) for name, figure in figures.items()}
    if is_json:
        sys.stdout.write(json.dumps({"bench": bench, "figures": rows}) + "\n")
    else:
        for name, row in rows.items():
            sys.stdout.write(_line(name, row) + "\n")
    for name in missing:
        sys.stderr.write(f"bench {bench}: {name} was not measured, though it has a goal\n")
    return 1 if missing or any(row["met"] is False for row in rows.values()) else 0


def _row(bench: str, name: str, figure: Figure) -> dict[str, object]:
    goal = goals_of(bench).get(name)
    return {
        "value": round(figure.value, 4),
        "unit": figure.unit,
        "goal": None if goal is None else str(goal),
        "met": None if goal is None else goal.is_met(figure.value),
    }


def _line(name: str, row: dict[str, object]) -> str:
    verdict = {None: "", True: "met", False: "MISSED"}[row["met"]]  # type: ignore[index]
    return f"{name:40} {row['value']:>12} {row['unit']:8} {row['goal'] or '':16} {verdict}"


def progress(words: str) -> None:
    """Tell a waiting person what is going on."""
    sys.stderr.write(words + "\n")
