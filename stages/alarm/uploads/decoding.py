"""A stranger's picture is decoded in a process of its own: both ends of the pipe between.

    decoded = await Decoders().decode(picture, 12)        # here
    python -P -m stages.alarm.uploads.decoding 12         # there

The process that owns the store decodes nothing: a decoder may hang, crash or take memory, and holds
Python's lock meanwhile, so that heartbeats and writes would wait for it. Each upload has its own
process with a deadline, memory of its own, no network, and no right to write or to read more than
code. Starting one takes a third of a second, and somebody adds a test frame now and then.
"""

import io
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from functools import partial

import attrs
import numpy as np
import trio

from anomaly.seeing.pictures import PictureError, shrink_picture
from anomaly.types import Bytes
from runtime.sandbox import capabilities, landlock, places, seccomp
from seda import payload, processes
from stages.alarm.replies import Busy, Invalid
from stages.alarm.uploads.neighbours import make_neighbours

PROGRAM = (sys.executable, "-P", "-m", "stages.alarm.uploads.decoding")
DEADLINE_S = 10.0
"""The dearest picture that is let through takes a second where nothing else runs."""
AT_ONCE = 4
"""Processes; whoever comes beyond waits for its own deadline, and is asked to come again."""
_MEMORY_BYTES = 1024**3
_HEAD_BYTES_MAX = 256
_READ_BYTES = 64 * 1024


@attrs.frozen
class Decoded:
    """What a process made of a picture."""

    small: Bytes
    """As the detector sees it: grey."""
    neighbours: tuple[bytes, ...] = ()
    """JPEGs of the same scene."""


class Decoders:
    """Starts the processes; each upload has one."""

    def __init__(self, program: Sequence[str] = PROGRAM, deadline_s: float = DEADLINE_S) -> None:
        self._program = program
        self._deadline_s = deadline_s
        self._places = trio.CapacityLimiter(AT_ONCE)

    async def decode(self, picture: bytes, neighbours: int = 0) -> Decoded:
        """Return what is made of it, or raise Invalid, or Busy where no place becomes free."""
        with trio.move_on_after(self._deadline_s) as patience:
            await self._places.acquire()
        if patience.cancelled_caught:
            raise Busy("seda is busy with other pictures that were uploaded; try again in a minute")
        try:
            return await self._decode(picture, neighbours)
        finally:
            self._places.release()

    async def _decode(self, picture: bytes, neighbours: int) -> Decoded:
        process = _start((*self._program, str(neighbours)), picture)
        try:
            with trio.move_on_after(self._deadline_s) as deadline:
                told = await _read(process)
        finally:
            process.kill()
            code = process.wait()
        if deadline.cancelled_caught:
            raise Invalid(f"this picture took longer than {self._deadline_s:g} s to decode")
        return _understand(told, code, neighbours)


def _start(program: Sequence[str], picture: bytes) -> "subprocess.Popen[bytes]":
    # Not by trio, which would start it from another thread: it is to die with this one.
    content = payload.make(picture)
    os.lseek(content, 0, os.SEEK_SET)  # where whoever wrote it ended
    try:
        return subprocess.Popen(program, stdin=content, stdout=subprocess.PIPE, bufsize=0)
    finally:
        os.close(content)


async def _read(process: "subprocess.Popen[bytes]") -> bytes:
    told = bytearray()
    if process.stdout is None:
        return b""
    async with trio.lowlevel.FdStream(os.dup(process.stdout.fileno())) as stream:
        process.stdout.close()
        while data := await stream.receive_some(_READ_BYTES):
            told += data
    return bytes(told)


def _understand(told: bytes, code: int, neighbours: int) -> Decoded:
    """Return the pictures that were told; what the process says otherwise is why there are none."""
    head, _, rest = told.partition(b"\n")
    word, _, sizes = head[:_HEAD_BYTES_MAX].partition(b" ")
    if word == b"small":
        width, height, *lengths = map(int, sizes.split())
        if len(rest) == width * height + sum(lengths) and len(lengths) <= neighbours:
            pieces = io.BytesIO(rest)
            grey = np.frombuffer(pieces.read(width * height), np.uint8).reshape(height, width)
            return Decoded(grey, tuple(pieces.read(it) for it in lengths))
    why = rest.decode(errors="replace") if word == b"none" else f"its decoder ended with {code}"
    raise Invalid(f"this picture cannot be compared with the usual view: {why}")


def main() -> None:
    """Decode the picture on standard input, and tell on standard output."""
    processes.die_with_parent(os.getppid())
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no word
    picture = sys.stdin.buffer.read()
    _take_limits()
    try:
        small = shrink_picture(picture)
        neighbours = make_neighbours(picture, int(sys.argv[1]))
        sizes = (small.shape[1], small.shape[0], *map(len, neighbours))
        head = " ".join(("small", *map(str, sizes))).encode()
        told = b"".join((head, b"\n", small.tobytes(), *neighbours))
    except (PictureError, MemoryError) as error:
        told = b"none\n" + (str(error) or "it takes too much memory").encode()
    with os.fdopen(out, "wb") as file:
        file.write(told)


def _take_limits() -> None:
    """Take what the kernel gives: a decoder that was taken over can do nothing here."""
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    seccomp.refuse_new_privileges()
    files = partial(landlock.restrict, (), places.readable(has_gpu=False))
    for protect in (capabilities.drop, files, seccomp.refuse_sockets):
        try:
            protect()
        except OSError:
            continue  # an older kernel; the handlers' notes say so


if __name__ == "__main__":
    main()
