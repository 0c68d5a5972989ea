"""`spotters`: what a frame costs on its way to a browser, through parser, assignment and reply.

Real stages with their controllers answer /api/v1/next to pages that are signed in; each page holds
a frame and gets it again, which journals nothing and sends the whole picture. The same crowd asks
uvicorn for a constant and nginx for a file of the same size in the same run, in turns, so that a
drift of the machine hits all of them.

The pages' own figure, from a key press to the next frame painted, is the bench `pages`.
"""

import gzip
import http.client
import multiprocessing
import os
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

from scripts.bench import simulated_watch, web_servers
from scripts.bench.browsers import Address, Broken, Crawlers, Crowd, Load
from scripts.bench.report import Figure, progress
from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.scored import feed

IMAGE_BYTES = 54_000
CONNECTIONS = 16
ROUNDS = 5
WARM_UP_S = 2.0
SPAN_S = 4.0
WINDOWS = 7
WINDOW_S = 3.0
CRAWL_START_S = 30.0
CRAWLERS = 500
_SETTINGS = """
[stage.assignment]
queue_descriptors = 4096
[watch]
incident_threat = 0.25
sample_every_s = 0
review_after_s = 86400
test_every = 0
lease_s = 86400
age_limit_s = 86400
[web]
address = "127.0.0.1:{port}"
connections_per_address_max = 1024
idle_s = 3600
head_s = 3600
answer_s = 3600
"""
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: image/jpeg\r\nAccept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n"
    "Cookie: seda_session={secret}\r\nSec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Site: same-origin\r\nCache-Control: no-store\r\n\r\n"
)


class Station:
    """A running seda with people who are signed in and frames for them."""

    def __init__(self, rig: Rig, port: int, secrets_of: list[str]) -> None:
        self.rig = rig
        self.address: Address = ("127.0.0.1", port)
        self._port = port
        self._secrets = secrets_of

    def requests(self, path: str) -> list[bytes]:
        """Return a request for each connection, each of a page of its own."""
        return [
            self.request(path.format(page=f"bench-page-{number:04}"), secret)
            for number, secret in enumerate(self._secrets)
        ]

    def request(self, path: str, secret: str = "") -> bytes:
        """Return one request."""
        words = _REQUEST.format(path=path, port=self._port, secret=secret or self._secrets[0])
        return words.encode()

    def feed(self, frames: int) -> None:
        """Have so many frames wait, each of a camera of its own."""
        picture = b"\xff\xd8" + os.urandom(IMAGE_BYTES - 2)
        feed(self.rig.socket_of("assignment"), frames, (picture, b"heat", b"usual"))


@contextmanager
def station(people: int) -> Iterator[Station]:
    """Have seda run with so many people; the bench stands in for the writer of the store."""
    port = free_port()
    with ExitStack() as stack:
        rig = Rig("testing.running.bench_pipelines:SPOTTERS", _SETTINGS.format(port=port))
        store: list[Store] = []

        def prepare() -> list[str]:
            path = store_path(rig.data)
            path.parent.mkdir(parents=True)
            store.append(Store(path))
            stack.callback(store[0].close)
            return [_sign_in(store[0], f"spotter{number}") for number in range(people)]

        found: list[str] = []
        rig.prepare = lambda: found.extend(prepare())
        stack.enter_context(rig)
        yield Station(rig, port, found)


def _sign_in(store: Store, name: str) -> str:
    def change(tx: Transaction) -> str:
        add_user(tx, User(name=name, role="spotter", scope=None), "", "bench")
        return issue(tx, "session", name, 86_400.0)

    return str(store.write_one(time.time(), change))


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    figures: dict[str, Figure] = {}
    with ExitStack() as stack:
        here = stack.enter_context(station(CONNECTIONS))
        here.feed(4 * CONNECTIONS)
        spans = _take_turns(stack, here)
        own_per_s = statistics.median(load.per_s for load in spans["seda"])
        for name, loads in spans.items():
            per_s = statistics.median(load.per_s for load in loads)
            figures[f"{name}_requests_per_s"] = Figure(per_s, "1/s")
            if name != "seda":
                ratios = [a.per_s / b.per_s for a, b in zip(spans["seda"], loads, strict=True)]
                figures[f"against_{name}"] = Figure(statistics.median(ratios), "")
        figures["cpu_us_per_request"] = Figure(_cpu_us(here), "us")
        figures |= _paced(here, own_per_s / 2)
        figures |= _first_page(here)
    progress("simulated watches: 64 spotters with kills, 32 cameras by Zipf")
    return figures | simulated_watch.run()


