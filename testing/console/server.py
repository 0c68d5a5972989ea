"""The routes over HTTP, in threads: every request is checked against the table and its forms."""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from queue import Empty, SimpleQueue
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from spotter_web.forms import EventsQuery
from spotter_web.routes import ROUTES, Route
from testing.console import answers
from testing.console.answers import Call, Content
from testing.console.site import Site, encode

POLICY = (
    "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)
TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
RANK = {"spotter": 0, "supervisor": 1, "admin": 2}
STEP_S = 0.05
NOW_EVERY_S = 2.0
STATIC = files("spotter_web") / "static"


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve a site on a free port for as long as the block lasts; gives its address."""
    server = Server(site)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.is_over = True
        with site.news:
            site.news.notify_all()
        server.shutdown()
        server.server_close()
        thread.join()


class Server(ThreadingHTTPServer):
    """One site behind one address."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.site = site
        self.is_over = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers hang up whenever they like."""


class Connection(BaseHTTPRequestHandler):
    """One client."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # theirs
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a reader."""
        self._handle()

    def do_POST(self) -> None:
        """Take what a page sends."""
        self._handle()

    def do_PATCH(self) -> None:
        """Take a change."""
        self._handle()

    def do_DELETE(self) -> None:
        """Take a removal."""
        self._handle()

    def _handle(self) -> None:
        site, parts = self.server.site, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        site.requests.append((self.command, self.path))
        if self._is_away():
            return
        found = _find(self.command, parts.path)
        if found is None:
            self._send_file(parts.path)
            return
        route, names = found
        with site.news:
            site.news.wait_for(lambda: route.name not in site.stalled or self.server.is_over)
        if self._is_away():
            return
        content = self._answer(route, names, parts.query, body)
        with site.news:
            site.made.append(route.name)
            site.news.wait_for(lambda: route.name not in site.late or self.server.is_over)
        self._send(content)

    def _is_away(self) -> bool:
        """Hang up without a word, where that is wanted."""
        self.close_connection |= self.server.site.is_away
        return self.server.site.is_away

    def _answer(self, route: Route, names: dict[str, str], query: str, body: bytes) -> Content:
        site, person = self.server.site, self._person()
        refused = self._refuse(route, person)
        if refused is not None:
            return refused
        try:
            given = _understand(route, query)
            sent = self._body(route, body)
        except msgspec.ValidationError as error:
            return answers.problem(400, str(error))
        if isinstance(given, EventsQuery):
            return Content(200, stream=(given.page, _watching(given)))
        return answers.answer(site, Call(route, names, given, sent, person or "", self._is_over))

    def _refuse(self, route: Route, person: str | None) -> Content | None:
        site = self.server.site
        if route.name in site.refusals:
            return answers.problem(site.refusals[route.name], "Refused on cue.")
        if route.least is not None and person is None:
            return answers.problem(401, "Sign in.")
        if person and RANK[site.roles[person]] < RANK[route.least or "spotter"]:
            return answers.problem(403, "Not for you.")
        return None

    def _body(self, route: Route, body: bytes) -> object:
        if self.command == "GET":
            return None
        wanted = route.body if isinstance(route.body, str) else "application/json"
        if self.headers.get("Content-Type") != wanted:
            raise msgspec.ValidationError(f"the content type is not {wanted}")
        if isinstance(route.body, str) or route.body is None:
            return body
        return msgspec.json.decode(body, type=route.body)

    def _person(self) -> str | None:
        cookies = dict(
            one.strip().partition("=")[::2] for one in self.headers.get("Cookie", "").split(";")
        )
        return self.server.site.sessions.get(cookies.get("seda_session", ""))

    # --- writing ----------------------------------------------------------------------------------

    def _send(self, content: Content) -> None:
        if content.stream is not None:
            self._stream(*content.stream)
            return
        self.send_response(content.status)
        for name, value in content.headers:
            self.send_header(name, value)
        if content.status != 204:
            self.send_header("Content-Type", content.type)
            self.send_header("Content-Length", str(len(content.body)))
        self.end_headers()
        if content.status != 204:
            self.wfile.write(content.body)

    def _send_file(self, path: str) -> None:
        name = unquote(path).lstrip("/")
        if "." not in name:
            name = "index.html"
        file = STATIC.joinpath(name)
        if ".." in name or not file.is_file():
            self._send(Content(404, b"", "text/plain"))
            return
        headers = (("Content-Security-Policy", POLICY), ("Cache-Control", "no-cache"))
        self._send(Content(200, file.read_bytes(), TYPES[name.rsplit(".", 1)[1]], headers))

    def _stream(self, page: str, watching: frozenset[str]) -> None:
        site = self.server.site
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        queue: SimpleQueue[tuple[str, object]] = SimpleQueue()
        site.begin_stream(page, queue, watching)
        try:
            self._follow(page, queue)
        finally:
            site.end_stream(page, queue)

    def _follow(self, page: str, queue: SimpleQueue[tuple[str, object]]) -> None:
        said_s = 0.0
        while not self._is_over() and self.server.site.streams.get(page) is queue:
            if time.monotonic() - said_s > NOW_EVERY_S:
                said_s = time.monotonic()
                queue.put(("now", time.time()))
            try:
                name, data = queue.get(timeout=STEP_S)
            except Empty:
                continue
            text = data if isinstance(data, str) else encode(data).decode()
            self.wfile.write(f"event: {name}\ndata: {text}\n\n".encode())
            self.wfile.flush()

    def _is_over(self) -> bool:
        return self.server.is_over or self.server.site.is_away or self._has_hung_up()

    def _has_hung_up(self) -> bool:
        return bool(select.select([self.connection], [], [], 0)[0])


def _watching(query: EventsQuery) -> frozenset[str]:
    """Return the pages whose presence a stream is."""
    own = {query.page} if query.is_watching else set()
    names = [*query.watching.split(","), *query.reviewing.split(",")]
    return frozenset(filter(None, names)) | own


def _understand(route: Route, query: str) -> object:
    """Give the query as the route's form; where it has none there is no query."""
    if route.query is not None:
        return msgspec.convert(dict(parse_qsl(query)), route.query, strict=False)
    if query:
        raise msgspec.ValidationError("no query here")
    return None


def _find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        if route.method == method and (names := _match(route.path, path)) is not None:
            return route, names
    return None


def _match(pattern: str, path: str) -> dict[str, str] | None:
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    names = {}
    for want, one in zip(wanted, given, strict=True):
        if want.startswith("{"):
            names[want[1:-1]] = unquote(one)
        elif want != one:
            return None
    return names
