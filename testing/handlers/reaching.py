"""Code that opens the network while it is imported."""

import socket

from runtime import Context, Input

_SOCKET = socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def handle(_event: Input, _context: Context) -> None:
    """Do nothing."""
