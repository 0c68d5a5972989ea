"""Addresses as people write them: taken apart and checked. Pure."""

from urllib.parse import unquote, urlsplit, urlunsplit

import attrs

CAMERA_SCHEMES = ("http", "https", "rtsp", "rtsps", "file")


class AddressError(ValueError):
    """What is wrong with an address, and what to write instead; never the address itself."""


@attrs.frozen
class AddressParts:
    """A camera's address and the credentials that stood in it."""

    url: str = attrs.field(repr=False)
    """Its query may still hold secrets."""
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)


def host_and_port(address: str) -> tuple[str, int]:
    """Take `127.0.0.1:9464` or `[::1]:9464` apart."""
    host, colon, port = address.rpartition(":")
    is_bare_ipv6 = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if not colon or is_bare_ipv6 or not port.isascii() or not port.isdigit():
        raise AddressError('write host:port, as in "127.0.0.1:9464" or "[::1]:9464"')
    if not 1 <= int(port) <= 65535:
        raise AddressError(f"port {port} is not between 1 and 65535")
    if not host:
        raise AddressError('name the address to listen at: "0.0.0.0" is every one of this machine')
    return host.strip("[]"), int(port)


def take_address(url: str) -> AddressParts:
    """Check a camera's address, and take user and password out of it."""
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        raise AddressError("it holds a space or a control character: write %20 for a space")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressError(_unreadable(url)) from error
    if parts.scheme not in CAMERA_SCHEMES:
        raise AddressError(f"it has to begin with one of {', '.join(CAMERA_SCHEMES)} and ://")
    if parts.scheme != "file" and not parts.hostname:
        raise AddressError("it names no host")
    if port == 0:
        raise AddressError("port 0 is not between 1 and 65535")
    has_later_at = url.count("@") > parts.netloc.count("@")
    if has_later_at and (":" in parts.netloc or "@" in parts.netloc):
        raise AddressError(_unreadable(url))
    return split_credentials(url)


def split_credentials(url: str) -> AddressParts:
    """Return the address without user and password, and both; it is not checked."""
    parts = urlsplit(url)
    credentials, _, host = parts.netloc.rpartition("@")
    user, colon, password = credentials.partition(":")
    return AddressParts(
        urlunsplit(parts._replace(netloc=host)),
        unquote(user) if credentials else None,
        unquote(password) if colon else None,
    )


def _unreadable(url: str) -> str:
    if "@" in url:
        return (
            "host and port cannot be told apart from user and password: give those as `user` and "
            "`password`, or write / ? # : @ in them as %2F %3F %23 %3A %40 (an @ in the path: %40)"
        )
    return "host and port cannot be read: write scheme://host:port/path, port 1 to 65535"
