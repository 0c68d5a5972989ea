"""Who is let in with what: hosts, proxies, other sites' pages, roles, forms, from head to ask."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from conf.schema import Web
from http_common.origins import Line
from http_common.reading import Head
from http_common.refused import Refused
from seda.codec import decode_body
from seda.requests import INLINE_BYTES, Answer
from stages.http_parser.access_control import AccessControl, Given, refusal
from stages.http_parser.credential_cache import CredentialCache
from store.file.database import Store
from store.people import people
from testing.messages.sessions import name_secret

NEXT = "/api/v1/next?page=abcdefgh"
VERDICT = b'{"lease": "x", "verdict": "clear"}'
JSON = {"content-type": "application/json"}
OURS = {"sec-fetch-site": "same-origin"}


class House:
    """A door, a store, and secrets of people."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.credentials = CredentialCache(path)
        self.secrets: dict[str, str] = {}
        roles: dict[str, people.Role] = {"spot": "spotter", "sup": "supervisor", "boss": "admin"}
        for name, role in roles.items():
            user = people.User(name=name, role=role, scope=frozenset({"gate"}))
            self.write(lambda tx, user=user: people.add_user(tx, user, "hash", "test"))
            self.secrets[name] = self.issue("session", name)

    def write(self, change: Any) -> Any:
        return self.store.write_one(1.0, change)

    def issue(self, kind: people.Kind, name: str, lasts_s: float = 1e10) -> str:
        secret: str = self.write(lambda tx: people.issue(tx, kind, name, lasts_s))
        return secret

    def cookie(self, name: str) -> dict[str, str]:
        return {"cookie": f"a=b; seda_session={self.secrets[name]}"}

    def ask(
        self, method: str, target: str, headers: dict[str, str], body: bytes = b"", **web: Any
    ) -> Given:
        """Bring a request through the door."""
        access_control = AccessControl(Web(**web), self.credentials)
        head = Head(
            method,
            target,
            "1.1",
            {"host": "watch.example", **headers},
            is_kept=True,
            body_bytes=len(body),
            has_to_be_told=False,
        )
        client = access_control.client(head, Line("10.0.0.9"))
        return access_control.admit(head, client, access_control.caller(head)).given(body, b"")

    def status(self, *arguments: Any, **web: Any) -> int:
        """Return the status with which a request is refused; 0 where it is let in."""
        try:
            self.ask(*arguments, **web)
        except Refused as refused:
            return refused.status
        return 0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return one with three people."""
    made = House(tmp_path / "store.sqlite")
    yield made
    made.credentials.close()
    made.store.close()


def test_a_session_says_who_asks(house: House) -> None:
    """With role and scope as they are now, and a session that is no secret."""
    person = house.ask("GET", NEXT, house.cookie("spot")).ask.person
    assert person is not None
    assert (person.name, person.role, person.scope) == ("spot", "spotter", frozenset({"gate"}))
    assert person.session == name_secret(house.secrets["spot"])


def test_a_revoked_session_is_over_with_the_next_request(house: House) -> None:
    """Nothing is remembered longer than the store stays as it is."""
    assert house.status("GET", NEXT, house.cookie("spot")) == 0
    house.write(lambda tx: people.revoke(tx, house.secrets["spot"], "test"))
    assert house.status("GET", NEXT, house.cookie("spot")) == 401


def test_a_changed_role_counts_with_the_next_request(house: House) -> None:
    """So does a removed user."""
    users = ("GET", "/api/v1/users", house.cookie("sup"))
    assert house.status(*users) == 403
    user = people.User(name="sup", role="admin", scope=None)
    house.write(lambda tx: people.change_user(tx, user, "test"))
    assert house.status(*users) == 0
    house.write(lambda tx: people.remove_user(tx, "sup", "test"))
    assert house.status(*users) == 401


@pytest.mark.parametrize("secret", ["", "forged", "a" * 129, "\xff", "x;y"])
def test_forged_cookies_let_nobody_in(house: House, secret: str) -> None:
    """Whatever stands in them."""
    assert house.status("GET", NEXT, {"cookie": f"seda_session={secret}"}) == 401


def test_what_is_over_by_its_time_lets_nobody_in(house: House) -> None:
    """Sessions end by themselves."""
    cookie = {"cookie": f"seda_session={house.issue('session', 'spot', 1.0)}"}
    assert house.status("GET", NEXT, cookie) == 401


def test_a_token_makes_nothing_that_outlives_it(house: House) -> None:
    """No token, and no password: who has stolen one shall not keep what it let them do."""
    token = {"authorization": f"Bearer {house.issue('token', 'boss')}", **JSON}
    body = b'{"label": "another"}'
    assert house.status("POST", "/api/v1/tokens", token, body) == 403
    own = b'{"password": "x", "new_password": "an entirely new one"}'
    assert house.status("POST", "/api/v1/session/password", token, own) == 403
    mine = {**house.cookie("boss"), **OURS, **JSON}
    assert house.status("POST", "/api/v1/tokens", mine, body) == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (
            "POST",
            "/api/v1/users",
            b'{"name": "thief", "password": "an entirely new one", "role": "admin"}',
        ),
        ("PATCH", "/api/v1/users/boss", b'{"password": "an entirely new one"}'),
        ("PATCH", "/api/v1/users/spot", b'{"role": "admin"}'),
        ("DELETE", "/api/v1/users/sup", b""),
    ],
)
def test_an_admins_token_changes_nobody(house: House, method: str, path: str, body: bytes) -> None:
    """A user that it made, or a password that it set, would outlive it."""
    token = {"authorization": f"Bearer {house.issue('token', 'boss')}", **JSON}
    assert house.status(method, path, token, body) == 403
    assert house.status(method, path, {**house.cookie("boss"), **OURS, **JSON}, body) == 0
    assert house.status("GET", "/api/v1/users", token) == 0


def test_a_token_is_no_session_and_a_session_no_token(house: House) -> None:
    """Each is good for its own header alone; a one-time link for neither."""
    token, link = house.issue("token", "spot"), house.issue("link", "spot")
    assert house.status("GET", NEXT, {"authorization": f"Bearer {token}"}) == 0
    assert house.status("GET", NEXT, {"cookie": f"seda_session={token}"}) == 401
    for other in (link, house.secrets["spot"]):
        assert house.status("GET", NEXT, {"authorization": f"Bearer {other}"}) == 401
    assert house.status("GET", NEXT, {"authorization": "Basic YTpi", **house.cookie("spot")}) == 401


@pytest.mark.parametrize(
    ("target", "name", "status"),
    [
        ("/api/v1/users", "", 401),
        ("/api/v1/users", "spot", 403),
        ("/api/v1/users", "sup", 403),
        ("/api/v1/users", "boss", 0),
        ("/api/v1/vigilance", "spot", 403),
        ("/api/v1/vigilance", "sup", 0),
        ("/api/v1/openapi.json", "", 0),
        ("/healthz", "", 0),
        ("/metrics", "sup", 403),
    ],
)
def test_every_route_has_its_least_role(house: House, target: str, name: str, status: int) -> None:
    """Nobody, spotter, supervisor, admin: each may what those before may."""
    assert house.status("GET", target, house.cookie(name) if name else {}) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OURS, 0),
        ({"origin": "http://watch.example"}, 0),
        ({"origin": "http://watch.example:80"}, 0),
        ({"origin": "https://watch.example", "host": "watch.example:443"}, 0),
        ({}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://watch.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://watch.example:8080"}, 403),
        ({"origin": "ftp://watch.example"}, 403),
    ],
)
def test_with_a_cookie_only_our_own_pages_change_anything(
    house: House, headers: dict[str, str], status: int
) -> None:
    """The browser has to say so (CSRF)."""
    all_headers = {**JSON, **house.cookie("spot"), **headers}
    target = "/api/v1/frames/f/verdict"
    assert house.status("POST", target, all_headers, VERDICT) == status


@pytest.mark.parametrize(
    ("site", "status"),
    [("same-origin", 0), ("none", 0), ("same-site", 403), ("cross-site", 403), ("", 403)],
)
def test_nobody_elses_page_asks_with_a_cookie(house: House, site: str, status: int) -> None:
    """A picture of the next frame in a page on another port would take the frame."""
    headers = {"sec-fetch-site": site}
    for method in ("GET", "HEAD"):
        assert house.status(method, NEXT, {**house.cookie("spot"), **headers}) == status
    assert house.status("GET", NEXT, house.cookie("spot")) == 0
    assert house.status("GET", "/api/v1/openapi.json", headers) == 0
    assert house.status("GET", "/", {**house.cookie("spot"), **headers}) == 0


def test_over_https_a_page_of_http_is_another_site(house: House) -> None:
    """Whoever can change what comes over HTTP could otherwise write here."""
    headers = {**JSON, **house.cookie("spot"), "origin": "http://watch.example"}
    proxied = {**headers, "x-forwarded-proto": "https"}
    target, web = "/api/v1/frames/f/verdict", {"trusted_proxies": ("10.0.0.9",)}
    assert house.status("POST", target, proxied, VERDICT, **web) == 403
    proxied["origin"] = "https://watch.example"
    assert house.status("POST", target, proxied, VERDICT, **web) == 0


def test_nobody_is_signed_in_by_a_page_of_another_site(house: House) -> None:
    """A program without a cookie needs no proof; a page that says it is another's is refused."""
    body = b'{"name": "spot", "password": "x"}'
    assert house.status("POST", "/api/v1/session", JSON, body) == 0
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
        assert house.status("POST", "/api/v1/session", {**JSON, **headers}, body) == 403


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 0),
        ("application/json; charset=UTF-8", 0),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=latin-1", 415),
        ("", 415),
    ],
)
def test_a_body_says_what_it_is(house: House, content_type: str, status: int) -> None:
    """And is what the route takes."""
    headers = {**OURS, **house.cookie("spot"), "content-type": content_type}
    assert house.status("POST", "/api/v1/frames/f/verdict", headers, VERDICT) == status


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b'{"a": "\xff"}', 400, "JSON"),
        (b"[" * 10_000, 400, "JSON"),
        (b"[]", 422, "object"),
        (b"{}", 422, "lease"),
        (b'{"lease": "x", "verdict": "maybe"}', 422, "verdict"),
        (b'{"lease": "x", "verdict": "clear", "colour": 1}', 422, "colour"),
        (b'{"lease": 1, "verdict": "clear"}', 422, "lease"),
    ],
)
def test_a_form_is_refused_by_the_name_of_its_field(
    house: House, body: bytes, status: int, word: str
) -> None:
    """400 for what is no JSON, 422 for what is no such form."""
    headers = {**JSON, **OURS, **house.cookie("spot")}
    with pytest.raises(Refused) as caught:
        house.ask("POST", "/api/v1/frames/f/verdict", headers, body)
    assert (caught.value.status, word in caught.value.words) == (status, True), caught.value


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("", "page"),
        ("?page=short", "page"),
        ("?page=abcdefgh&wait=99", "wait"),
        ("?page=abcdefgh&wait=nan", "wait"),
        ("?page=abcdefgh&colour=red", "colour"),
        ("?page=abcdefgh&page=abcdefgh", "twice"),
        ("?page=abc%zzdefgh", "hexadecimal"),
        ("?page=abcdefgh%00", "control"),
    ],
)
def test_a_query_is_refused_by_the_name_of_its_key(house: House, query: str, word: str) -> None:
    """Unknown keys too: a typing error is not an answer to something else."""
    with pytest.raises(Refused, match=word) as caught:
        house.ask("GET", f"/api/v1/next{query}", house.cookie("spot"))
    assert caught.value.status == 400


