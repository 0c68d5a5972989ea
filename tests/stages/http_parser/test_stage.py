"""The stage as a real process, its controller and everybody behind it played by the test."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from seda.pipeline import HTTP_PARSER
from seda.protocol import Emit, Stop
from seda.wire import close_all
from testing.controllers.door import PASSWORD, Door, descriptors_of, door
from testing.waiting import wait_until

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
    """Person, role and session come from the store; the key is the person (R26)."""
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


def test_without_room_the_client_is_told_to_come_again(parser: Door) -> None:
    """503 with Retry-After, and the connection ends (admission at the door)."""
    clients = [parser.send(get("/")) for _ in range(HTTP_PARSER.concurrency)]
    emitted: list[int] = []
    while len(emitted) < len(clients):
        emitted += parser.handler.expect_with_descriptors(Emit)[1]
    late = parser.send(get("/late"))
    answer = parser.answered(late)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1\r\n" in answer
    close_all(emitted)


def test_many_at_once_are_let_in_one_after_the_other(parser: Door) -> None:
    """A burst is no overload: it waits a moment for room."""
    clients = [parser.send(get("/")) for _ in range(200)]
    assert {parser.asked().ask.route for _ in clients} == {"static"}


def test_a_body_is_asked_for_only_if_it_is_wanted(parser: Door) -> None:
    """Expect: 100-continue is answered once the request is let in, and else by its refusal."""
    secret = parser.sign_in("sup", "supervisor")
    head = (
        b"POST /api/v1/test-frames?camera=gate&is_target=true HTTP/1.1\r\nHost: a\r\n"
        b"Content-Type: image/jpeg\r\nContent-Length: 20000\r\nExpect: 100-continue\r\n"
    )
    client = parser.send(head + f"Authorization: Bearer {secret}\r\n\r\n".encode())
    assert parser.asked().problem[0] == 401  # a session is no token
    token = parser.issue("sup", "token")
    client = parser.send(head + f"Authorization: Bearer {token}\r\n\r\n".encode())
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(b"x" * 20_000)
    asked = parser.asked()
    assert (asked.to, asked.event.kind, asked.ask.route) == (
        "alarm",
        "write",
        "upload_test_frame",
    )
    assert asked.payload == b"x" * 20_000


def test_a_sign_in_goes_on_verified_and_without_its_password(parser: Door) -> None:
    """One stage knows passwords, and it does not tell."""
    parser.sign_in("ann")
    for password, route in ((PASSWORD, "sign_in"), ("wrong", "sign_in_refused")):
        body = b'{"name": "ann", "password": "%b"}' % password.encode()
        lines = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head = f"POST /api/v1/session HTTP/1.1\r\nHost: a\r\n{lines}\r\n"
        asked = parser.ask(head.encode() + body)
        assert (asked.to, asked.event.kind, asked.ask.route) == ("alarm", "write", route)
        assert password.encode() not in asked.event.body


def test_what_is_no_request_is_refused_and_ends_its_connection(parser: Door) -> None:
    """The reply stage says why."""
    asked = parser.ask(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
    assert asked.problem == (400, "line 2 of the request's head is not NAME: VALUE")
    assert not asked.ask.client.is_kept


def test_a_head_of_8_mb_costs_its_first_16_kib(parser: Door) -> None:
    """Refused before more of it is read."""
    client = parser.connect()
    with pytest.raises(OSError):  # noqa: PT012, PT011 - reset or broken, as it comes
        client.sendall(b"GET / HTTP/1.1\r\n")
        line = b"X: " + b"a" * 65_000 + b"\r\n"
        asked = None
        for number in range(8 * 1024 // 64):
            client.sendall(line)
            if number == 2:
                asked = parser.asked()
                assert asked.problem[0] == 431
                parser.close(asked)


def test_deadlines_end_what_does_not_come(tmp_path: Path) -> None:
    """Idle: closed; a head or a body that does not end: 408."""
    with door(tmp_path, idle_s=0.2, head_s=0.3, body_s=0.3) as parser:
        assert parser.answered(parser.connect()) == b""
        assert parser.answered(parser.send(b"GET / HT")).startswith(b"HTTP/1.1 408 ")
        secret = parser.sign_in("ann")
        head = (
            f"POST /api/v1/watch/notes HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\n"
            f"Cookie: seda_session={secret}\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n"
        )
        assert parser.answered(parser.send(head.encode())).startswith(b"HTTP/1.1 408 ")


def test_garbage_on_the_way_back_is_counted_and_harms_nobody(parser: Door) -> None:
    """A datagram without a connection, one that is no client, and then a good one."""
    client = parser.send(get("/a"))
    asked = parser.asked()
    parser.return_datagram(b"no client", asked.connection.fileno())
    parser.return_datagram(b"no client", None)
    parser.give_back(asked)
    client.sendall(get("/b"))
    assert parser.asked().ask.path == {"file": "b"}


def test_at_a_stop_what_has_begun_is_finished_and_what_is_idle_goes_back(parser: Door) -> None:
    """Another handler goes on with it: nobody's connection breaks when one is replaced."""
    idle, begun = parser.connect(), parser.send(b"GET /begun HT")
    kept = parser.send(get("/kept"))
    parser.give_back(parser.asked())
    wait_for_connections(parser, 3)
    parser.handler.link.send(Stop())
    begun.sendall(b"TP/1.1\r\nHost: a\r\n\r\n")
    assert parser.asked().ask.path == {"file": "begun"}
    assert parser.handler.wait() == 0
    successor = parser.controller.fork()
    successor.ready()
    parser.handler = successor
    for client, name in ((idle, "idle"), (kept, "kept")):
        client.sendall(get(f"/{name}"))
        assert parser.asked().ask.path == {"file": name}


def test_hang_ups_and_thousands_of_requests_leave_no_descriptor(parser: Door) -> None:
    """Whatever clients do in the middle of whatever."""
    parser.close(parser.ask(get("/")))
    wait_for_connections(parser, 0)
    before = descriptors_of(parser.handler.pid)
    beginnings = [b"", b"GET", b"GET / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nHost: a\r\n\r\n"]
    for number in range(300):
        client = parser.send(beginnings[number % 3])
        client.close()
        asked = parser.ask(get("/a") * 2)
        if number % 2:
            parser.give_back(asked)
            parser.close(parser.asked())
        else:
            parser.close(asked)
        parser.close(parser.ask(beginnings[3] + b"garbage\n"))
    parser.close(parser.ask(get("/")))
    wait_for_connections(parser, 0)
    # Fewer is no leak: what the start had open may be closed by now.
    assert descriptors_of(parser.handler.pid) <= before


def wait_for_connections(parser: Door, count: int) -> None:
    """Wait until the parser holds so many of the clients' connections."""
    pid = parser.handler.pid
    wait_until(
        lambda: connections_of(pid) == count,
        f"{count} connections",
        so_far=lambda: connections_of(pid),
    )


def connections_of(pid: int) -> int:
    """Count the TCP connections that a process has open, its listening socket aside."""
    inodes = set(re.findall(r"socket:\[(\d+)\]", " ".join(links_of(pid))))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[9] in inodes and row[3] != "0A" for row in rows)


def links_of(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(link.readlink()))
    return found
