"""Accepts connections on a listening socket that outlives this process, so many at a time."""

import errno
import socket

import trio

from stages.live.operations.exchange import Answering, Conversation

CONNECTIONS = 64
"""More wait in the socket's backlog; none keeps its place longer than the limits of an exchange."""
_SHORT_OF = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
_RETRY_S = 0.1


async def serve_connections(
    sock: socket.socket, answering: Answering, hosts: frozenset[str] = frozenset()
) -> None:
    """Answer everyone who connects, until cancelled."""
    listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))
    places = trio.Semaphore(CONNECTIONS)

    async def serve_one(stream: trio.SocketStream) -> None:
        try:
            await Conversation(stream, answering, hosts).run()
        finally:
            places.release()

    async with trio.open_nursery() as nursery:
        while True:
            await places.acquire()
            nursery.start_soon(serve_one, await _accept(listener))


async def _accept(listener: trio.SocketListener) -> trio.SocketStream:
    """Return the next connection, also when descriptors run out for a moment."""
    while True:
        try:
            return await listener.accept()
        except OSError as error:
            if error.errno not in _SHORT_OF:
                raise
        await trio.sleep(_RETRY_S)
