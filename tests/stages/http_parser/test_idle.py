"""Connections between two requests: who is ready, who goes first, and nothing left of who went."""

import os
import socket
from collections.abc import Iterator

import pytest

from http_common.origins import Line
from stages.http_parser.connection import Connection
from stages.http_parser.idle import Idle


@pytest.fixture
def pairs() -> Iterator[list[socket.socket]]:
    """Collect what is to be closed."""
    made: list[socket.socket] = []
    yield made
    for sock in made:
        sock.close()


def idle_pair(
    pairs: list[socket.socket], idle: Idle, now_s: float
) -> tuple[Connection, socket.socket]:
    """Return a connection that is idle, and its client's end."""
    here, there = socket.socketpair()
    here.setblocking(False)
    pairs += (here, there)
    connection = Connection(here, Line("1.1.1.1"))
    idle.enter(connection, now_s)
    return connection, there


def test_who_sends_is_ready_and_idle_no_more(pairs: list[socket.socket]) -> None:
    """Also where somebody else has a copy of it, who must not wake this one afterwards."""
    idle = Idle(10.0)
    idle_pair(pairs, idle, 0.0)
    loud, client = idle_pair(pairs, idle, 0.0)
    client.send(b"G")
    assert idle.take_ready() == [loud]
    copied = os.dup(loud.socket.fileno())
    loud.socket.close()
    assert idle.take_ready() == []
    os.close(copied)
    idle.close()


def test_one_that_was_taken_is_idle_no_more(pairs: list[socket.socket]) -> None:
    """Whoever ends it need not know where it is; one that sends a request is not idle."""
    idle = Idle(10.0)
    first, second, third = (idle_pair(pairs, idle, float(number)) for number in range(3))
    first[1].send(b"G")
    assert idle.take_ready() == [first[0]]
    assert not idle.take(first[0])
    assert idle.take(second[0])
    assert not idle.take(second[0])
    assert idle.take_overdue(100.0) == [third[0]]
    idle.close()


def test_who_asks_for_nothing_is_overdue(pairs: list[socket.socket]) -> None:
    """Each after its own time."""
    idle = Idle(10.0)
    first, second = idle_pair(pairs, idle, 0.0), idle_pair(pairs, idle, 5.0)
    assert (idle.next_s(1.0), idle.take_overdue(9.9)) == (10.0, [])
    assert idle.take_overdue(10.0) == [first[0]]
    assert idle.take_overdue(20.0) == [second[0]]
    assert idle.next_s(20.0) == 30.0
    idle.close()
