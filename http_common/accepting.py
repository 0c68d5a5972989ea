"""Accepts connections on a listening socket that others may wait on too."""

import errno
import socket
from typing import Protocol

import trio

from http_common.origins import plain_address
from http_common.strangers_time import Turns

AT_ONCE = 64
"""Connections that are taken from one socket before others have their turn."""
_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_RETRY_S = 0.1


class Host(Protocol):
    """Who takes the connections in."""

    def count(self, name: str) -> None:
        """Count something odd."""

    def has_place(self) -> bool:
        """Return whether there is a place for one more."""

    async def wait_for_place(self) -> None:
        """Wait until there is; somebody stands outside."""

    def begin(self, connection: socket.socket, address: str) -> None:
        """Take a connection and its peer's address in."""


async def accept(listening: socket.socket, host: Host, turns: Turns) -> None:
    """Bring in everybody who connects, until cancelled."""
    turn = turns.lane()
    while True:
        await trio.lowlevel.wait_readable(listening)
        await host.wait_for_place()
        await turn.next()
        taken = 0
        while host.has_place() and taken < AT_ONCE and (not taken or turn.has_time):
            taken += 1
            try:
                connection, address = listening.accept()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno not in _SHORT_OF:
                    host.count("accept_failures")
                    continue  # it was gone before it was accepted
                host.count("accept_without_descriptors")
                turn.end()
                await trio.sleep(_RETRY_S)
                break
            connection.setblocking(False)
            host.begin(connection, plain_address(address[0]))
        turn.end()
