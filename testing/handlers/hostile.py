"""A stage function that was taken over: it tries everything that it is not to reach.

Each attempt returns normally where it got through and raises OSError where it was refused. What
they aim at comes in the event, so that one list serves a test and a siege.
"""

import ctypes
import os
import select
import signal
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import attrs

from runtime import Context, Input, Product
from runtime.descriptors import open_now
from seda import wire
from seda.codec import encode
from seda.messages import Event, HandlerFigures, Output
from seda.protocol import Emit, Hello, Welcome

FORGED_KIND, FORGED_TO = "decided", "assignment"
IMPERSONATED = "alarm"

_PIDFD_GETFD, _VM_READ = 438, 310
_IO_URING_SETUP = 425
_libc = ctypes.CDLL(None, use_errno=True)


@attrs.frozen
class Aims:
    """What to attack."""

    secrets: tuple[str, ...]
    """Files and folders to read."""
    sockets: tuple[str, ...]
    """Paths to connect to."""
    port: int
    """Somebody listens there on loopback."""
    pids: tuple[int, ...]
    """Processes to look into and to signal."""


@attrs.frozen
class Outcome:
    """What came of one attempt."""

    name: str
    got_through: bool
    words: str
    """Of the refusal."""


@attrs.frozen
class Outcomes:
    """What came of all of them."""

    all: tuple[Outcome, ...]


def attack(event: Input, context: Context) -> Product:
    """Try everything and say what came of it."""
    aims = event.body(Aims)
    found = [_outcome(name, attempt) for name, attempt in attempts(aims, context.directory)]
    return event.output("outcomes", Outcomes(tuple(found)))


def report(event: Input, context: Context) -> None:
    """Keep what came of it where the siege finds it."""
    context.directory.joinpath("outcomes").write_bytes(event.header.body)


def forge(event: Input, _context: Context) -> None:
    """Say to the own controller what the row does not give, past the runtime's checks."""
    forged = Event(f"{event.header.id}.0", FORGED_KIND, "gate", b"", born_s=event.header.born_s)
    said = encode(Emit((Output(FORGED_TO, forged),), HandlerFigures()))
    for descriptor in open_now():
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            os.write(descriptor, said)


def impersonate(event: Input, context: Context) -> None:
    """Connect to every controller in a stage's name, and note which of them says welcome."""
    aims = event.body(Aims)
    welcomes = [path for path in aims.sockets if _is_welcome(path)]
    context.directory.joinpath("welcomes").write_text("\n".join(welcomes))


def _is_welcome(path: str) -> bool:
    """Knock as the stage that gives most to others."""
    link = wire.connect(path)
    try:
        link.send(Hello(IMPERSONATED, os.getpid()))
        select.select([link], [], [])
        return isinstance((link.receive() or (None,))[0], Welcome)
    except (wire.Closed, OSError):
        return False
    finally:
        link.close()


def attempts(aims: Aims, own: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Name every attempt."""
    for path in map(Path, aims.secrets):
        yield from _readings(path, own)
    for target in aims.sockets:
        yield from _connections(target)
    yield "connect: a port", lambda: socket.create_connection(("127.0.0.1", aims.port), 5).close()
    yield "connect: netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()
    yield "connect: io_uring", _set_up_ring
    for pid in aims.pids:
        yield from _intrusions(pid)


def _outcome(name: str, attempt: Callable[[], object]) -> Outcome:
    try:
        attempt()
    except OSError as error:
        return Outcome(name, got_through=False, words=str(error))
    return Outcome(name, got_through=True, words="")


def _readings(path: Path, own: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    yield f"read: {path}", lambda: _look(path)
    yield f"read: {path} by a link", lambda: _look_by_link(path, own / "stolen")
    yield f"read: {path} by a symbolic link", lambda: _look_by_symlink(path, own / "seen")
    yield f"read: {path} by another process", lambda: _look_by_program(path)
    yield f"read: {path} by a process's root", lambda: _look(Path(f"/proc/self/root{path}"))
    yield f"write: {path}", lambda: _write_at(path)


def _look(path: Path) -> object:
    return list(path.iterdir()) if path.is_dir() else path.read_bytes()


def _look_by_link(path: Path, link: Path) -> object:
    link.unlink(missing_ok=True)
    link.hardlink_to(path)
    return link.read_bytes()


def _look_by_symlink(path: Path, link: Path) -> object:
    link.unlink(missing_ok=True)
    link.symlink_to(path)
    return _look(link)


def _look_by_program(path: Path) -> object:
    told = subprocess.run(
        ["/bin/ls" if path.is_dir() else "/bin/cat", str(path)], capture_output=True, check=False
    )
    if told.returncode:
        raise OSError(told.stderr.decode(errors="replace"))
    return told.stdout


def _write_at(path: Path) -> None:
    """Write nothing into a file, or make one in a folder."""
    if path.is_dir():
        path.joinpath("forged").touch()
    else:
        os.close(os.open(path, os.O_WRONLY))


def _connections(target: str) -> Iterator[tuple[str, Callable[[], object]]]:
    for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM, socket.SOCK_DGRAM):
        yield f"connect: {target}, {kind.name}", partial(_connect, target, kind)
    yield f"connect: {target} from a pair", lambda: _send_from_pair(target)


def _connect(target: str, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_UNIX, kind) as sock:
        sock.connect(target)


def _send_from_pair(target: str) -> None:
    """One end of a pair of datagrams may send to any address."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with here, there:
        here.sendto(b"forged", target)


def _set_up_ring() -> None:
    parameters = ctypes.create_string_buffer(120)
    _call(_IO_URING_SETUP, 1, parameters)


def _intrusions(pid: int) -> Iterator[tuple[str, Callable[[], object]]]:
    for name in ("environ", "mem", "fd/0", "maps"):
        yield f"read: {name} of process {pid}", partial(_look_into, pid, name)
    yield f"read: memory of process {pid}", lambda: _read_memory(pid)
    yield f"read: descriptors of process {pid}", lambda: _take_descriptor(pid)
    yield f"signal: process {pid}", lambda: os.kill(pid, signal.SIGCONT)


def _look_into(pid: int, name: str) -> None:
    """Open what the system shows of a process; of its descriptors what the first leads to."""
    with Path(f"/proc/{pid}/{name}").open("r+b" if name == "mem" else "rb") as file:
        if name != "mem":
            file.read(1)


def _read_memory(pid: int) -> None:
    """Read a byte where the C library lies, which has the same place in forks."""
    here = ctypes.create_string_buffer(8)
    address = ctypes.cast(_libc.getpid, ctypes.c_void_p).value or 0
    local = (ctypes.c_size_t * 2)(ctypes.addressof(here), 8)
    remote = (ctypes.c_size_t * 2)(address, 8)
    _call(_VM_READ, pid, local, 1, remote, 1, 0)


def _take_descriptor(pid: int) -> None:
    pidfd = os.pidfd_open(pid)
    try:
        os.close(_call(_PIDFD_GETFD, pidfd, 0, 0))
    finally:
        os.close(pidfd)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