def test_a_query_is_given_on_as_it_was_written(house: House) -> None:
    """Who answers reads numbers and truth values by the same class."""
    target = "/api/v1/next?page=abcdefgh&wait=1.5&holds=a%2Cb+c"
    found = house.ask("GET", target, house.cookie("spot")).ask.query
    assert found == {"page": "abcdefgh", "wait": "1.5", "holds": "a,b c"}


@pytest.mark.parametrize(
    ("host", "hosts", "status"),
    [
        ("anything.example", (), 0),
        ("watch.example:8080", ("Watch.Example",), 0),
        ("watch.example.", ("watch.example",), 0),
        ("[::1]:80", ("[::1]",), 0),
        ("evil.example", ("watch.example",), 421),
        ("watch.example.evil.example", ("watch.example",), 421),
        ("", (), 400),
        ("a b", (), 400),
        ("a/../b", (), 400),
    ],
)
def test_a_request_is_for_a_host_of_ours(
    house: House, host: str, hosts: tuple[str, ...], status: int
) -> None:
    """Where `web.hosts` says which those are (rebinding of names)."""
    assert house.status("GET", "/", {"host": host}, hosts=hosts) == status


def test_a_target_in_absolute_form_says_the_host(house: House) -> None:
    """RFC 9112, 3.2.2: the header does not count then."""
    hosts = {"hosts": ("watch.example",)}
    assert house.status("GET", "http://watch.example/", {"host": "evil"}, **hosts) == 0
    assert house.status("GET", "http://evil.example/", {}, **hosts) == 421


