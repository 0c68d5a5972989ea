"""Where a request comes from and for whom it is: hosts, proxies, and pages of other sites. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import attrs

from http_common.reading import Head
from http_common.refused import Refused

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(?::[0-9]{1,5})?")
_SAFE = frozenset({"GET", "HEAD"})
_OURS_OR_TYPED = (None, "same-origin", "none")
_NOT_OURS = "this was not sent by a page of this server"
_NEIGHBOURS_BITS = 64
"""Of an IPv6 address: who has one has all that begin so."""
_RENTED_BITS = 24


@attrs.frozen
class Line:
    """The connection that a request came on, as the kernel has it."""

    peer: str
    """Address of whoever is at the other end: the client, or a proxy in front of it."""
    is_tls: bool = False


class Proxies:
    """Who may say for whom it speaks."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)
        self.are_trusted = lru_cache(1024)(self._are_trusted)

    def client(self, line: Line, headers: dict[str, str]) -> tuple[str, bool]:
        """Return the client's address, and whether it came over HTTPS."""
        if not self._networks or not self.are_trusted(line.peer):
            return line.peer, line.is_tls
        address = line.peer
        for step in reversed(headers.get("x-forwarded-for", "").split(",")):
            found = plain_address(step)
            if not found:
                break
            address = found
            if not self.are_trusted(found):
                break
        scheme = headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        return address, scheme == "https" if scheme else line.is_tls

    def _are_trusted(self, address: str) -> bool:
        found = _parsed(address)
        return found is not None and any(found in network for network in self._networks)


def plain_address(text: str) -> str:
    """Return an address as it is compared: IPv4 as such also where it came as IPv6; "" if none."""
    found = _parsed(text.strip())
    return "" if found is None else str(found)


def neighbourhood(address: str) -> str:
    """Return what stands for everybody who may well be the one at this address."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), _NEIGHBOURS_BITS), strict=False))
    return address


def network_of(address: str) -> str | None:
    """Return the network that somebody has who has this address; None where it says nothing.

    A /64 of IPv6 is handed to whoever asks for an address. The /24 of a public IPv4 address is
    rented as one as a rule; of a private one it is the control room itself.
    """
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), _NEIGHBOURS_BITS), strict=False))
    if found is None or not found.is_global:
        return None
    return str(IPv4Network((int(found), _RENTED_BITS), strict=False))


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def check_host(host: str, hosts: frozenset[str]) -> None:
    """Raise Refused unless the request is for a name of ours, where those are configured."""
    found = _HOST.fullmatch(host)
    if found is None:
        raise Refused(400, "the request does not say for which host it is")
    if hosts and found[1].rstrip(".").lower() not in hosts:
        raise Refused(421, f"this is not {host}: web.hosts has the names that are served here")


def check_same_site(head: Head, host: str, *, is_https: bool, has_cookie: bool) -> None:
    """Raise Refused for what was sent by a page of somebody else.

    A cookie comes along whoever made the page, so with one the browser has to say that the page is
    ours; without one it only must not say the opposite. What only asks has to be ours as well, or
    typed: a picture of /api/v1/next on a neighbouring port, which is the same site, takes a frame.
    """
    site, origin = head.headers.get("sec-fetch-site"), head.headers.get("origin")
    if head.method in _SAFE:
        if has_cookie and site not in _OURS_OR_TYPED:
            raise Refused(403, _NOT_OURS)
        return
    if site is not None:
        is_ours = site == "same-origin"
    elif origin is not None:
        is_ours = _is_origin_of(origin, host, is_https=is_https)
    else:
        is_ours = not has_cookie
    if not is_ours:
        raise Refused(403, _NOT_OURS)


def _is_origin_of(origin: str, host: str, *, is_https: bool) -> bool:
    scheme, _, place = origin.lower().partition("://")
    if scheme not in (("https",) if is_https else ("http", "https")):
        return False
    return _with_port(place, scheme) == _with_port(host.lower(), scheme)


def _with_port(place: str, scheme: str) -> str:
    has_port = re.search(r":[0-9]+\Z", place) is not None
    return place if has_port else f"{place}:{443 if scheme == 'https' else 80}"
