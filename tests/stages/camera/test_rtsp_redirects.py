"""RTSP cameras that lead elsewhere: nobody else is connected to, or told a password."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO
from urllib.parse import urlsplit

import pytest

from conf.schema import Camera
from stages.camera.source.rtsp_relay import Relay, listen
from testing.waiting import PATIENCE_S
from tests.stages.camera.test_libav import InventedClock, first_fault

SECRET = "h0rse-battery"  # noqa: S105 - of this test
ASKS = "RTSP/1.0 401 Unauthorized\nCSeq: {cseq}\nWWW-Authenticate: Basic realm=x\n\n"
SERVES = "RTSP/1.0 200 OK\nCSeq: {cseq}\nPublic: OPTIONS, DESCRIBE\n\n"
NOT_FOUND = "RTSP/1.0 404 Not Found\nCSeq: {cseq}\n\n"
Answer = Callable[[bytes, int], str]
"""Of a question and the number of the connection, from 1."""


class Server:
    """Answers questions; remembers what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with link, link.makefile("rb") as lines:
                link.settimeout(PATIENCE_S)
                while self._converse(link, _read_question(lines)):
                    pass

    def _converse(self, link: socket.socket, question: bytes) -> bool:
        if not question:
            return False
        self.asked.append(question)
        cseq = question.lower().partition(b"cseq:")[2].split()[0].decode()
        answer = self._answer(question, self.connections).replace("{cseq}", cseq)
        try:
            link.sendall(answer.replace("\n", "\r\n").encode())
        except OSError:
            return False
        return answer.endswith("\n\n")

    def close(self) -> None:
        """Answer nobody any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_S)


def _read_question(lines: BinaryIO) -> bytes:
    """Return a head, or what there is of it."""
    head = b""
    while (line := lines.readline()) not in (b"\r\n", b""):
        head += line
    return head


@contextmanager
def server(answer: Answer) -> Iterator[Server]:
    found = Server(answer)
    try:
        yield found
    finally:
        found.close()


def look(camera: Server) -> tuple[str, str]:
    """Return the name of the fault with this camera, and its sentence."""
    url = f"rtsp://admin:{SECRET}@127.0.0.1:{camera.port}/live"
    fault = first_fault(Camera("gate", url), InventedClock())
    assert SECRET not in fault.sentence
    return fault.name, fault.sentence


def _at_once(_question: bytes, _connection: int) -> bool:
    return True


def _after_the_password(question: bytes, _connection: int) -> bool:
    return b"Authorization" in question


def _once_libav_asks(question: bytes, _connection: int) -> bool:
    return b"Lavf" in question and question.startswith(b"DESCRIBE")


def _from_the_second_connection_on(question: bytes, connection: int) -> bool:
    return connection > 1 and b"DESCRIBE" in question


@pytest.mark.parametrize("code", [301, 302, 305, 399])
@pytest.mark.parametrize(
    "when", [_at_once, _after_the_password, _once_libav_asks, _from_the_second_connection_on]
)
def test_another_host_hears_nothing(when: Callable[[bytes, int], bool], code: int) -> None:
    """Whenever a camera begins to redirect, and whoever it takes to be asking."""
    with server(lambda _, __: ASKS) as elsewhere:
        leads = f"RTSP/1.0 {code} Moved\nCSeq: {{cseq}}\nLocation: rtsp://localhost:{elsewhere.port}/\n\n"

        def answer(question: bytes, connection: int) -> str:
            if when(question, connection):
                return leads
            return SERVES if question.startswith(b"OPTIONS") else ASKS

        with server(answer) as camera:
            name, sentence = look(camera)
        assert elsewhere.connections == 0
    if when is not _from_the_second_connection_on:
        assert name == "redirect_elsewhere"
        assert "rtsp://localhost" in sentence


def test_another_port_of_the_same_host_hears_nothing() -> None:
    """A camera is no way to what else listens at its address."""
    with server(lambda _, __: ASKS) as elsewhere:
        leads = (
            f"RTSP/1.0 302 Moved\nCSeq: {{cseq}}\nLocation: rtsp://127.0.0.1:{elsewhere.port}/\n\n"
        )
        with server(lambda _, __: leads) as camera:
            name, sentence = look(camera)
        assert elsewhere.connections == 0
    assert name == "redirect_elsewhere"
    assert f"rtsp://127.0.0.1:{elsewhere.port}" in sentence


def test_a_circle_ends() -> None:
    """Redirects to the same host are followed, a few times, with the password where it asks."""
    with server(lambda _, __: "RTSP/1.0 302 Moved\nCSeq: {cseq}\nLocation: /live\n\n") as camera:
        assert look(camera)[0] == "redirect_loop"
        assert camera.connections == 4


def test_another_path_of_the_same_host_is_asked() -> None:
    """As cameras do that lead to their main stream."""

    def answer(question: bytes, _: int) -> str:
        path = question.split()[1].rpartition(b"/")[2]
        return (
            NOT_FOUND
            if path == b"main"
            else "RTSP/1.0 302 Moved\nCSeq: {cseq}\nLocation: /main\n\n"
        )

    with server(answer) as camera:
        assert look(camera)[0] == "not_found"
        assert camera.connections == 2


@pytest.mark.parametrize("scheme", ["Basic realm=x", 'Digest realm="x", nonce="{nonce}"'])
@pytest.mark.parametrize("location", ["/main", "rtsp://127.0.0.1:{port}/main"])
@pytest.mark.parametrize("asks", ["everywhere", "only before it leads on"])
def test_who_has_told_the_password_is_led_on(scheme: str, location: str, asks: str) -> None:
    """A camera that redirects whom it knows, and asks again where it led, or does not."""
    ports: list[int] = []

    def answer(question: bytes, connection: int) -> str:
        is_led = question.split()[1].endswith(b"/main")
        if b"Authorization" not in question and not (is_led and asks != "everywhere"):
            return ASKS.replace("Basic realm=x", scheme.replace("{nonce}", str(connection)))
        leads = f"RTSP/1.0 302 Moved\nCSeq: {{cseq}}\nLocation: {location}\n\n"
        return NOT_FOUND if is_led else leads.replace("{port}", str(ports[0]))

    with server(answer) as camera:
        ports.append(camera.port)
        assert look(camera)[0] == "not_found"
        assert camera.connections == 2


def test_a_camera_is_asked_under_its_own_name_and_told_the_password_once_it_asks() -> None:
    """Not by another address, which it may not know, nor before."""
    with server(lambda question, _: NOT_FOUND if b"Basic" in question else ASKS) as camera:
        assert look(camera)[0] == "not_found"
    assert all(f" rtsp://127.0.0.1:{camera.port}/live ".encode() in it for it in camera.asked)
    assert [b"Authorization: Basic" in it for it in camera.asked[:2]] == [False, True]
    assert not any(SECRET.encode() in it for it in camera.asked)


@pytest.mark.parametrize(
    "answer",
    [
        "RTSP/1.0 302 Moved\nCSeq: 1\n\n",
        "HTTP/1.1 302 Found\nLocation: http://elsewhere/\n\n",
        "RTSP/1.0 302",
        "",
        "x" * 40_000,
    ],
)
def test_what_is_no_answer_is_a_fault_with_a_name(answer: str) -> None:
    """A camera may say anything."""
    with server(lambda _, __: answer) as camera:
        assert look(camera)[0]


def test_who_finds_the_port_of_the_relay_is_not_relayed() -> None:
    """Only who knows the word reaches the camera, also after somebody who does not."""
    with server(lambda _, __: SERVES) as camera:
        url = f"rtsp://127.0.0.1:{camera.port}/live"
        camera_settings = Camera("gate", url)
        with (
            listen() as listener,
            closing(Relay(camera_settings, url, None, listener)) as relay,
        ):
            port = urlsplit(relay.url).port or 0
            for asked, is_let_in in ((f"rtsp://127.0.0.1:{port}/", False), (relay.url, True)):
                with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as link:
                    link.sendall(f"OPTIONS {asked} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
                    assert bool(link.recv(4096)) == is_let_in
    assert len(camera.asked) == 1
