"""How every command of `seda` ends, its own and those that are other packages' programs."""

import os
import sys
from collections.abc import Callable

from seda.command import exits
from seda.command.output import complain


def ended(execute: Callable[[], int]) -> int:
    """Do what a command does; return its exit code, whatever its end was."""
    try:
        code = execute()
        _flush()
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


def _flush() -> None:
    if getattr(sys, "stdout", None) is not None:  # none where it was closed before we began
        sys.stdout.flush()
