"""Addresses, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.addresses import AddressError, host_and_port, take_address

PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)


@pytest.mark.parametrize(
    ("address", "apart"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("[::1]:80", ("::1", 80)),
        ("localhost:65535", ("localhost", 65535)),
    ],
)
def test_a_listening_address_is_taken_apart(address: str, apart: tuple[str, int]) -> None:
    """With IPv6 in brackets."""
    assert host_and_port(address) == apart


@pytest.mark.parametrize(
    "address", ["", "9464", ":9464", "host:", "host:0", "host:65536", "host:-1", "::1:80", "h:٣"]
)
def test_what_is_no_listening_address_is_refused(address: str) -> None:
    """In words, not by a socket's error later."""
    with pytest.raises(AddressError):
        host_and_port(address)


@pytest.mark.parametrize(
    "url",
    [
        "camera/",
        "ftp://camera/",
        "http://",
        "http://camera:0/",
        "http://camera:99999/",
        "http://camera:port/",
        "http://camera/a b",
        "http://camera/\x00",
        "http://viewer:a/b@camera/",
        "http://viewer:1/b@camera/",
        "http://viewer:a?b@camera/",
        "http://[::1/",
    ],
)
def test_what_is_no_camera_address_is_refused(url: str) -> None:
    """Among it passwords that would be read as a part of the path."""
    with pytest.raises(AddressError):
        take_address(url)


def test_an_at_sign_in_a_path_is_no_password() -> None:
    """Where nothing before it looks like one."""
    assert take_address("http://camera/live@1").user is None


@given(user=PRINTABLE, password=PRINTABLE)
def test_no_address_that_is_accepted_shows_its_credentials(user: str, password: str) -> None:
    """However they are spelled."""
    told = ""
    try:
        apart = take_address(f"http://viewer:{user}~secret~{password}@camera/video")
        told = apart.url + repr(apart.user)
    except AddressError as error:
        told = str(error)
    assert "~secret~" not in told
