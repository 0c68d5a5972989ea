"""The head of an answer: its status line and headers, as bytes. Pure.

Written here and not by h11, whose connection object would have to be led through the request that
another process has read already: that costs ten times as much for each answer (design/ring.md).
What h11 would refuse is refused here as well, and the tests read every head back by h11.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus

import attrs

from seda.requests import Client

Header = tuple[str, str]

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
"""No other host and nothing inline; blob: because frames are shown from memory."""
_ALWAYS = (
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
)
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_known_names: set[str] = set()
_BODILESS = {204, 304}


class BadHeader(Exception):
    """A header that may not stand in an answer, because it would be read as something else."""


@attrs.frozen
class HeadBuilder:
    """What is the same for every answer of a run."""

    hsts_s: int

    def head(
        self,
        client: Client,
        status: int,
        headers: Iterable[Header],
        size_bytes: int | None,
        date: str,
    ) -> bytes:
        """Return the head; the size is that of its content, even where none is sent."""
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Answer')}\r\nDate: {date}\r\n", _ALWAYS]
        has_policy = False
        for name, value in headers:
            if name not in _known_names:
                _learn(name)
            if not _VALUE.fullmatch(value):
                raise BadHeader(f"header {name}: {value!r} cannot be sent")
            has_policy = has_policy or name == "Content-Security-Policy"
            lines.append(f"{name}: {value}\r\n")
        if not has_policy:
            lines.append(f"Content-Security-Policy: {API_POLICY}\r\n")
        if client.is_https and self.hsts_s:
            lines.append(f"Strict-Transport-Security: max-age={self.hsts_s}\r\n")
        if status not in _BODILESS and size_bytes is not None:
            lines.append(f"Content-Length: {size_bytes}\r\n")
        lines.append(_connection(client))
        return "".join(lines).encode("latin-1")


def _connection(client: Client) -> str:
    """Return what becomes of the connection, where the version does not say it."""
    if not client.is_kept:
        return "Connection: close\r\n\r\n"
    return "Connection: keep-alive\r\n\r\n" if client.version == "1.0" else "\r\n"


def _learn(name: str) -> None:
    """Check a header's name once; the code has a few dozen of them."""
    if not _NAME.fullmatch(name):
        raise BadHeader(f"{name!r} is no header's name")
    if len(_known_names) < 256:
        _known_names.add(name)
