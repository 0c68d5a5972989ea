"""Starting a process of the stage's runtime: the first thing that a controller does.

Imports nothing that is slow, so that the template imports the stage's code while the controller
imports its own.
"""

import os
import signal
import socket
import sys

import msgspec

CHARTER_BYTES = 16 * 1024 * 1024
"""Upper bound of a charter, for reading it in one go."""


class Launched:
    """A process of the runtime: its pid, this end of its socket, and what it prints."""

    def __init__(self, pid: int, sock: socket.socket, output: int) -> None:
        self.pid = pid
        self.sock = sock
        self.output = output


def inheritable(charter: int) -> tuple[int, ...]:
    """Return the descriptors that the runtime gets: the charter and the sockets it names."""
    told = msgspec.msgpack.decode(os.pread(charter, CHARTER_BYTES, 0))
    return (charter, *told["sockets"].values())


def launch(charter: int, inherited: tuple[int, ...]) -> Launched:
    """Start `stages.runtime` with a socket of its own and a pipe as its stdout and stderr."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        reading, writing = os.pipe2(os.O_CLOEXEC)
    except OSError:
        here.close()
        there.close()
        raise
    try:
        pid = _spawn(charter, (*inherited, there.fileno()), there.fileno(), writing)
    except OSError:
        here.close()
        os.close(reading)
        raise
    finally:
        there.close()
        os.close(writing)
    return Launched(pid, here, reading)


def _spawn(charter: int, inherited: tuple[int, ...], sock: int, output: int) -> int:
    """Run the program; a descriptor duplicated onto itself loses its close-on-exec."""
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    actions += [(os.POSIX_SPAWN_DUP2, number, number) for number in inherited]
    command = [sys.executable, "-P", "-m", "stages.runtime", str(charter), str(sock)]
    return os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=actions,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, signal.SIGTERM],
    )
