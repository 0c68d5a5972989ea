"""The stage as a real process, its controller and everybody behind it played by the test."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from seda.protocol import Emit
from tests.fakes.door import Door, door

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n"


@pytest.fixture
def parser(tmp_path: Path) -> Iterator[Door]:
    """Run it with the defaults."""
    with door(tmp_path) as made:
        yield made


def get(path: str, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return GET % (path.encode(), lines.encode())


def test_a_page_is_asked_of_the_reply_stage(parser: Door) -> None:
    """What is in no row is a file of the console, for everybody."""
    asked = parser.ask(get("/scripts/watch.js?v=1"))
    assert (asked.to, asked.event.kind, asked.event.key) == ("http_reply", "ask", "127.0.0.1")
    assert (asked.ask.route, asked.ask.path) == ("static", {"file": "scripts/watch.js"})
    assert asked.ask.query == {"v": "1"}
    assert asked.ask.client.address == "127.0.0.1"


def test_the_next_frame_is_asked_of_assignment_by_who_is_signed_in(parser: Door) -> None:
    """Person, role and session come from the store; the key is the person."""
    secret = parser.sign_in("ann")
    asked = parser.ask(get("/api/v1/next?page=abcdefgh", cookie=f"a=b; seda_session={secret}"))
    assert (asked.to, asked.event.kind, asked.event.key) == ("assignment", "request", "ann")
    assert asked.ask.person is not None
    assert (asked.ask.person.name, asked.ask.person.role) == ("ann", "spotter")
    assert asked.ask.person.session
    assert asked.ask.person.session not in secret


def test_a_connection_comes_back_and_goes_on(parser: Door) -> None:
    """Keep-alive: the same connection has one request after the other, pipelined ones too."""
    client = parser.send(get("/a") + get("/b"))
    for name in ("a", "b", "c"):
        if name == "c":
            client.sendall(get("/c"))
        asked = parser.asked()
        assert asked.ask.path == {"file": name}
        parser.give_back(asked)
    client.close()


def test_without_room_the_client_is_told_at_once(parser: Door) -> None:
    """503 with Retry-After, and the connection ends (admission at the door)."""
    clients = [parser.send(get("/")) for _ in range(64)]
    emitted = [parser.handler.expect_with_descriptors(Emit) for _ in clients]
    late = parser.send(get("/"))
    answer = b"".join(iter(lambda: late.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1\r\n" in answer
    for _, descriptors in emitted:
        for descriptor in descriptors:
            socket.close(descriptor)
