"""Whether a request is let in, and as what it is given on. It reads the store and nothing else.

`admit` decides on the head alone, so that nobody sends a body for nothing; `asks` on the body.
"""

from typing import Literal

import attrs
import msgspec

from conf.schema import Web
from http_common.origins import (
    Line,
    Proxies,
    check_host,
    check_same_site,
    network_of,
)
from http_common.reading import Head, too_large
from http_common.refused import Refused
from seda.codec import encode_body
from seda.requests import INLINE_BYTES, Answer, Ask, Client, Person, Role
from spotter_web.routes import Route
from spotter_web.routes import Target as Stage
from spotter_web.views import Problem
from stages.http_parser.checks import check_body, check_media_type, check_query
from stages.http_parser.credential_cache import CredentialCache, StoreUnavailable
from stages.http_parser.routing import TABLE, Found
from stages.http_parser.targets import read_target
from store.people.devices import COOKIE as DEVICE_COOKIE

COOKIE = "seda_session"
_RANK: dict[Role, int] = {"spotter": 0, "supervisor": 1, "admin": 2}
_KIND: dict[Stage, Literal["request", "write", "ask"]] = {
    "assignment": "request",
    "alarm": "write",
    "live": "ask",
    "http_reply": "ask",
}
_PASSED_ON = (
    "accept-encoding",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-event-id",
    "range",
)
_HEADER_CHARACTERS = 1024
"""Of each of them; a longer one decides nothing."""
_REFUSAL_READ_AHEAD_BYTES = 4096
"""A refusal carries what was read ahead twice; where that is more, the connection ends."""


@attrs.frozen
class Given:
    """An ask on its way: to which stage, as what, and the body that is too large for it."""

    to: Stage
    kind: str
    ask: Ask
    payload: bytes = b""
    device: str = ""
    """What the browser shows of having been signed in on; goes no further than the parser."""

    @property
    def key(self) -> str:
        """Return what the ask is fair by."""
        person, address = self.ask.person, self.ask.client.address
        return (person.name if person else network_of(address) or address)[:120]


@attrs.frozen
class Caller:
    """Whom what a request shows lets in."""

    person: Person | None
    has_cookie: bool
    is_unknown: bool = False
    """The store could not be asked."""
    is_machine: bool = False
    """It shows a token."""


@attrs.frozen
class Admitted:
    """A request whose head is in order."""

    found: Found
    client: Client
    person: Person | None
    query: dict[str, str]
    device: str = ""

    @property
    def route(self) -> Route:
        """Return its row."""
        return self.found.route

    def given(self, body: bytes, rest: bytes) -> Given:
        """Return the ask, with the body and what was read ahead, or raise Refused."""
        check_body(self.route, body)
        body = body if self.route.body else b""
        is_inline = len(body) <= INLINE_BYTES
        ask = Ask(
            client=with_rest(self.client, rest),
            person=self.person,
            route=self.route.name,
            path=self.found.path,
            query=self.query,
            body=body if is_inline else b"",
        )
        payload = b"" if is_inline else body
        return Given(self.route.to, _KIND[self.route.to], ask, payload, self.device)


class AccessControl:
    """Lets requests in."""

    def __init__(self, web: Web, credentials: CredentialCache) -> None:
        self._proxies = Proxies(web.trusted_proxies)
        self._hosts = frozenset(host.lower() for host in web.hosts)
        self._credentials = credentials

    def is_proxy(self, address: str) -> bool:
        """Return whether this address is a trusted proxy, behind which there are many people."""
        return self._proxies.are_trusted(address)

    def caller(self, head: Head) -> Caller:
        """Return the caller, as far as the request identifies them."""
        bearer, cookie = _bearer(head.headers.get("authorization")), None
        if bearer is None:
            cookie = _cookie(head.headers.get("cookie", ""))
        has_cookie = cookie is not None
        try:
            if bearer is not None:
                person = self._credentials.find("token", bearer)
                return Caller(person, has_cookie, is_machine=True)
            return Caller(self._credentials.find("session", cookie) if cookie else None, has_cookie)
        except StoreUnavailable:
            return Caller(None, has_cookie, is_unknown=True)

    def client(self, head: Head, line: Line, person: str = "") -> Client:
        """Return what the answer has to know of the client."""
        address, is_https = self._proxies.client(line, head.headers)
        headers = {
            name: value
            for name in _PASSED_ON
            if (value := head.headers.get(name)) and len(value) <= _HEADER_CHARACTERS
        }
        return Client(
            address=address,
            is_https=is_https,
            version=head.version,
            method=head.method,
            is_kept=head.is_kept,
            headers=headers,
            peer=line.peer,
            person=person,
        )

    def admit(self, head: Head, client: Client, caller: Caller) -> Admitted:
        """Let a request in by its head, or raise Refused."""
        target = read_target(head.target)
        host = target.host or head.headers.get("host", "")
        if host or head.version == "1.1" or self._hosts:
            check_host(host, self._hosts)
        found = TABLE.find(target.segments, head.method)
        route = found.route
        if route.name == "static":
            return Admitted(found, client, None, target.query)
        check_same_site(head, host, is_https=client.is_https, has_cookie=caller.has_cookie)
        person = _let_in(caller, route)
        check_query(route, target.query)
        check_media_type(route, head.headers.get("content-type"))
        if head.body_bytes is not None and head.body_bytes > route.body_bytes_max:
            raise too_large(route.body_bytes_max)
        device = _cookie(head.headers.get("cookie", ""), DEVICE_COOKIE) or ""
        return Admitted(found, client, person, target.query, device)


def _let_in(caller: Caller, route: Route) -> Person | None:
    """Return the person who asks, if they may, or raise Refused."""
    if route.least is not None and caller.is_unknown:
        words = "who may do what cannot be looked up now; try again in a moment"
        raise Refused(503, words, ("Retry-After", "1"))
    _check_role(caller.person, route.least)
    if route.is_personal and caller.is_machine:
        raise Refused(403, "a token cannot do this: sign in with a browser and do it there")
    return caller.person


def _check_role(person: Person | None, least: Role | None) -> None:
    if least is None:
        return
    if person is None:
        raise Refused(401, "sign in first", ("WWW-Authenticate", "Bearer"))
    if _RANK[person.role] < _RANK[least]:
        raise Refused(403, f"this needs the role {least}; you are {person.role}")


def refusal(client: Client, refused: Refused, rest: bytes) -> Given:
    """Return what has the reply stage tell a client why it is refused."""
    if len(rest) > _REFUSAL_READ_AHEAD_BYTES:
        client, rest = attrs.evolve(client, is_kept=False), b""
    client = attrs.evolve(with_rest(client, rest), headers={})
    body = msgspec.json.encode(Problem(refused.words))
    answer = Answer(client, refused.status, refused.headers, body)
    ask = Ask(attrs.evolve(client, read_ahead=b""), None, "refusal", body=encode_body(answer))
    return Given("http_reply", "ask", ask)


def with_rest(client: Client, rest: bytes) -> Client:
    """Return the client with what was read beyond its request, if that can travel."""
    if not rest:
        return client
    if not client.is_kept or len(rest) > INLINE_BYTES:
        return attrs.evolve(client, is_kept=False)
    return attrs.evolve(client, read_ahead=rest)


def _bearer(authorization: str | None) -> str | None:
    """Return the token, "" for another scheme, None where there is no such header."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _cookie(cookies: str, wanted: str = COOKIE) -> str | None:
    """Return a cookie, the session's secret where nothing else is said; None if there is none."""
    for cookie in cookies.split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == wanted:
            return value
    return None
