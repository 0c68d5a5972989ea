"""Every figure that a document quotes has a program that prints it, and misses are called so."""

import ast
import functools
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from scripts.bench.goals import goals_of
from scripts.figures import BY_HAND, QUOTED, README, ROOT, Quoted, begins_one, readme_rows

ROWS = readme_rows()
OF_README = [it for it in QUOTED if it.place == README]
OF_NOTES = [it for it in QUOTED if it.place != README]
FIGURES_BELOW = re.compile(
    r"^#+ (.*\b(?:[Mm]easured|[Ff]igures|Numbers of|Numbers$).*)$", re.MULTILINE
)
OF_CODE = "design/writing-a-stage.md#Figures"
"""How a stage counts."""


@functools.cache
def benches() -> frozenset[str]:
    """Return what `seda bench` runs, as it says itself."""
    said = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.bench", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    [names] = re.findall(r"\{(\w[^}]*),\s*all\s*\}", said)[:1]
    return frozenset(re.sub(r"\s", "", names).split(","))


@functools.cache
def printed() -> re.Pattern[str]:
    """Return a pattern of every name that a bench gives to a figure, as its source has them."""
    found = set()
    for path in (ROOT / "scripts" / "bench").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(it.value)) if isinstance(it, ast.Constant) else r"\w+"
                    for it in node.values
                ]
                # Nearly nothing but placeholders would be any name.
                found |= {"".join(parts)} if len("".join(parts)) > 2 * len(r"\w+") else set()
    return re.compile("|".join(sorted(found)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_has_one_program(row: list[str]) -> None:
    """Say in scripts/figures.py what prints it."""
    assert [it.program for it in OF_README if row[0].startswith(it.begins)][1:] == []
    assert any(row[0].startswith(it.begins) for it in OF_README), row[0]


@pytest.mark.parametrize("quoted", OF_README, ids=lambda it: it.begins[:40])
def test_what_is_listed_is_quoted_and_printed(quoted: Quoted) -> None:
    """The row is there once, the bench has that name, and gives its figures those names."""
    assert begins_one(quoted.begins, ROWS), f"{README} has not one row {quoted.begins!r}"
    assert quoted.program in benches()
    assert [name for name in quoted.names if not printed().fullmatch(name)] == []


@pytest.mark.parametrize("quoted", OF_NOTES, ids=lambda it: f"{it.place}-{it.program}")
def test_what_is_listed_of_a_note_is_there(quoted: Quoted) -> None:
    """The heading, and the program: a bench, a module, or a file."""
    note, _, heading = quoted.place.partition("#")
    assert re.search(rf"^#+ {re.escape(heading)}$", (ROOT / note).read_text("utf-8"), re.MULTILINE)
    is_file = quoted.program.endswith(".py") and (ROOT / quoted.program).is_file()
    is_module = "/" not in quoted.program and find_spec(quoted.program) is not None
    assert quoted.program in benches() or is_file or is_module, quoted.program


def test_every_part_of_a_note_that_measures_is_listed() -> None:
    """By its heading."""
    listed = {it.place for it in OF_NOTES} | BY_HAND.keys() | {OF_CODE}
    missing = [
        f"design/{note.name}#{heading}"
        for note in sorted((ROOT / "design").glob("*.md"))
        for heading in FIGURES_BELOW.findall(note.read_text("utf-8"))
        if f"design/{note.name}#{heading}" not in listed
    ]
    assert missing == []


@pytest.mark.parametrize("quoted", OF_README, ids=lambda it: it.begins[:40])
def test_a_missed_goal_is_called_missed(quoted: Quoted) -> None:
    """In words, where the value stands; and nothing else is."""
    [row] = [row for row in ROWS if row[0].startswith(quoted.begins)]
    for name, part in parts_of(quoted, row[1]):
        goal = goals_of(quoted.program).get(name)
        values = numbers_in(part)
        if goal is not None and values:
            worst = max(values) if goal.side == "at most" else min(values)
            assert ("missed" in part) == (not goal.is_met(worst)), (name, part, str(goal))


def parts_of(quoted: Quoted, cell: str) -> list[tuple[str, str]]:
    """Return each figure's name with its part of the cell; the last part is of all that follow."""
    parts = re.split(r" / |; |, ", re.sub(r"\((?!missed\))[^)]*\)", "", cell))
    return [(name, parts[min(at, len(parts) - 1)]) for at, name in enumerate(quoted.names)]


def numbers_in(part: str) -> list[float]:
    """Return the values in a part, in the benches' units."""
    found = [float(it.replace(",", "")) for it in re.findall(r"\d[\d,]*(?:\.\d+)?", part)]
    scale = 0.01 if "%" in part else 1000.0 if "KB" in part else 1.0
    return [it * scale for it in found[: 1 if " of " in part else None]]


def test_the_list_is_printed_and_unknown_words_are_refused() -> None:
    """As a person would use it."""
    command = [sys.executable, "-P", "-m", "scripts.figures"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len(said.splitlines()) == len(QUOTED) + len(BY_HAND)
    assert "seda bench hop  cpu_us_per_event_and_stage" in said
    refused = subprocess.run([*command, "no such row"], cwd=ROOT, capture_output=True, check=False)
    assert refused.returncode == 2
