"""Browsers that cost next to nothing: raw sockets in one process, one request at a time on each.

What they are sent is counted and thrown away in the kernel (MSG_TRUNC), so that the load takes as
little as may be of the machine that it measures.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Sequence

import attrs

from testing.arithmetic import percentile

_HEAD_BYTES = 16 * 1024
_DISCARDED_BYTES = 1024 * 1024
PATIENCE_S = 10.0

Address = tuple[str, int]


class Broken(Exception):
    """A server did not answer as it should."""


@attrs.frozen
class Load:
    """What a span of load showed."""

    requests: int
    wall_s: float
    waits_s: tuple[float, ...]
    """From when a request was due to the last byte of its answer."""
    failures: int = 0

    @property
    def per_s(self) -> float:
        """Return the throughput."""
        return self.requests / self.wall_s

    def wait_s(self, share: float) -> float:
        """Return a percentile of the waits."""
        return percentile(self.waits_s, share)


class Browser:
    """One kept connection with one request at a time."""

    def __init__(self, address: Address, request: bytes) -> None:
        self._address = address
        self._request = request
        self._sock = socket.create_connection(address, PATIENCE_S)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setblocking(False)
        self._left = 0
        """Of the answer's body."""
        self.due_s = 0.0

    def fileno(self) -> int:
        """Return the descriptor, for waiting."""
        return self._sock.fileno()

    def ask(self, due_s: float) -> None:
        """Send a request that was due at this time."""
        self.due_s = due_s
        self._left = -1
        self._sock.send(self._request)

    def take(self) -> bool:
        """Take what has come; tell whether the answer is whole."""
        try:
            if self._left < 0:
                self._take_head()
            while self._left > 0:
                taken = self._sock.recv_into(_nowhere, min(self._left, _DISCARDED_BYTES), _TRUNCATE)
                if not taken:
                    raise Broken("the connection ended in an answer")
                self._left -= taken
        except BlockingIOError:
            return False
        return True

    def _take_head(self) -> None:
        """Read a head, which comes in one piece over loopback, and what of the body is with it."""
        content = self._sock.recv(_HEAD_BYTES)
        end = content.find(b"\r\n\r\n")
        if not content.startswith(b"HTTP/1.1 200") or end < 0:
            raise Broken(f"an answer begins with {content[:300]!r}")
        place = content.lower().find(b"content-length:", 0, end)
        size = int(content[place + 15 : content.find(b"\r", place)])
        self._left = size - (len(content) - end - 4)

    def close(self) -> None:
        """Hang up."""
        self._sock.close()


_TRUNCATE = int(socket.MSG_TRUNC)
_nowhere = bytearray(_DISCARDED_BYTES)


class Crowd:
    """Several browsers on one epoll."""

    def __init__(self, address: Address, requests: Sequence[bytes]) -> None:
        self._browsers = [Browser(address, request) for request in requests]
        self._by_number = {browser.fileno(): browser for browser in self._browsers}
        self._epoll = select.epoll()
        for browser in self._browsers:
            self._epoll.register(browser.fileno(), select.EPOLLIN)

    def close(self) -> None:
        """Hang up."""
        for browser in self._browsers:
            browser.close()
        self._epoll.close()

    def press(self, for_s: float) -> Load:
        """Ask again with every answer, for so long."""
        began_s = time.perf_counter()
        until_s = began_s + for_s
        waits_s: list[float] = []
        for browser in self._browsers:
            browser.ask(time.perf_counter())
        asking = len(self._browsers)
        while asking:
            for browser in self._answered():
                now_s = time.perf_counter()
                waits_s.append(now_s - browser.due_s)
                if now_s < until_s:
                    browser.ask(now_s)
                else:
                    asking -= 1
        return Load(len(waits_s), time.perf_counter() - began_s, tuple(waits_s))

    def pace(self, per_s: float, for_s: float) -> Load:
        """Ask at this rate, whether answers come or not; a request waits for a free browser."""
        began_s = time.perf_counter()
        requests = int(per_s * for_s)
        due = deque(began_s + number / per_s for number in range(requests))
        free = list(self._browsers)
        waits_s: list[float] = []
        while len(waits_s) < requests:
            now_s = time.perf_counter()
            while free and due and due[0] <= now_s:
                free.pop().ask(due.popleft())
            next_s = due[0] - now_s if free and due else PATIENCE_S
            for browser in self._answered(max(0.0, next_s)):
                waits_s.append(time.perf_counter() - browser.due_s)
                free.append(browser)
        return Load(requests, time.perf_counter() - began_s, tuple(waits_s))

    def _answered(self, wait_s: float = PATIENCE_S) -> list[Browser]:
        """Wait for something to come; return the browsers whose answers are whole."""
        ready = self._epoll.poll(wait_s)
        if not ready and wait_s >= PATIENCE_S:
            raise Broken(f"nothing was answered for {PATIENCE_S:g} s")
        browsers = [self._by_number[number] for number, _ in ready]
        return [browser for browser in browsers if browser.take()]


class Crawlers:
    """Connections that send, or read, a byte a second: as many as may be, worked off in turns."""

    def __init__(self, address: Address, request: bytes, senders: int, readers: int) -> None:
        self._address = address
        self._request = request
        self._senders = [(self._connect(), 0) for _ in range(senders)]
        self._readers = [self._connect(receive_bytes=2048) for _ in range(readers)]
        for reader in self._readers:
            reader.send(request)

    def _connect(self, receive_bytes: int = 0) -> socket.socket:
        sock = socket.socket()
        if receive_bytes:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        sock.settimeout(PATIENCE_S)
        sock.connect(self._address)
        sock.setblocking(False)
        return sock

    def crawl(self) -> None:
        """Move each connection by one byte; whoever was closed comes again."""
        self._senders = [self._send(sock, place) for sock, place in self._senders]
        self._readers = [self._read(sock) for sock in self._readers]

    def _send(self, sock: socket.socket, place: int) -> tuple[socket.socket, int]:
        try:
            sock.send(self._request[place : place + 1])
        except OSError:
            sock.close()
            return self._connect(), 0
        return sock, (place + 1) % (len(self._request) - 2)

    def _read(self, sock: socket.socket) -> socket.socket:
        try:
            if sock.recv(1):
                return sock
        except BlockingIOError:
            return sock
        except OSError:
            pass
        sock.close()
        again = self._connect(receive_bytes=2048)
        again.send(self._request)
        return again

    def close(self) -> None:
        """Hang up."""
        for sock in (*(sock for sock, _ in self._senders), *self._readers):
            sock.close()
