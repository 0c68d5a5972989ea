"""Starting a process of the stage's runtime: the first thing that a controller does.

Imports nothing that is slow, so that the template imports the stage's code while the controller
imports its own.
"""

import os
import signal
import socket
import sys

import msgspec

CONFIG_BYTES = 16 * 1024 * 1024
"""Upper bound of a stage's configuration, for reading it in one go."""


class Launched:
    """A process of the runtime: its pid, this end of its socket, and what it prints."""

    def __init__(self, pid: int, sock: socket.socket, output: int) -> None:
        self.pid = pid
        self.sock = sock
        self.output = output


class Runtime:
    """How this stage's runtime is started."""

    def __init__(self, config_descriptor: int) -> None:
        config = msgspec.msgpack.decode(os.pread(config_descriptor, CONFIG_BYTES, 0))
        self._config_descriptor = config_descriptor
        self._inherited = (config_descriptor, *config["sockets"].values())
        self._role = ["--handler"] if config["row"]["start"] == "exec" else []
        for descriptor in (*self._inherited, config["listening"], config["kept_state"]):
            os.set_inheritable(descriptor, False)

    def launch(self) -> Launched:
        """Start it with a socket of its own and a pipe as its stdout and stderr."""
        command = [sys.executable, "-P", "-m", "runtime", str(self._config_descriptor)]
        return launch(command, self._role, self._inherited)


def launch(command: list[str], role: list[str], inherited: tuple[int, ...]) -> Launched:
    """Start a program that is told the number of its socket, and prints into a pipe."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        reading, writing = os.pipe2(os.O_CLOEXEC)
    except OSError:
        here.close()
        there.close()
        raise
    try:
        whole = [*command, str(there.fileno()), *role]
        pid = _spawn(whole, (*inherited, there.fileno()), writing)
    except OSError:
        here.close()
        os.close(reading)
        raise
    finally:
        there.close()
        os.close(writing)
    return Launched(pid, here, reading)


def _spawn(command: list[str], inherited: tuple[int, ...], output: int) -> int:
    """Run the program; a descriptor duplicated onto itself loses its close-on-exec."""
    actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    actions += [(os.POSIX_SPAWN_DUP2, number, number) for number in inherited]
    return os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=actions,
        setsigmask=[],
        setsigdef=[signal.SIGPIPE, signal.SIGTERM],
    )
