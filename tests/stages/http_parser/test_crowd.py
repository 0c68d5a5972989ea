"""Many strangers at once: whoever is signed in keeps their place, and the slowest goes first."""

import socket
from pathlib import Path

from testing.controllers.door import Asked, Door, door

HELD_BODY = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)
CRAWLING_HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"


def signed_in(secret: str, path: str = "/api/v1/next?page=abcdefgh") -> bytes:
    """Return the request of a browser whose person is signed in."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nCookie: seda_session={secret}\r\n\r\n".encode()


def idle_person(parser: Door, secret: str) -> socket.socket:
    """Return the kept connection of somebody who is signed in, between two requests."""
    client = parser.send(signed_in(secret))
    parser.give_back(parser.asked())
    return client


def is_over(client: socket.socket) -> bool:
    """Wait until a connection is told that it is over, with or without words."""
    try:
        while client.recv(4096):
            pass
    except ConnectionResetError:
        pass
    return True


def asks(parser: Door, client: socket.socket, content: bytes) -> Asked:
    """Send a request on a connection that is open, and return what is given on."""
    client.sendall(content)
    return parser.asked()


def test_strangers_bodies_neither_keep_people_out_nor_end_their_connections(tmp_path: Path) -> None:
    """One byte of a body holds a place only until somebody needs it (R26)."""
    with door(tmp_path, connections_max=8) as parser:
        secret = parser.sign_in("ann")
        kept = idle_person(parser, secret)
        strangers = [parser.send(HELD_BODY) for _ in range(16)]
        late = parser.ask(signed_in(secret, "/api/v1/next?page=latelate"))
        assert late.ask.person is not None
        assert asks(parser, kept, signed_in(secret)).ask.person == late.ask.person
        assert is_over(strangers[0])


def test_the_slowest_stranger_goes_first_whatever_it_has_sent(tmp_path: Path) -> None:
    """Silent, in its head or in its body: who came first and is not done makes place."""
    with door(tmp_path, connections_max=4) as parser:
        slow = [parser.connect(), parser.send(CRAWLING_HEAD), parser.send(HELD_BODY)]
        slow.append(parser.send(CRAWLING_HEAD))
        for client in slow:
            newcomer = parser.connect()
            assert is_over(client)
            newcomer.close()


def test_a_stranger_never_takes_the_place_of_somebody_who_is_signed_in(tmp_path: Path) -> None:
    """With all places but the strangers' taken by people, strangers end each other alone."""
    with door(tmp_path, connections_max=8) as parser:
        secret = parser.sign_in("ann")
        people = [idle_person(parser, secret) for _ in range(7)]
        strangers = [parser.connect() for _ in range(6)]
        for stranger in strangers[:-1]:
            assert is_over(stranger)
        for client in people:
            assert asks(parser, client, signed_in(secret)).ask.person is not None


def test_who_holds_most_gives_way_among_people(tmp_path: Path) -> None:
    """Somebody who is signed in cannot take the others' places either."""
    with door(tmp_path, connections_max=8) as parser:
        ann, bob = parser.sign_in("ann"), parser.sign_in("bob")
        one = idle_person(parser, ann)
        many = [idle_person(parser, bob) for _ in range(10)]
        assert is_over(many[0])
        assert asks(parser, one, signed_in(ann)).ask.person is not None


def test_an_address_ends_its_own_slowest_first(tmp_path: Path) -> None:
    """Behind one address may be a crowd: a newcomer is let in, another of its strangers goes."""
    with door(tmp_path, connections_per_address_max=2) as parser:
        first, second = parser.connect(), parser.connect()
        third = parser.connect()
        assert is_over(first)
        for client in (second, third):
            assert asks(parser, client, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n").ask.route == "static"


def test_people_at_an_address_are_no_strangers_there(tmp_path: Path) -> None:
    """Who is signed in does not count against the address that strangers share with them."""
    with door(tmp_path, connections_per_address_max=2) as parser:
        secret = parser.sign_in("ann")
        people = [idle_person(parser, secret) for _ in range(4)]
        strangers = [parser.connect() for _ in range(3)]
        assert is_over(strangers[0])
        for client in people:
            assert asks(parser, client, signed_in(secret)).ask.person is not None


def test_a_small_body_has_seconds_and_a_large_one_its_time(tmp_path: Path) -> None:
    """What fits into one packet does not need the time of a picture."""
    with door(tmp_path, small_body_s=0.2, body_s=3000.0) as parser:
        assert parser.answered(parser.send(HELD_BODY)).startswith(b"HTTP/1.1 408 ")


def test_a_page_asked_for_by_somebody_signed_in_leaves_them_signed_in(tmp_path: Path) -> None:
    """Files are everybody's, but the connection that asks for one is still theirs."""
    with door(tmp_path, connections_max=4) as parser:
        secret = parser.sign_in("ann")
        client = parser.send(signed_in(secret, "/app.js"))
        parser.give_back(parser.asked())
        strangers = [parser.connect() for _ in range(5)]
        assert is_over(strangers[0])
        assert asks(parser, client, signed_in(secret)).ask.person is not None
