"""Keeps passwords out of sight: URLs are shown without them, wherever they stand in one. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

MASK = "***"
_SECRET = re.compile(
    r"pass|pwd|psw|secret|token|key|auth|credential|session|sig|usr|user", re.IGNORECASE
)
"""Names of query parameters whose values are hidden; cheap cameras take `?user=admin&pwd=...`."""
_SHORTEST_SECRET = 4
"""Shorter ones would hide ordinary words; they are hidden in URLs by where they stand."""
_USER_OF_URL = re.compile(r"(?<=://)[^/\s]*@")


def redact(url: str) -> str:
    """Return the URL as it may be shown: user, password and secret parameters are masked."""
    try:
        parts = urlsplit(url)
        host = _host(parts)
    except ValueError:
        return MASK
    has_user = parts.username is not None or parts.password is not None
    netloc = f"{MASK}@{host}" if has_user else host
    return urlunsplit(parts._replace(netloc=netloc, query=_query(parts.query), fragment=""))


def secrets_of(url: str) -> tuple[str, ...]:
    """Return what in this URL nobody should see, raw and as it was written."""
    parts = urlsplit(url)
    found = [parts.password, parts.password and unquote(parts.password)]
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if _SECRET.search(name):
            found += [value, quote(value)]
    return tuple(dict.fromkeys(secret for secret in found if secret))


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return the text with the secrets masked; the last guard for words that others wrote."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    return _USER_OF_URL.sub(f"{MASK}@", text)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _query(query: str) -> str:
    if not query:
        return ""
    shown = []
    for pair in query.split("&"):
        name, equals, _ = pair.partition("=")
        is_secret = equals and _SECRET.search(name)
        shown.append(f"{name}={MASK}" if is_secret else pair)
    return "&".join(shown)
