"""Accepts connections on a listening socket that others may wait on too."""

import errno
import socket
from typing import Protocol

import trio

from stages.http_parser.origins import plain_address

AT_ONCE = 64
"""Connections that are taken from one socket before others have their turn."""
_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_RETRY_S = 0.1
_REST_MAX_S = 0.25


class Host(Protocol):
    """Who takes the connections in."""

    def count(self, name: str) -> None:
        """Count something odd."""

    def has_place(self) -> bool:
        """Say whether there is a place for one more."""

    async def wait_for_place(self) -> None:
        """Wait until there is; somebody stands outside."""

    def begin(self, connection: socket.socket, address: str) -> None:
        """Take a connection and its peer's address in."""


async def rest_after_strangers(began_s: float) -> None:
    """Rest as long as was worked for strangers since then, at most for a while.

    So they get half of the time at most, however many they are and however slow the machine: who is
    signed in is served in the other half.
    """
    await trio.sleep(min(trio.current_time() - began_s, _REST_MAX_S))


async def accept(listening: socket.socket, host: Host) -> None:
    """Bring in everybody who connects, until cancelled."""
    while True:
        await trio.lowlevel.wait_readable(listening)
        await host.wait_for_place()
        taken, began_s = 0, trio.current_time()
        while host.has_place() and taken < AT_ONCE:
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
                await trio.sleep(_RETRY_S)
                break
            connection.setblocking(False)
            host.begin(connection, plain_address(address[0]))
        await rest_after_strangers(began_s)
