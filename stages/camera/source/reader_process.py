"""A camera that libav reads, watched by a process of its own: both ends of the pipe between.

    async with watch_in_process(camera, surroundings) as happenings:      # here
    python -P -m stages.camera.source.reader_process                          # there

libav may hang, crash or take memory over one camera; then this process ends and another one is
started after a wait that grows, and no other camera notices. A process of Python's own start, not a
handler: what serves many cameras can keep the record of this one across such ends, and a camera
that kills its reader at every try does not use up the restarts of those that do not.

What happens comes as messages: two lengths, a head, and a chunk's bytes as they are. A full pipe
stops the reading until the messages are taken. A process that has played a file to its end says so
in a message: its exit takes seconds on a busy machine, and would otherwise look like a hang.
"""

import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs
import trio

from conf.schema import Camera
from media.cut.chunk import Chunk, ChunkFacts
from runtime.sandbox import capabilities, landlock, places, seccomp
from seda import processes
from seda.codec import decode_body, encode_body
from seda.descriptors import write_all
from stages.camera.backoff import Backoff
from stages.camera.faults import Fault
from stages.camera.origins import Origin, may_lead
from stages.camera.source.clocks import Epochs, MachineClock
from stages.camera.source.happenings import (
    ChunkReady,
    Connected,
    Connecting,
    Emit,
    Happening,
    Lost,
    Noted,
)
from stages.camera.source.rtsp_relay import PORTS, listen
from stages.camera.source.watch import Surroundings

PROGRAM = (sys.executable, "-P", "-m", "stages.camera.source.reader_process")
SILENCE_MAX_S = 900.0
"""The longest backoff is 600 s; a process that says nothing for longer hangs."""
_LENGTHS = struct.Struct(">II")
_MESSAGE_BYTES_MAX = 256 * 1024 * 1024
_READ_BYTES = 256 * 1024
_END_LIMIT_S = 1.0
_NAMES_PORT = 53
"""Names are asked for by TCP, too."""


@attrs.frozen
class Task:
    """What the process is told."""

    camera: Camera
    epoch: int
    """Its connections have greater numbers."""


@attrs.frozen
class ReaderMessage:
    """One happening; exactly one field is set."""

    connecting: Connecting | None = None
    connected: Connected | None = None
    chunk: ChunkFacts | None = None
    """Its bytes follow."""
    noted: Noted | None = None
    lost: Lost | None = None
    is_farewell: bool = False
    """There is nothing more to read."""


def message_of(happening: Happening) -> list[bytes]:
    """Return what to write for a happening."""
    parts: tuple[bytes, ...] = ()
    match happening:
        case ChunkReady(chunk=chunk):
            message, parts = ReaderMessage(chunk=chunk.facts), chunk.parts
        case Connecting():
            message = ReaderMessage(connecting=happening)
        case Connected():
            message = ReaderMessage(connected=happening)
        case Noted():
            message = ReaderMessage(noted=happening)
        case Lost():
            message = ReaderMessage(lost=happening)
    return _framed(message, parts)


def _framed(message: ReaderMessage, parts: tuple[bytes, ...] = ()) -> list[bytes]:
    head = encode_body(message)
    return [_LENGTHS.pack(len(head), sum(map(len, parts))), head, *parts]


FAREWELL = _framed(ReaderMessage(is_farewell=True))


