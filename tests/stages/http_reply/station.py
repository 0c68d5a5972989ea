"""A real handler of http_reply, its browsers, and the place where kept connections arrive."""

import array
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import h11

from conf.schema import Settings, Watch, Web
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import Event, Payload
from seda.pipeline import HTTP_REPLY
from seda.protocol import Done, Emit, Room
from seda.requests import Answer, Ask, Client, Person
from testing.controllers.spoken import Handler, controlling
from testing.waiting import PATIENCE_S

CLIENT = Client("127.0.0.1", is_https=False, version="1.1", method="GET", is_kept=True)
ANNA = Person("anna", "spotter", None, "s1")


@attrs.frozen
class Reply:
    """An answer as a browser gets it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """One end of a connection whose other end travels."""

    def __init__(self, *, is_small: bool = False) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.sock = socket.socket()
            if is_small:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.sock.connect(server.getsockname())
            there, _ = server.accept()
        if is_small:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        there.setblocking(False)
        self.there = there
        self.sock.settimeout(PATIENCE_S)

    def read(self, method: str = "GET") -> Reply:
        """Read one answer by h11."""
        connection = h11.Connection(h11.CLIENT)
        connection.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
        connection.send(h11.EndOfMessage())
        body, reply = b"", None
        while True:
            match connection.next_event():
                case h11.NEED_DATA:
                    connection.receive_data(self.sock.recv(65536))
                case h11.Response() as response:
                    headers = {k.decode(): v.decode("latin-1") for k, v in response.headers}
                    reply = (response.status_code, headers)
                case h11.Data(data=data):
                    body += data
                case h11.EndOfMessage():
                    assert reply is not None
                    return Reply(reply[0], reply[1], body)
                case other:
                    raise AssertionError(other)

    def is_ended(self) -> bool:
        """Wait until the server says that nothing more comes."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Hang up."""
        self.sock.close()


class Station:
    """One handler and what it gives back."""

    def __init__(self, handler: Handler, returned: socket.socket, data: Path) -> None:
        self.handler = handler
        self.data = data
        self.returned = returned
        self._events = 0
        self._opened: list[socket.socket] = []

    def browser(self, *, is_small: bool = False) -> Browser:
        """Connect; what is still open in the end is closed by the station."""
        browser = Browser(is_small=is_small)
        self._opened += (browser.sock, browser.there)
        return browser

    def close(self) -> None:
        """Close what the test left open."""
        for sock in self._opened:
            sock.close()

    def answer(
        self,
        browser: Browser,
        answer: Answer,
        content: bytes | None = None,
        kind: str = "answer",
    ) -> None:
        """Have the browser answered."""
        self._send(browser, kind, answer, content)

    def ask(self, browser: Browser, ask: Ask) -> None:
        """Have a request answered by the stage itself."""
        self._send(browser, "ask", ask, None)

    def get(self, ask: Ask) -> Reply:
        """Ask and read, once."""
        browser = self.browser()
        self.ask(browser, ask)
        reply = browser.read(ask.client.method)
        if ask.client.is_kept:
            self.take_back()
        browser.close()
        return reply

    def done(self) -> Done:
        """Wait for the end of a call."""
        return self.handler.expect(Done)

    def settle(self, calls: int) -> None:
        """Wait for the ends of so many calls, and grant room for what is emitted meanwhile."""
        while calls:
            message, _ = self.handler.receive()
            calls -= isinstance(message, Done)
            if isinstance(message, Emit):
                self.handler.link.send(Room(len(message.outputs)))

    def take_back(self) -> Client:
        """Wait for a kept connection, and close it."""
        rights = array.array("i")
        data, control, _, _ = self.returned.recvmsg(65536, socket.CMSG_SPACE(8))
        for level, kind, content in control:
            assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
            rights.frombytes(content)
        assert len(rights) == 1
        os.close(rights[0])
        return decode_body(data, Client)

    def descriptors(self) -> int:
        """Count what the handler has open."""
        return len(os.listdir(f"/proc/{self.handler.pid}/fd"))  # noqa: PTH208 - a number

    def _send(self, browser: Browser, kind: str, body: object, content: bytes | None) -> None:
        self._events += 1
        payloads = [Payload("connection", 0)]
        descriptors = [browser.there.detach()]
        if content is not None:
            payloads.append(Payload("memory", len(content)))
            descriptors.append(payload.make(content))
        event = Event(f"e{self._events}", kind, "anna", encode_body(body), tuple(payloads))
        self.handler.call_nowait(event, descriptors=tuple(descriptors))


@contextmanager
def replying(
    data: Path, *, answer_s: float = 30.0, returns: int = 0, connections_max: int = 1024
) -> Iterator[Station]:
    """Have one handler for the time of a test."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    here.settimeout(PATIENCE_S)
    if returns:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, returns)
    web = Web(answer_s=answer_s, connections_max=connections_max)
    settings = Settings(web=web, watch=Watch())
    with (
        here,
        there,
        controlling(
            HTTP_REPLY,
            data,
            sockets={"return": there.fileno()},
            content=encode_body(settings),
        ) as controller,
    ):
        station = Station(controller.handler(), here, data)
        try:
            yield station
        finally:
            station.close()
