"""A reply stage of the barest kind: it answers every ask with what was asked, and gives back."""

import os
import socket
import sys

import msgspec
import trio

from runtime import Input
from runtime.asynchronous import AsyncContext
from seda.codec import decode_body, encode_body
from seda.requests import Answer, Ask, Client


async def serve(event: Input, context: AsyncContext) -> None:
    """Answer, and give the connection back."""
    ask = event.body(Ask)
    connection = event.payloads[0].take_connection()
    status, body, client = 200, msgspec.json.encode(ask), ask.client
    if ask.route == "refusal":
        refused = decode_body(ask.body, Answer)
        status, body, client = refused.status, refused.body, refused.client
    if ask.path.get("file") == "large":
        body = bytes(8 * 1024 * 1024)
    keeping = b"keep-alive" if client.is_kept else b"close"
    head = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: %b\r\nserver: %d\r\n\r\n"
    left = memoryview(head % (status, len(body), keeping, os.getpid()) + body)
    with connection:
        while left:
            try:
                left = left[connection.send(left) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(connection)
            except OSError:
                return
        await trio.lowlevel.checkpoint()
        if client.is_kept:
            _give_back(context.sockets["return"], client, connection)
        else:
            connection.shutdown(socket.SHUT_WR)


def _give_back(way: socket.socket, client: Client, connection: socket.socket) -> None:
    rights = connection.fileno().to_bytes(4, sys.byteorder)
    rest = Client(
        client.address,
        client.is_https,
        client.version,
        "",
        is_kept=True,
        read_ahead=client.read_ahead,
        peer=client.peer,
        person=client.person,
    )
    way.sendmsg([encode_body(rest)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
