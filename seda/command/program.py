"""Starts another package's program in its place: `seda bench`, `evaluate`, `camera probe`.

They are not imported, because the kernel imports nothing above it.
"""

import argparse
import importlib.util
import os
import sys
from typing import NoReturn

from seda.command import exits


def execute(arguments: argparse.Namespace) -> NoReturn:
    """Become `python -P -m PROGRAM ARGUMENTS`; its exit code is the command's."""
    if not _exists(arguments.program):
        exits.fail(exits.FAILED, f"this installation has no {arguments.program}")
    command = [sys.executable, "-P", "-m", arguments.program, *arguments.rest]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


def _exists(program: str) -> bool:
    try:
        return importlib.util.find_spec(program) is not None
    except ModuleNotFoundError:
        return False