def _take_turns(stack: ExitStack, here: Station) -> dict[str, list[Load]]:
    """Press seda and what it is compared with by the same crowd, in turns."""
    crowds = {"seda": _crowd(stack, here.address, here.requests(NEXT))}
    try:
        address = stack.enter_context(web_servers.uvicorn(IMAGE_BYTES))
        crowds["uvicorn"] = _crowd(stack, address, here.requests("/image.jpg"))
    except web_servers.Missing as missing:
        progress(str(missing))
    try:
        address = stack.enter_context(web_servers.nginx(os.urandom(IMAGE_BYTES)))
        crowds["nginx"] = _crowd(stack, address, here.requests("/image.jpg"))
    except web_servers.Missing as missing:
        progress(str(missing))
    spans: dict[str, list[Load]] = {name: [] for name in crowds}
    for crowd in crowds.values():
        crowd.press(WARM_UP_S)
    for number in range(ROUNDS):
        progress(f"round {number + 1} of {ROUNDS}: {', '.join(crowds)} in turn")
        for name, crowd in crowds.items():
            spans[name].append(crowd.press(SPAN_S))
    return spans


NEXT = "/api/v1/next?page={page}&wait=20"


def _crowd(stack: ExitStack, address: Address, requests: list[bytes]) -> Crowd:
    crowd = Crowd(address, requests)
    stack.callback(crowd.close)
    return crowd


def _cpu_us(here: Station) -> float:
    """Return the CPU of all of seda for a request, at full load."""
    crowd = Crowd(here.address, here.requests(NEXT))
    before_s = here.rig.cpu_s()
    load = crowd.press(SPAN_S)
    crowd.close()
    return (here.rig.cpu_s() - before_s) / load.requests * 1e6


def _paced(here: Station, per_s: float) -> dict[str, Figure]:
    """Measure waits at half the load, alone and among connections that crawl."""
    progress(f"{per_s:.0f} requests a second, alone and among {CRAWLERS} that crawl, in turns")
    crowd = Crowd(here.address, here.requests(NEXT))
    crowd.pace(per_s, WARM_UP_S)
    alone: list[Load] = []
    among: list[Load] = []
    for _ in range(WINDOWS):
        alone.append(crowd.pace(per_s, WINDOW_S))
        with _crawling(here):
            crowd.pace(per_s, WARM_UP_S)
            among.append(crowd.pace(per_s, WINDOW_S))
    crowd.close()
    ratios = [b.wait_s(0.99) / a.wait_s(0.99) for a, b in zip(alone, among, strict=True)]
    return {
        "half_load_p50_ms": Figure(_median_ms(alone, 0.5), "ms"),
        "half_load_p99_ms": Figure(_median_ms(alone, 0.99), "ms"),
        "among_crawlers_p99_ms": Figure(_median_ms(among, 0.99), "ms"),
        "among_crawlers_against_alone": Figure(statistics.median(ratios), ""),
    }


def _median_ms(loads: list[Load], share: float) -> float:
    """Return the median over windows of a percentile: one window that was disturbed is one."""
    return statistics.median(load.wait_s(share) for load in loads) * 1e3


FIRST_SCRIPT = "/api/v1/openapi.json"
"""Large enough that a slow reader fills the buffers of the kernel."""


@contextmanager
def _crawling(here: Station) -> Iterator[None]:
    """Have a process of its own move every connection by a byte a second meanwhile."""
    forked = multiprocessing.get_context("spawn")
    is_there, over = forked.Event(), forked.Event()
    words = (here.address, here.request(FIRST_SCRIPT), is_there, over)
    process = forked.Process(target=crawl, args=words, daemon=True)
    process.start()
    try:
        if not is_there.wait(CRAWL_START_S):
            raise Broken(f"{CRAWLERS} connections could not be made in {CRAWL_START_S:g} s")
        yield
    finally:
        over.set()
        process.join()


def crawl(address: Address, request: bytes, is_there: Signal, over: Signal) -> None:
    """Crawl until it is over."""
    crawlers = Crawlers(address, request, CRAWLERS // 2, CRAWLERS // 2)
    is_there.set()
    while not over.wait(1.0):
        crawlers.crawl()
    crawlers.close()


# What is imported only when it is needed (`import(...)`) does not delay the first frame.
_LINKED = re.compile(rb'(?:src|href)="(/?[^":]+\.(?:js|css|txt|json|svg|webmanifest)[^"]*)"')
_IMPORTED = re.compile(rb'(?:from|import)\s*["\'](\.{0,2}/[^"\']+\.js[^"\']*)["\']')


def _first_page(here: Station) -> dict[str, Figure]:
    """Count what a browser fetches before the first frame, as it follows the page's own links."""
    connection = http.client.HTTPConnection(*here.address, timeout=10)
    wanted, seen, size_bytes = ["/"], [], 0
    while wanted:
        path = wanted.pop(0)
        if path in seen:
            continue
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            progress(f"{path} was answered with {answer.status}; there is no page yet")
            return {}
        size_bytes += len(body) + len(str(answer.headers))
        seen.append(path)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        links = _LINKED.findall(body) if path == "/" else _IMPORTED.findall(body)
        wanted += [_resolve(path, link.decode()) for link in links]
    connection.close()
    return {
        "first_page_bytes": Figure(size_bytes, "B"),
        "first_page_files": Figure(len(seen), ""),
    }


def _resolve(base: str, link: str) -> str:
    """Return the path that a link stands for."""
    if link.startswith("/"):
        return link
    return os.path.normpath(str(Path(base).parent / link))
