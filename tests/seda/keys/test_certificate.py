"""Certificates: what is wrong with them in words, and taken anew when they change."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from conf.schema import Tls
from seda.keys.certificate import Certificate, CertificateError, load

CA = trustme.CA()


def write(folder: Path, name: str = "watch.example") -> Tls:
    """Write a certificate of our own CA and its key."""
    made = CA.issue_cert(name)
    chain = b"".join(pem.bytes() for pem in made.cert_chain_pems)
    (folder / "cert.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(made.private_key_pem.bytes())
    return Tls(str(folder / "cert.pem"), str(folder / "key.pem"))


def spoil_certificate(folder: Path) -> None:
    (folder / "cert.pem").write_bytes(b"\x30\x82")


def spoil_key(folder: Path) -> None:
    (folder / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n")


def swap_key(folder: Path) -> None:
    (folder / "key.pem").write_bytes(CA.issue_cert("other.example").private_key_pem.bytes())


def remove_key(folder: Path) -> None:
    (folder / "key.pem").unlink()


SPOILED: list[tuple[Callable[[Path], None], str]] = [
    (spoil_certificate, "PEM"),
    (spoil_key, "web.tls.key"),
    (swap_key, "not that of the certificate"),
    (remove_key, "No such file"),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_what_is_wrong_is_said_with_its_file(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    """And what to do."""
    tls = write(tmp_path)
    load(tls)
    spoil(tmp_path)
    with pytest.raises(CertificateError) as caught:
        load(tls)
    assert words in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_a_broken_new_one_is_said_once_and_the_one_before_goes_on(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    """Nobody is shut out because a file was copied badly."""
    certificate = Certificate(write(tmp_path))
    before = certificate.context
    assert not certificate.refresh()
    spoil(tmp_path)
    with pytest.raises(CertificateError, match=words):
        certificate.refresh()
    assert not certificate.refresh()
    assert certificate.context is before
    write(tmp_path, "new.example")
    assert certificate.refresh()
    assert certificate.context is not before


def test_a_key_with_a_password_is_refused_without_asking_for_it(tmp_path: Path) -> None:
    """Nobody sits at the terminal of a server."""
    tls = write(tmp_path)
    key = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (tmp_path / "key.pem").write_bytes(locked)
    with pytest.raises(CertificateError, match="has a password"):
        load(tls)


def test_no_suite_has_padding_that_can_be_asked_about(tmp_path: Path) -> None:
    """Of TLS 1.2 only suites with forward secrecy and authenticated encryption are spoken."""
    names = [suite["name"] for suite in load(write(tmp_path)).get_ciphers()]
    spoken = [name for name in names if not name.startswith("TLS_")]
    assert spoken
    assert all(name.startswith("ECDHE-") for name in spoken)
    assert all("GCM" in name or "CHACHA20" in name for name in names)
