"""Whose address a request has, behind proxies that are trusted and not."""

import pytest

from http_common.origins import (
    Line,
    Proxies,
    neighbourhood,
    network_of,
    plain_address,
)

PROXIES = Proxies(("10.0.0.0/8", "fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "203.0.113.5", "192.0.2.7"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, nonsense, 10.2.2.2", "10.2.2.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("fd00::1", "[2001:db8::5]", "2001:db8::5"),
    ],
)
def test_only_a_trusted_proxy_says_for_whom_it_speaks(
    peer: str, forwarded: str, address: str
) -> None:
    """And only as far back as proxies are trusted: what is before that anybody can have written."""
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert PROXIES.client(Line(peer), headers) == (address, False)


@pytest.mark.parametrize(
    ("peer", "proto", "is_tls", "is_https"),
    [
        ("192.0.2.7", "https", False, False),
        ("10.0.0.1", "https", False, True),
        ("10.0.0.1", "https, http", False, False),
        ("10.0.0.1", "http", True, False),
        ("10.0.0.1", "", True, True),
        ("192.0.2.7", "http", True, True),
    ],
)
def test_only_a_trusted_proxy_says_how_the_client_came(
    peer: str, proto: str, *, is_tls: bool, is_https: bool
) -> None:
    """By the scheme that the last proxy saw."""
    headers = {"x-forwarded-proto": proto} if proto else {}
    assert PROXIES.client(Line(peer, is_tls), headers)[1] is is_https


def test_addresses_are_compared_as_one() -> None:
    """IPv4 in the clothes of IPv6 is IPv4; a neighbourhood of IPv6 is one."""
    assert plain_address("::ffff:192.0.2.7") == "192.0.2.7"
    assert plain_address("fe80::1%eth0") == "fe80::1"
    assert plain_address("unix") == ""
    assert neighbourhood("192.0.2.7") == "192.0.2.7"
    assert neighbourhood("2001:db8::1:2:3:4") == neighbourhood("2001:db8::9")
    assert neighbourhood("2001:db8::1") != neighbourhood("2001:db8:0:1::1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("fd00:5eda::7", "fd00:5eda::/64"),
        ("2001:db8:0:1::9", "2001:db8:0:1::/64"),
        ("8.8.8.8", "8.8.8.0/24"),
        ("::ffff:8.8.8.8", "8.8.8.0/24"),
        ("192.168.1.20", None),
        ("10.1.2.3", None),
        ("127.0.0.1", None),
        ("", None),
    ],
)
def test_a_network_is_what_somebody_has_who_has_an_address(
    address: str, network: str | None
) -> None:
    """A /64 of IPv6, a public /24; of a private /24 may be the whole control room."""
    assert network_of(address) == network
