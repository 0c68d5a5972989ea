"""Ports of loopback that nothing listens on, for servers that are told theirs.

A port that the kernel chose and that was let go is anybody's until its server listens, and every
connection takes one from the same range. So these are from below that range, no process gives one
twice before it has given them all, and each process begins elsewhere.
"""

import itertools
import os
import socket

_LOWEST = 10_000
_COUNT = 22_000
"""Linux takes a connection's own port from 32768 on."""
_EACH = 200
"""More than a process asks for."""

_numbers = itertools.count(os.getpid() * _EACH)


def free_port() -> int:
    """Return a port at which nobody listens."""
    for number in itertools.islice(_numbers, _COUNT):
        port = _LOWEST + number % _COUNT
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise RuntimeError(f"no port from {_LOWEST} to {_LOWEST + _COUNT} is free")
