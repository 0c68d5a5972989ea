"""RTSP cameras that lead elsewhere are refused before anybody is told a password."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stages.camera.faults import CameraFault
from stages.camera.source.describe import refuse_redirects
from stages.camera.source.settings import CameraSettings
from tests.patience import PATIENCE_S
from tests.stages.camera.test_libav import InventedClock, first_fault


class Server:
    """Answers every question with the same words; remembers what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with link:
                link.settimeout(PATIENCE_S)
                self.asked.append(link.recv(4096))
                link.sendall(self._answer)

    def close(self) -> None:
        """Answer nobody any more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_S)


@contextmanager
def server(answer: str) -> Iterator[Server]:
    found = Server(answer.replace("\n", "\r\n").encode())
    try:
        yield found
    finally:
        found.close()


def test_another_host_is_refused_before_it_is_told_the_password() -> None:
    """Neither who redirects nor where to hears of user or password."""
    with server("RTSP/1.0 401 Unauthorized\nCSeq: 1\n\n") as elsewhere:
        leads = f"RTSP/1.0 302 Moved\nCSeq: 1\nLocation: rtsp://localhost:{elsewhere.port}/\n\n"
        with server(leads) as camera:
            url = f"rtsp://admin:h0rse@127.0.0.1:{camera.port}/live"
            fault = first_fault(CameraSettings("gate", url), InventedClock())
        assert fault.name == "redirect_elsewhere"
        assert "rtsp://localhost" in fault.sentence
        assert elsewhere.asked == []
    assert not any(
        b"Authorization" in question or b"h0rse" in question for question in camera.asked
    )


def test_a_circle_ends() -> None:
    """Redirects to the same host are followed, a few times."""
    with server("RTSP/1.0 302 Moved\nLocation: /live\n\n") as camera:
        with pytest.raises(CameraFault) as caught:
            refuse_redirects(f"rtsp://127.0.0.1:{camera.port}/live", PATIENCE_S)
        assert caught.value.fault.name == "redirect_loop"
        assert len(camera.asked) == 4


@pytest.mark.parametrize(
    "answer",
    [
        "RTSP/1.0 200 OK\nCSeq: 1\n\n",
        "RTSP/1.0 302 Moved\nCSeq: 1\n\n",
        "HTTP/1.1 302 Found\nLocation: http://elsewhere/\n\n",
        "RTSP/1.0 302",
        "",
        "x" * 40_000,
    ],
)
def test_whatever_else_is_answered_is_left_to_whoever_opens_the_stream(answer: str) -> None:
    """Also what is no answer at all."""
    with server(answer) as camera:
        refuse_redirects(f"rtsp://127.0.0.1:{camera.port}/live", PATIENCE_S)
        assert len(camera.asked) == 1
