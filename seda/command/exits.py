"""Exit codes of `seda`, and the way to end with one."""

import os
from typing import NoReturn

OK = 0
FAILED = 1
"""It was done and something is wrong: a problem found, a goal missed, a stop that had to kill."""
USAGE = 2
"""The command line itself is wrong (argparse)."""
NOT_RUNNING = 3
"""There is no supervisor on the run directory."""
ALREADY_RUNS = 4
"""There is one, and a second was asked for."""
CONFIGURATION = os.EX_CONFIG
"""78: the configuration, the pipeline or the machine's limits have to be changed first."""
INTERRUPTED = 130
"""Ctrl-C."""


class Failure(Exception):
    """Ends the command with sentences on standard error and an exit code."""

    def __init__(self, code: int, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.code = code
        self.sentences = sentences


def fail(code: int, *sentences: str) -> NoReturn:
    """End the command."""
    raise Failure(code, *sentences)
