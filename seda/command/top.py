"""`seda top`: the overview, again every second, with rates.

Without a terminal on both sides it looks twice, a second apart, and prints what that says.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from seda.command import configuration, exits
from seda.command.screen import camera_tables, tables
from seda.command.screen.asking import ask
from seda.command.screen.keys import Keys
from seda.command.screen.rates import Rates, rates
from seda.overview import Overview

EVERY_S = 1.0
CAMERAS_SHOWN = 24
"""So that the rest of the page stays in sight; those that are not live come first."""


def execute(arguments: argparse.Namespace) -> int:
    """Show it until q is pressed."""
    run_directory = configuration.running(arguments)
    console = Console(file=sys.stdout)
    before = ask(run_directory)
    with Keys() as keys:
        if not (console.is_terminal and sys.stdin.isatty()):
            keys.wait(EVERY_S)
            now = ask(run_directory)
            console.print(page(now, rates(before, now)))
            return exits.OK
        with Live(console=console, screen=True, auto_refresh=False) as screen:
            _watch(run_directory, before, keys, screen)
    return exits.OK


def page(
    now: Overview, known: Mapping[str, Rates], *, has_processes: bool = True
) -> RenderableType:
    """Return what the screen shows."""
    parts = [tables.heading(now), Text()]
    if now.stages:
        parts += [tables.stages_table(now, known), Text()]
    if now.cameras:
        parts += [camera_tables.cameras_table(now.cameras, CAMERAS_SHOWN), Text()]
    if has_processes or not now.stages:
        parts.append(tables.processes_table(now))
    return Group(*parts)


def _watch(run_directory: Path, now: Overview, keys: Keys, screen: Live) -> None:
    """Look again and again; a look that comes before newer figures keeps the rates as they were."""
    has_processes = True
    known: dict[str, Rates] = {}
    while True:
        screen.update(
            Group(
                page(now, known, has_processes=has_processes),
                Text("\nq leaves, p shows or hides the processes", "dim"),
            ),
            refresh=True,
        )
        key = keys.wait(EVERY_S)
        if key == "q":
            return
        if key == "p":
            has_processes = not has_processes
            continue
        before, now = now, ask(run_directory)
        known |= {stage: it for stage, it in rates(before, now).items() if it != Rates()}
