"""How every command of `seda` ends, its own and those that are other packages' programs."""

import sys
from collections.abc import Callable

from seda.command import exits
from seda.command.output import Unwritten, complain, told_apart, write_nowhere


def ended(execute: Callable[[], int]) -> int:
    """Do what a command does; return its exit code, whatever its end was."""
    with told_apart():
        try:
            return _done(execute)
        except Unwritten as error:
            write_nowhere()
            if not error.is_left_by_reader:  # who has gone wants to hear nothing
                complain(f"the output could not be written and is not whole: {error.strerror}")
            return exits.FAILED


def _done(execute: Callable[[], int]) -> int:
    try:
        code = execute()
    except exits.Failure as failure:
        for sentence in failure.sentences:
            complain(sentence)
        code = failure.code
    except KeyboardInterrupt:
        code = exits.INTERRUPTED
    except SystemExit as end:
        code = _code(end)
    if getattr(sys, "stdout", None) is not None:  # none where it was closed before we began
        sys.stdout.flush()
    return code


def _code(end: SystemExit) -> int:
    """Return the exit code of a program that ended itself, and say its last words."""
    if isinstance(end.code, str):
        complain(end.code)
        return exits.FAILED
    return end.code or exits.OK
