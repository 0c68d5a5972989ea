"""The strangers of `siege/crowd`: a process that keeps so many connections open.

Some finish no request; others send small requests that cost as much as can be: very many chunks of
a byte, long extensions and trailers, thousands of fields.

It opens again what was ended, bounded by how many a second, so that what is measured is how places
are given and not how fast a machine can open connections.
"""

import contextlib
import itertools
import resource
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event as Signal

import attrs

OPENED_PER_S = 1000
CRAWL_S = 3.0
"""So often a slow head or body sends a byte more."""
_STEP_S = 0.02
_HEAD = b"GET /api/v1/session HTTP/1.1\r\nHost: a\r\n"
_BODY = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)
_READER = b"GET /text.js HTTP/1.1\r\nHost: a\r\n\r\n" * 8
_HELLO = b"\x16\x03\x01\x02\x00\x01\x00"
_CHUNKED = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
FIRST: dict[str, bytes] = {
    "head": _HEAD,
    "body": _BODY,
    "reader": _READER,
    "handshake": _HELLO,
    "chunks": _CHUNKED + b"1\r\nx\r\n" * 16_000,
    "extensions": _CHUNKED + (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 100,
    "trailers": _CHUNKED + b"0\r\n" + b"a: %b\r\n" % (b"b" * 1000) * 16,
    "blocks": (_CHUNKED + (b"50\r\n" + b" " * 80 + b"\r\n") * 200 + b"0\r\n\r\n") * 4,
    "fields": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * 4000 + b"\r\n",
    "long head": _HEAD + b"X: " + b"a" * 16_000,
}
_MORE: dict[str, bytes] = {"head": b"X: y\r\n", "body": b" ", "long head": b"a"}


@attrs.frozen
class Crowd:
    """Who comes, from where, and how many at once."""

    target: tuple[str, int]
    kinds: Sequence[str]
    sources: Sequence[str]
    connections: int


@attrs.define(eq=False)
class _Stranger:
    sock: socket.socket
    kind: str
    sent_s: float
    has_begun: bool = False


class Strangers:
    """All of them, in one thread."""

    def __init__(self, crowd: Crowd) -> None:
        self._target = crowd.target
        self._connections = crowd.connections
        self._family = socket.AF_INET6 if ":" in crowd.target[0] else socket.AF_INET
        kinds, sources = itertools.cycle(crowd.kinds), itertools.cycle(crowd.sources)
        self._next = zip(kinds, sources, strict=False)
        self._selector = selectors.EpollSelector()
        self._open: dict[socket.socket, _Stranger] = {}
        self._crawling: deque[_Stranger] = deque()
        """Who sent something, whoever did so longest ago first."""
        self._budget = 0.0
        self.ended = 0

    def run(self, stopping: Signal, held: "Synchronized[int]") -> None:
        """Hold connections until told to stop; `held` is how many there are."""
        before_s = time.monotonic()
        while not stopping.is_set():
            now_s = time.monotonic()
            self._budget = min(self._budget + (now_s - before_s) * OPENED_PER_S, OPENED_PER_S / 10)
            before_s = now_s
            while self._budget >= 1 and len(self._open) < self._connections:
                self._budget -= 1
                self._begin(now_s)
            for key, _ in self._selector.select(_STEP_S):
                self._look(self._open[key.fileobj], now_s)  # type: ignore[index]  # what was registered
            self._crawl(now_s)
            held.value = len(self._open)
        for sock in list(self._open):
            self._end(sock)

    def _begin(self, now_s: float) -> None:
        kind, source = next(self._next)
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        sock.setblocking(False)
        if kind == "reader":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        # Else a port that is waited for keeps the address from being used again.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((source, 0))
            with contextlib.suppress(BlockingIOError):
                sock.connect(self._target)
        except OSError:
            sock.close()
            return
        self._open[sock] = _Stranger(sock, kind, now_s)
        self._selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def _look(self, one: _Stranger, now_s: float) -> None:
        try:
            if not one.has_begun:
                one.sock.send(FIRST[one.kind])
                one.has_begun, one.sent_s = True, now_s
                self._crawling.append(one)
                interest = selectors.EVENT_READ if one.kind != "reader" else 0
                if interest:
                    self._selector.modify(one.sock, interest)
                else:
                    self._selector.unregister(one.sock)  # it takes nothing, ever
            elif not one.sock.recv(4096):
                self._end(one.sock)
        except BlockingIOError:
            return
        except OSError:
            self._end(one.sock)

    def _crawl(self, now_s: float) -> None:
        while self._crawling and now_s - self._crawling[0].sent_s >= CRAWL_S:
            one = self._crawling.popleft()
            if one.sock not in self._open:
                continue
            one.sent_s = now_s
            self._crawling.append(one)
            try:
                # A reader learns of its end by sending; a handshake says no more.
                one.sock.send(_MORE.get(one.kind, b"\r\n" if one.kind == "reader" else b""))
            except BlockingIOError:
                continue
            except OSError:
                self._end(one.sock)

    def _end(self, sock: socket.socket) -> None:
        self.ended += 1
        del self._open[sock]
        with contextlib.suppress(KeyError):
            self._selector.unregister(sock)
        sock.close()


def besiege(
    crowd: Crowd,
    stopping: Signal,
    held: "Synchronized[int]",
    most: "Synchronized[int]",
) -> None:
    """Be the process."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    strangers = Strangers(crowd)
    strangers.run(stopping, held)
    most.value = strangers.ended
