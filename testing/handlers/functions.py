"""Stages that do nothing, too much, or the wrong thing. A row names them as `code`."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from runtime import Context, Input, Product, Several
from runtime.descriptors import open_now

_leaked: list[bytearray] = []


@attrs.frozen
class Note:
    """A body."""

    text: str


def noop(_event: Input, _context: Context) -> None:
    """Do nothing."""


def echo(event: Input, context: Context) -> Iterator[Product]:
    """Give the body back in upper case, and count it."""
    context.count("echoed")
    yield event.output("note", Note(event.body(Note).text.upper()), threat=0.5)


def drop(event: Input, _context: Context) -> Product:
    """Drop politely."""
    return event.drop("dull")


def refuse(event: Input, _context: Context) -> None:
    """Raise, unless the text says otherwise."""
    text = event.body(Note).text
    if text != "fine":
        raise ValueError(text)


def miscount(event: Input, context: Context) -> None:
    """Count what is no number."""
    context.count("wrong", float(event.body(Note).text))


def stutter(_event: Input, _context: Context) -> None:
    """Raise with a text that no message can carry."""
    raise ValueError("file \udcff")


def hang(_event: Input, _context: Context) -> None:
    """Never come back."""
    signal.pause()


def ignore_sigterm(_event: Input, _context: Context) -> None:
    """Stay when asked to end, and say so."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("deaf")  # noqa: T201 - what is printed is what is tested
    while signal.sigwait([signal.SIGTERM]):
        print("no")  # noqa: T201 - what is printed is what is tested


def leak(_event: Input, _context: Context) -> None:
    """Take memory until there is none, and keep it."""
    while True:
        _leaked.append(bytearray(16 * 1024 * 1024))


def chatter(_event: Input, _context: Context) -> None:
    """Print to both outputs, from Python and from outside of it."""
    print("from python")  # noqa: T201 - what is printed is what is tested
    sys.stderr.write("to stderr\n")
    os.write(1, b"from below\n")


def quit_now(_event: Input, _context: Context) -> None:
    """End the process."""
    sys.exit(7)


def crash(_event: Input, _context: Context) -> None:
    """End as a bug in a library does."""
    os.kill(os.getpid(), signal.SIGSEGV)


def breed(_event: Input, _context: Context) -> None:
    """Leave a child behind that outlives the handler."""
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    print(f"child {child.pid}")  # noqa: T201 - what is printed is what is tested
    os._exit(9)


def garbage(event: Input, _context: Context) -> object:
    """Give what is no output, as the text says."""
    wrong: dict[str, object] = {
        "number": 5,
        "text": "surprise",
        "list": [5],
        "kind": event.output("nonsense"),
        "successor": event.output("note", to="nobody"),
        "threat": event.output("note", threat=7.0),
        "header": event.output("note", treat=0.5),  # type: ignore[call-arg]  # the point
        "payload": event.output("note", payloads=[3]),  # type: ignore[list-item]  # the point
        "large": event.output("note", b"x" * 70_000),
        "many": [event.output("note", payloads=[b"."] * 10) for _ in range(30)],
        "both": [event.output("note"), event.drop("also")],
    }
    return wrong[event.body(Note).text]


def payloads(event: Input, _context: Context) -> Iterator[Product]:
    """Pass the first payload on and add one that was read from it."""
    first = event.payloads[0]
    yield event.output("note", payloads=[b"<" + first.view() + b">", first])


def unseen(event: Input, _context: Context) -> Iterator[Product]:
    """Pass a payload on that was never looked at."""
    yield event.output("note", payloads=event.payloads)


def greet(event: Input, _context: Context) -> None:
    """Speak to a connection, taken over."""
    with event.payloads[0].take_connection() as connection:
        connection.sendall(b"hello")


@Several
def together(events: Sequence[Input], _context: Context) -> Iterator[Product]:
    """Take a whole call; number each event by its place, backwards."""
    if any(event.body(Note).text == "poison" for event in events):
        raise ValueError("poison")
    for place, event in reversed(list(enumerate(events))):
        yield event.output("note", Note(f"{place} of {len(events)}"))


def reach(event: Input, context: Context) -> None:
    """Try what the text says and is not allowed."""
    context.directory.joinpath("own").write_text("fine")
    match event.body(Note).text:
        case "network":
            socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        case "elsewhere":
            context.directory.with_name("elsewhere").write_text("no")
        case "kill":
            os.kill(os.getppid(), 0)  # asks whether it might
        case "local":
            socket.socket(socket.AF_UNIX).close()
        case "look":
            context.directory.with_name("elsewhere").read_text()
        case "pair":
            for end in socket.socketpair():
                end.close()
        case "library":
            Path(os.__file__).read_bytes()


def describe(event: Input, context: Context) -> Iterator[Product]:
    """Say what the process has: descriptors, threads, what it reads from."""
    threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - only counted
    found = sorted(open_now())
    text = f"{threads} {found} {context.pressure} {os.readlink('/proc/self/fd/0')}"  # noqa: PTH115
    yield event.output("note", Note(text))


def swell(event: Input, _context: Context) -> Product:
    """Give an output of as many bytes as the text says."""
    return event.output("note", b"x" * int(event.body(Note).text))
