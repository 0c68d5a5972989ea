"""HTTPS through the running pipeline: supervisor, TLS, parser, and somebody who answers."""

import contextlib
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from testing.ports import free_port
from testing.running.rig import Rig
from testing.waiting import PATIENCE_S, wait_until
from tests.seda.keys.test_certificate import write
from tests.stages.tls.test_relay import trusting

pytestmark = pytest.mark.slow


class Site:
    """The pages over HTTPS."""

    def __init__(self, folder: Path, port: int, rig: Rig) -> None:
        self.folder = folder
        self.port = port
        self.rig = rig
        self.base = f"https://127.0.0.1:{port}"

    def get(self, client: httpx.Client, path: str) -> httpx.Response:
        return client.get(f"{self.base}{path}", extensions={"sni_hostname": "watch.example"})

    def client(self) -> httpx.Client:
        return httpx.Client(verify=trusting(), timeout=PATIENCE_S, trust_env=False)

    def connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        return trusting().wrap_socket(plain, server_hostname="watch.example")

    def certificate(self) -> bytes | None:
        with self.connect() as sock:
            return sock.getpeercert(binary_form=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run it once for all tests here."""
    folder = tmp_path_factory.mktemp("tls")
    tls = write(folder)
    port = free_port()
    settings = (
        f'[web]\naddress = "127.0.0.1:{port}"\nconnections_per_address_max = 300\n'
        f'[web.tls]\ncertificate = "{tls.certificate}"\nkey = "{tls.key}"\n'
    )
    with Rig("testing.running.pipelines:DOOR", settings) as rig:
        yield Site(folder, port, rig)


def test_a_page_comes_over_https_and_the_door_knows_it(site: Site) -> None:
    """The client's own address, and that its cookies may be Secure."""
    with site.client() as client:
        for _ in range(50):
            asked: dict[str, Any] = site.get(client, "/page").json()
        assert asked["path"] == {"file": "page"}
        assert asked["client"]["is_https"] is True
        assert asked["client"]["address"] == "127.0.0.1"


def test_large_answers_come_whole(site: Site) -> None:
    """Through two processes and buffers that are much smaller."""
    with site.client() as client:
        assert len(site.get(client, "/large").content) == 8 * 1024 * 1024


def test_refusals_come_over_https_too(site: Site) -> None:
    """With the status of the door."""
    with site.client() as client:
        assert site.get(client, "/api/v1/next?page=abcdefgh").status_code == 401
        assert site.get(client, "/%zz").status_code == 400


def test_old_versions_and_plain_http_are_not_spoken(site: Site) -> None:
    """TLS 1.2 at least."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", site.port), PATIENCE_S) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        old.wrap_socket(plain)
    with socket.create_connection(("127.0.0.1", site.port), PATIENCE_S) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert b"HTTP/1.1 200" not in plain.recv(1000)


def test_a_replaced_certificate_is_used_and_a_broken_one_is_not(site: Site) -> None:
    """Without a restart; what stands goes on."""
    standing = site.connect()
    before = site.certificate()
    (site.folder / "cert.pem").write_text("broken")
    wait_until(
        lambda: "the new certificate is not used" in site.rig.words,
        "a word about the broken certificate",
    )
    assert site.certificate() == before
    write(site.folder)
    wait_until(lambda: site.certificate() != before, "the new certificate")
    with standing:
        standing.sendall(b"GET /standing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"standing" in b"".join(iter(lambda: standing.recv(65536), b""))


def test_hang_ups_at_any_moment_leave_no_descriptor(site: Site) -> None:
    """In the handshake, after it, in the middle of a request and of an answer."""
    pids = [pid for name in ("tls", "http_parser") for pid in site.rig.handlers(name)]
    site.certificate()
    wait_until(lambda: sockets_of(site.port) == 0, "the end of every connection")
    before = [descriptors_of(pid) for pid in pids]
    for content in (
        b"",
        b"GET /",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n",
    ):
        for _ in range(25):
            socket.create_connection(("127.0.0.1", site.port), PATIENCE_S).close()
            with site.connect() as sock:
                sock.sendall(content or b"\x00")
    wait_until(
        lambda: [descriptors_of(pid) for pid in pids] == before, "as many descriptors as before"
    )


def test_many_connections_at_once_are_served(site: Site) -> None:
    """200 that only stand there keep nobody out."""
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(site.connect())
        with site.client() as client:
            assert site.get(client, "/page").status_code == 200


def descriptors_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names only


def sockets_of(port: int) -> int:
    """Count the connections to a port that stand."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)