class MessageReader:
    """Puts messages together from what came through the pipe."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.has_read_all = False

    def hear(self, data: bytes) -> Iterator[Happening]:
        """Yield what these bytes complete; raise ValueError on what is no message."""
        self._held += data
        while len(self._held) >= _LENGTHS.size:
            head_bytes, content_bytes = _LENGTHS.unpack_from(self._held)
            start, size_bytes = _LENGTHS.size, _LENGTHS.size + head_bytes + content_bytes
            if size_bytes > _MESSAGE_BYTES_MAX:
                raise ValueError(f"a message of {size_bytes} bytes")
            if len(self._held) < size_bytes:
                return
            message = decode_body(bytes(self._held[start : start + head_bytes]), ReaderMessage)
            content = bytes(self._held[start + head_bytes : size_bytes])
            del self._held[:size_bytes]
            if message.is_farewell:
                self.has_read_all = True
            else:
                yield _happening(message, content)


def _happening(message: ReaderMessage, content: bytes) -> Happening:
    if message.chunk is not None:
        return ChunkReady(Chunk(message.chunk, (content,)))
    happening = message.connecting or message.connected or message.noted or message.lost
    if happening is None:
        raise ValueError("an empty message")
    return happening


@asynccontextmanager
async def watch_in_process(
    camera: Camera, surroundings: Surroundings
) -> AsyncIterator[trio.MemoryReceiveChannel[Happening]]:
    """Open the channel of what happens at this camera; it ends where files do."""
    send, receive = trio.open_memory_channel[Happening](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_follow_for_ever, camera, surroundings, send)
        with receive:
            yield receive
        nursery.cancel_scope.cancel()


async def _follow_for_ever(
    camera: Camera,
    surroundings: Surroundings,
    send: trio.MemorySendChannel[Happening],
) -> None:
    backoff = Backoff(surroundings.generator)
    clock = surroundings.clock
    with send:
        while True:
            began_s = clock.monotonic_s()
            how = await _follow(camera, surroundings, send.send)
            if not how:
                return
            words = f"The process that reads the camera {how}; another one is started."
            fault = Fault("reader_died", words)
            now_s = clock.monotonic_s()
            retry_s = backoff.wait_s(fault, now_s, now_s - began_s)
            await send.send(Lost(surroundings.next_epoch(), fault, now_s - began_s, retry_s))
            await trio.sleep(retry_s)


async def _follow(camera: Camera, surroundings: Surroundings, emit: Emit) -> str:
    """Have a process read the camera; return how it ended, empty if it was done."""
    process = _start(Task(camera, surroundings.next_epoch()))

    async def take(happening: Happening) -> None:
        if isinstance(happening, Connecting):
            surroundings.note_epoch(happening.epoch)
        await emit(happening)

    try:
        with trio.move_on_after(SILENCE_MAX_S) as silence:
            if await _hear_all(process, camera, silence, take):
                return ""
        if silence.cancelled_caught:
            return "said nothing for too long and was ended"
        with trio.move_on_after(_END_LIMIT_S):
            while process.poll() is None:  # noqa: ASYNC110 - nothing tells trio of a child's end
                await trio.sleep(0.01)
        return _how(process.poll())
    except ValueError as error:
        return f"said what nobody understands ({error}) and was ended"
    finally:
        process.kill()
        process.wait()


def _start(task: Task) -> "subprocess.Popen[bytes]":
    # Not by trio, which would start it from another thread: it is to die with this one.
    process = subprocess.Popen(PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    if process.stdin is not None:
        with process.stdin as stdin:
            stdin.write(encode_body(task))
    return process


async def _hear_all(
    process: "subprocess.Popen[bytes]",
    camera: Camera,
    silence: trio.CancelScope,
    emit: Emit,
) -> bool:
    """Pass on what is said; return whether that was all there is to say."""
    if process.stdout is None:
        return False
    reader = MessageReader()
    async with trio.lowlevel.FdStream(os.dup(process.stdout.fileno())) as stream:
        process.stdout.close()
        while data := await stream.receive_some(_READ_BYTES):
            for happening in reader.hear(data):
                _check_own(happening, camera.name)
                silence.deadline = float("inf")  # to wait for whoever takes it is no silence
                await emit(happening)
            silence.deadline = trio.current_time() + SILENCE_MAX_S
    return reader.has_read_all


def _check_own(happening: Happening, camera: str) -> None:
    """Raise ValueError where the process speaks of another camera than its own."""
    if isinstance(happening, ChunkReady) and happening.chunk.facts.camera != camera:
        raise ValueError("a chunk of another camera")


def _how(code: int | None) -> str:
    if code is None:
        return "did not end and was killed"
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def ports_of(url: str) -> list[int]:
    """Return the ports at which a camera may be asked: its own, and where that may lead."""
    parts = urlsplit(url)
    here = Origin.of(parts.scheme, parts.hostname or "", parts.port)
    usual = (Origin.of(scheme, here.host, None) for scheme in PORTS)
    led = [it for it in usual if it != here and may_lead(here, it)]
    return [it.port for it in (here, *led) if it.port is not None]


def take_limits(camera: Camera, relay_ports: Sequence[int] = ()) -> None:
    """Give up what reading this camera does not need: libav parses what a stranger sends.

    Each is taken as far as the kernel gives it; what it does not give was said by the handler. Left
    are code and certificates to read, the camera's files, and TCP to the camera's own port, to
    that of its TLS where it may lead there, and to the relay in this process.
    """
    parts = urlsplit(camera.url)
    is_file = parts.scheme == "file"
    read_below = [*places.readable(has_gpu=False), *places.network()]
    read_below += [Path(camera.trust.pem)] if camera.trust and camera.trust.pem else []
    read_below += [Path(unquote(parts.path))] if is_file else []
    ports = [] if is_file else [_NAMES_PORT, *ports_of(camera.url), *relay_ports]
    for protect in (
        seccomp.refuse_new_privileges,
        capabilities.drop,
        partial(landlock.restrict, [Path(os.devnull)], read_below, ports),
        seccomp.refuse_sockets if is_file else seccomp.refuse_local_sockets,
    ):
        with suppress(OSError):
            protect()


def main() -> None:
    """Read one camera, whose settings come on standard input, and tell on standard output."""
    processes.die_with_parent(os.getppid())
    task = decode_body(sys.stdin.buffer.read(), Task)
    camera = task.camera
    listener = None if urlsplit(camera.url).scheme == "file" else listen()
    take_limits(camera, [listener.getsockname()[1]] if listener else [])
    from stages.camera.source.libav import Passing, watch_blocking  # noqa: PLC0415 - libav: only here

    generator = random.Random()  # noqa: S311 - chance for waiting, no secret
    passing = Passing(MachineClock(), generator, Epochs(last=task.epoch).next, time.sleep, listener)
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is not a message
    for happening in watch_blocking(camera, passing):
        for part in message_of(happening):
            write_all(out, part)
    for part in FAREWELL:
        write_all(out, part)


if __name__ == "__main__":
    main()
