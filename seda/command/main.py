"""From arguments to the one command, and from its end to an exit code."""

import importlib
from collections.abc import Sequence

from seda.command.arguments import parser
from seda.command.ending import ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    return ended(lambda: _execute(argv))


def _execute(argv: Sequence[str] | None) -> int:
    arguments = parser().parse_args(argv)
    return int(importlib.import_module(arguments.module).execute(arguments))
