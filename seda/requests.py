"""What travels with a client's connection through the ring of HTTP, in the order in which it flows.

parser -> assignment, alarm, live or reply -> reply -> parser. The first payload of each of these
events is the client's connection. Frozen attrs classes only; how the ring works stands in
design/ring.md.
"""

from typing import Annotated, Literal

import attrs
from msgspec import Meta

from seda.messages import Id

INLINE_BYTES = 16 * 1024
"""Of a body or of bytes read ahead; what is larger goes into a payload, or ends the connection."""

Role = Literal["spotter", "supervisor", "admin"]
Inline = Annotated[bytes, Meta(max_length=INLINE_BYTES)]


@attrs.frozen
class Client:
    """A connection between two requests: all that a process needs to go on with it."""

    address: str
    """Of the real peer, without its port; what a trusted proxy says, where there is one."""
    is_https: bool
    version: Literal["1.0", "1.1"]
    method: str
    is_kept: bool
    """The connection goes back to the parser after the answer."""
    read_ahead: Inline = b""
    """What was read beyond the request."""
    headers: dict[str, str] = attrs.Factory(dict)
    """Those that decide how the answer is written (conditions, ranges, encodings); lower case."""
    peer: str = ""
    """Address of whoever is at the other end: the client's, or that of a proxy in front of it."""
    person: str = ""
    """Who was signed in with the last request: decides nothing but who goes when there are too
    many."""


@attrs.frozen
class Person:
    """Who asks, as the store had it when the request came."""

    name: str
    role: Role
    scope: frozenset[str] | None = None
    """The cameras that they may see; None for all."""
    session: str = ""
    """Of the browser or machine; tells sessions apart and is no secret."""
    expires_s: float | None = None
    """Wall time from which on the session is none; None where none was opened."""


@attrs.frozen
class Ask:
    """The body of "request", "write" and "ask": one request, parsed and admitted.

    Its key is the person, or the address where nobody is signed in. The second payload, if there
    is one, is the request's body where that is larger than what fits here.
    """

    client: Client
    person: Person | None
    route: str
    """Name of the route, from spotter_web/routes.py."""
    path: dict[str, str] = attrs.Factory(dict)
    query: dict[str, str] = attrs.Factory(dict)
    body: Inline = b""


@attrs.frozen
class RefusedSignIn:
    """The body of the ask by which the parser has a refused sign-in noted; it holds no password."""

    name: str
    others: tuple[tuple[str, str], ...] = ()
    """Name and address of others that were wrong at the same time and whose ask goes nowhere."""


@attrs.frozen
class Answer:
    """The body of "answer" and "pair": what the reply stage writes.

    The content is `body`, or the second payload, or the file, whichever there is.
    """

    client: Client
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    """Besides those that every answer has."""
    body: Inline = b""
    file: str = ""
    """Path of a file that does not change while its name stays."""
    lease_id: str = ""
    """Of a pair: told to assignment if it cannot be delivered."""


@attrs.frozen
class Handover:
    """The body of "connection": what the TLS stage gives to the parser."""

    address: str
    """Of the peer."""


@attrs.frozen
class Undelivered:
    """The body of "undelivered": a pair that nobody has seen, because it could not be written."""

    lease_id: Id
