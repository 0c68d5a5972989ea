"""Stage code that tests have run by real handlers: polite, and every kind of rude."""

import os
import signal
import stat
import subprocess
import sys
import time

from runtime import Context, Draft, Input
from runtime.descriptors import open_now
from seda import codec, protocol
from seda.messages import Event, HandlerFigures, Output
from seda.protocol import Result


def handle(event: Input, context: Context) -> list[Draft]:
    """Do what the event's key says, then pass the event on where the row gives it to somebody."""
    _BEHAVIOUR.get(event.header.key, _nothing)(event, context)
    if not context.stage.gives:
        return []
    key = "another" if event.header.key == "disguise" else event.header.key
    return [event.output("work", payloads=tuple(event.payloads), key=key)]


def _nothing(_event: Input, _context: Context) -> None:
    """Be polite."""


def _exit(_event: Input, _context: Context) -> None:
    os._exit(3)


def _raise(event: Input, _context: Context) -> None:
    raise ValueError(f"cannot do {event.header.id}")


def _hang(_event: Input, _context: Context) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _leave_child(_event: Input, _context: Context) -> None:
    """Leave a process behind that has a session of its own, and die."""
    subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    os._exit(4)


def _print(_event: Input, _context: Context) -> None:
    sys.stdout.write("words " * 5 + "\n")
    sys.stdout.flush()


def _dawdle(_event: Input, _context: Context) -> None:
    time.sleep(0.05)


def _look(event: Input, _context: Context) -> None:
    """Read every payload."""
    for received in event.payloads:
        received.view()


def _sign(event: Input, context: Context) -> None:
    """Leave a file named as the event, with who had it."""
    (context.directory / event.header.id).write_text(str(os.getpid()))


def _leak(_event: Input, _context: Context) -> None:
    leaked = []
    while True:
        leaked.append(bytearray(1 << 24))


def _deafen(event: Input, context: Context) -> None:
    """Ignore every polite request, and never come back."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
    _sign(event, context)
    signal.pause()


def _babble(_event: Input, _context: Context) -> None:
    """Say to the controller what is no message."""
    for descriptor in open_now():
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            os.write(descriptor, b"what no handler says")


def _claim(_event: Input, _context: Context) -> None:
    """Say to the controller that a call is done which it never gave."""
    said = protocol.Done(12345, 0.0, (Result("nothing", "done"),), HandlerFigures())
    for descriptor in open_now():
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            os.write(descriptor, codec.encode(said))


def _emit(_event: Input, _context: Context) -> None:
    """Give what no event asked for, as only handlers of async stages may."""
    forged = Output("last", Event("forged", "work", "another"))
    said = protocol.Emit((forged,), HandlerFigures())
    for descriptor in open_now():
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            os.write(descriptor, codec.encode(said))


_BEHAVIOUR = {
    "exit": _exit,
    "raise": _raise,
    "hang": _hang,
    "leave_child": _leave_child,
    "print": _print,
    "dawdle": _dawdle,
    "look": _look,
    "sign": _sign,
    "leak": _leak,
    "deafen": _deafen,
    "babble": _babble,
    "claim": _claim,
    "emit": _emit,
}
