"""From arguments to the one command, and from its end to an exit code."""

import importlib
import os
import sys
from collections.abc import Sequence

from seda.command import exits
from seda.command.arguments import parser
from seda.command.output import complain


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    arguments = parser().parse_args(argv)
    try:
        code: int = importlib.import_module(arguments.module).execute(arguments)
        sys.stdout.flush()
    except exits.Failure as failure:
        for sentence in failure.sentences:
            complain(sentence)
        return failure.code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter's own flush at exit must not say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    return code
