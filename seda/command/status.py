"""`seda status`: every process and stage, for people or as JSON."""

import argparse
import sys

import msgspec
from rich.console import Console

from seda.command import configuration, exits
from seda.command.output import tell
from seda.command.screen import camera_tables, tables
from seda.command.screen.asking import ask
from seda.overview import Overview


def execute(arguments: argparse.Namespace) -> int:
    """Show it; the exit code says whether `live` was there to tell."""
    overview = ask(configuration.running(arguments))
    if arguments.json:
        tell(msgspec.json.encode(overview).decode())
    else:
        show(overview, Console(file=sys.stdout))
    return exits.OK if overview.source == "live" else exits.FAILED


def show(overview: Overview, console: Console) -> None:
    """Print the overview as tables."""
    console.print(tables.heading(overview))
    if overview.stages:
        console.print()
        console.print(tables.stages_table(overview, {}))
    if overview.cameras:
        console.print()
        console.print(camera_tables.cameras_table(overview.cameras))
    console.print()
    console.print(tables.processes_table(overview))
