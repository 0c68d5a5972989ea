"""Stage code that tests have run by real handlers: polite, and every kind of rude."""

import os
import signal
import subprocess
import sys
import time

from stages.runtime import Context, Draft, Input


def handle(event: Input, context: Context) -> list[Draft]:
    """Do what the event's key says, then pass the event on where the row gives it to somebody."""
    _BEHAVIOUR.get(event.header.key, _nothing)(event)
    if not context.stage.gives:
        return []
    return [event.output("work", payloads=tuple(event.payloads))]


def _nothing(_event: Input) -> None:
    """Be polite."""


def _exit(_event: Input) -> None:
    os._exit(3)


def _raise(event: Input) -> None:
    raise ValueError(f"can not do {event.header.id}")


def _hang(_event: Input) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _leave_child(_event: Input) -> None:
    """Leave a process behind that has a session of its own, and die."""
    subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    os._exit(4)


def _print(_event: Input) -> None:
    sys.stdout.write("words " * 5 + "\n")
    sys.stdout.flush()


def _dawdle(_event: Input) -> None:
    time.sleep(0.05)


_BEHAVIOUR = {
    "exit": _exit,
    "raise": _raise,
    "hang": _hang,
    "leave_child": _leave_child,
    "print": _print,
    "dawdle": _dawdle,
}
