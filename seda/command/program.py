"""Starts another package's program in its place: `seda bench`, `evaluate`, `camera probe`.

They are not imported, because the kernel imports nothing above it. They end as every command does:
what takes the command's place is this module again, which runs the program by its name.
"""

import argparse
import importlib.util
import os
import runpy
import sys
from typing import NoReturn

from seda.command import exits
from seda.command.ending import ended

_HERE = "seda.command.program"


def execute(arguments: argparse.Namespace) -> NoReturn:
    """Become `python -P -m PROGRAM ARGUMENTS`; its exit code is the command's."""
    if not _exists(arguments.program):
        exits.fail(exits.FAILED, f"this installation has no {arguments.program}")
    command = [sys.executable, "-P", "-m", _HERE, arguments.program, *arguments.rest]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


def _exists(program: str) -> bool:
    try:
        return importlib.util.find_spec(program) is not None
    except ModuleNotFoundError:
        return False


def _become(program: str, rest: list[str]) -> int:
    """Run a program as if it had been started by its name; one that ends itself says its code."""
    sys.argv = [program, *rest]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
    return exits.OK


if __name__ == "__main__":
    sys.exit(ended(lambda: _become(sys.argv[1], sys.argv[2:])))
