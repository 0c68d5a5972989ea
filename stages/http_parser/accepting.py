"""Accepts connections on a listening socket that others may wait on too."""

import errno
import socket
from collections.abc import Awaitable, Callable

import trio

from stages.http_parser.origins import plain_address

AT_ONCE = 32
"""Connections that are taken from one socket before others have their turn."""
_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_RETRY_S = 0.1


async def accept(
    listening: socket.socket,
    wait_for_place: Callable[[], Awaitable[None]],
    begin: Callable[[socket.socket, str], None],
    count: Callable[[str], None],
) -> None:
    """Begin with every connection and its peer's address, until cancelled."""
    while True:
        await trio.lowlevel.wait_readable(listening)
        for _ in range(AT_ONCE):
            await wait_for_place()
            try:
                connection, address = listening.accept()
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno not in _SHORT_OF:
                    count("accept_failures")
                    continue  # it was gone before it was accepted
                count("accept_without_descriptors")
                await trio.sleep(_RETRY_S)
                break
            connection.setblocking(False)
            begin(connection, plain_address(address[0]))
