"""What the handlers of the benches do: nothing, wait, compute, or leave a mark.

A mark is a datagram to the bench with the handler's pid, so that the bench sees from outside who
serves; an effect is a symbolic link named after the event's id that points to the number which the
bench gave the event. Making one is atomic and happens once an id: two ids for a number would show.
An execution is a line with that number in a file of the stage: a call that is repeated has two.
"""

import contextlib
import functools
import importlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from runtime import Context, Input, Product
from seda.messages import BatchFacts, ScoredFacts
from seda.stage_config import StageConfig

MARKS = "marks.sock"
"""In the data directory: where marks are sent."""
EXECUTIONS = "executions"
"""In a stage's directory: a line for each call."""


def pass_on(event: Input, _context: Context) -> Iterator[Product]:
    """Give what came to the next stage."""
    yield event.output("number", payloads=event.payloads)


def swallow(_event: Input, _context: Context) -> None:
    """Do nothing."""


@functools.cache
def _marker() -> socket.socket:
    """Return this handler's own socket; the template may have none open."""
    marker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    marker.setblocking(False)
    return marker


def mark(context: Context) -> None:
    """Tell the bench that this process serves a call."""
    path = context.directory.parent / MARKS
    marker = _marker()
    with contextlib.suppress(OSError):  # Nobody listens any more, or too many marks wait.
        marker.sendto(f"{context.stage.name} {os.getpid()}".encode(), str(path))


def _note_execution(event: Input, context: Context) -> None:
    """Add a line, whole or not at all, whoever else writes."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(context.directory / EXECUTIONS, flags, 0o600)
    try:
        os.write(descriptor, b"%d\n" % event.body(int))
    finally:
        os.close(descriptor)


def mark_and_pass_on(event: Input, context: Context) -> Iterator[Product]:
    """Leave a mark, take a moment, and give the number to the next stage."""
    mark(context)
    _note_execution(event, context)
    time.sleep(0.02)
    yield event.output("number", event.body(int))


def mark_and_take_effect(event: Input, context: Context) -> None:
    """Leave a mark, take a moment, and take effect once an id."""
    mark(context)
    _note_execution(event, context)
    time.sleep(0.02)
    effects = Path(context.directory, "effects")
    effects.mkdir(exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (effects / event.header.id.replace("/", "_")).symlink_to(str(event.body(int)))


def hang_once(event: Input, context: Context) -> None:
    """Take a moment; with a negative number hang at the first try."""
    number = event.body(int)
    tried = context.directory / f"tried{number}"
    if number < 0 and not tried.exists():
        tried.touch()
        while True:
            time.sleep(60.0)
    time.sleep(0.02)


def wait(event: Input, _context: Context) -> None:
    """Take as many milliseconds as the event says."""
    time.sleep(event.body(float) / 1000)


def compute(event: Input, _context: Context) -> None:
    """Take as many milliseconds of CPU as the event says."""
    until_s = time.thread_time() + event.body(float) / 1000
    while time.thread_time() < until_s:
        pass


def warm(config: StageConfig) -> None:
    """Import what real stages import, where the bench asks for it."""
    if config.row.name.startswith("heavy"):
        for name in ("av", "onnxruntime"):
            importlib.import_module(name)


def note_batch(event: Input, context: Context) -> None:
    """Write down which batch this is and how long ago the last byte of its chunk came."""
    batch = event.body(BatchFacts)
    first, last = batch.frames[0].captured_s, batch.frames[-1].captured_s
    age_s = time.monotonic() - event.header.born_s
    words = (batch.epoch, batch.sequence, len(batch.frames), first, last, age_s, batch.camera)
    with (context.directory / "batches").open("a") as file:
        file.write(" ".join(map(str, words)) + "\n")


def note_scored(event: Input, context: Context) -> None:
    """Write down which frame may be given to somebody now, and how long ago it was filmed."""
    if event.header.kind != "scored_frame":
        return  # somebody's page has gone, which had no frame
    facts = event.body(ScoredFacts)
    age_s = time.time() - facts.captured_s
    with (context.directory / "frames").open("a") as file:
        file.write(f"{facts.epoch} {facts.sequence} {age_s} {facts.camera}\n")
