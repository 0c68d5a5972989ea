"""Many strangers at the TLS stage: unfinished handshakes, and connections that stand there."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.file.database import Store
from store.file.places import store_path
from store.people import people
from testing.ports import free_port
from testing.running.rig import Rig
from testing.waiting import PATIENCE_S
from tests.seda.keys.test_certificate import write
from tests.stages.tls.test_relay import trusting

pytestmark = pytest.mark.slow
PLACES = 16


class Site:
    """The pages over HTTPS with few places, and somebody who is signed in."""

    def __init__(self, port: int, secret: str) -> None:
        self.port = port
        self.secret = secret
        self._open = contextlib.ExitStack()

    def knock(self) -> socket.socket:
        """Connect, and say nothing of TLS."""
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        return self._open.enter_context(plain)

    def connect(self) -> ssl.SSLSocket:
        return self._open.enter_context(
            trusting().wrap_socket(self.knock(), server_hostname="watch.example")
        )

    def ask(self, sock: ssl.SSLSocket) -> bytes:
        """Ask for the next frame, signed in; return the status."""
        cookie = f"Cookie: seda_session={self.secret}"
        request = (
            f"GET /api/v1/next?page=abcdefgh HTTP/1.1\r\nHost: watch.example\r\n{cookie}\r\n\r\n"
        )
        sock.sendall(request.encode())
        return sock.recv(4096).split()[1]

    def close(self) -> None:
        self._open.close()


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """Run it once for all tests here; return the port and a session's secret."""
    folder = tmp_path_factory.mktemp("tls")
    tls, port = write(folder), free_port()
    settings = (
        f'[web]\naddress = "127.0.0.1:{port}"\nconnections_max = {PLACES}\n'
        f'[web.tls]\ncertificate = "{tls.certificate}"\nkey = "{tls.key}"\n'
    )
    with Rig("testing.running.pipelines:DOOR", settings) as made, watched(made.data) as store:
        user = people.User(name="ann", role="spotter", scope=None)
        store.write_one(1.0, lambda tx: people.add_user(tx, user, "hash", "test"))
        yield port, store.write_one(1.0, lambda tx: people.issue(tx, "session", "ann", 1e10))


def watched(data: Path) -> contextlib.closing[Store]:
    """Open the store in alarm's place, which is not there."""
    path = store_path(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    return contextlib.closing(Store(path))


@pytest.fixture
def site(rig: tuple[int, str]) -> Iterator[Site]:
    """Return it, and close what the test has opened."""
    made = Site(*rig)
    yield made
    made.close()


def ends(sock: socket.socket) -> bool:
    """Wait for the end."""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        while sock.recv(4096):
            pass
    return True


def test_handshakes_that_are_not_finished_keep_nobody_out(site: Site) -> None:
    """The slowest of them goes for the next, and no connection that stands goes for any."""
    standing = site.connect()
    assert site.ask(standing) == b"200"
    begun = [site.knock() for _ in range(2 * PLACES)]
    assert site.ask(site.connect()) == b"200"
    assert ends(begun[0])
    assert site.ask(standing) == b"200"


def test_strangers_connections_keep_nobody_out(site: Site) -> None:
    """However many stand there, whoever is signed in keeps theirs and another one comes in."""
    standing = site.connect()
    assert site.ask(standing) == b"200"
    strangers = [site.connect() for _ in range(2 * PLACES)]
    assert site.ask(site.connect()) == b"200"
    assert ends(strangers[0])
    assert site.ask(standing) == b"200"