def test_a_large_body_goes_into_a_payload(house: House) -> None:
    """So that it fits the datagram between processes."""
    headers = {"content-type": "image/jpeg", **OURS, **house.cookie("sup")}
    target = "/api/v1/test-frames?camera=gate&is_target=true"
    given = house.ask("POST", target, headers, b"x" * (INLINE_BYTES + 1))
    assert (given.ask.body, len(given.payload)) == (b"", INLINE_BYTES + 1)
    assert (given.to, given.kind) == ("alarm", "write")


def test_what_is_too_large_is_refused_by_its_head(house: House) -> None:
    """Before a byte of it is read."""
    headers = {**JSON, **OURS, **house.cookie("spot")}
    assert house.status("POST", "/api/v1/frames/f/verdict", headers, b"x" * 20_000) == 413


def test_without_a_store_nobody_is_let_in_and_the_pages_stay(tmp_path: Path) -> None:
    """503, to be tried again; what needs no name goes on."""
    access_control = AccessControl(Web(), CredentialCache(tmp_path / "nothing"))
    headers = {"host": "a", "cookie": "seda_session=x"}
    head = Head("GET", NEXT, "1.1", headers, is_kept=True, body_bytes=0, has_to_be_told=False)
    with pytest.raises(Refused) as caught:
        access_control.admit(
            head, access_control.client(head, Line("10.0.0.9")), access_control.caller(head)
        )
    assert (caught.value.status, caught.value.headers) == (503, (("Retry-After", "1"),))
    page = attrs.evolve(head, target="/")
    client = access_control.client(page, Line("10.0.0.9"))
    assert access_control.admit(page, client, access_control.caller(page)).route.name == "static"


def test_a_refusal_fits_and_says_how_the_connection_goes_on(house: House) -> None:
    """What was read ahead travels with it, unless that is too much."""
    access_control = AccessControl(Web(), house.credentials)
    head = Head("GET", "/", "1.1", {"host": "a"}, is_kept=True, body_bytes=0, has_to_be_told=False)
    client = access_control.client(head, Line("10.0.0.9"))
    for rest, is_kept in ((b"GET", True), (b"x" * 10_000, False)):
        given = refusal(client, Refused(404, "no", ("A", "b")), rest)
        answer = decode_body(given.ask.body, Answer)
        assert (given.to, given.kind, given.ask.route) == ("http_reply", "ask", "refusal")
        assert (answer.status, answer.headers, answer.body) == (
            404,
            (("A", "b"),),
            b'{"error":"no"}',
        )
        assert answer.client.is_kept is is_kept
        assert answer.client.read_ahead == (rest if is_kept else b"")
