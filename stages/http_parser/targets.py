"""The target of a request: a path in segments and a query, decoded once. Pure.

What could be read in two ways is refused: segments that are dots, encodings that are none, control
characters. A slash that came encoded is part of its segment, because names of cameras may hold one.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import attrs

from http_common.refused import Refused

_FIELDS_MAX = 64
_BAD_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ABSOLUTE = re.compile(r"https?://([^/?#]+)(.*)", re.IGNORECASE)


@attrs.frozen
class Target:
    """Where a request goes."""

    path: str
    segments: tuple[str, ...]
    query: dict[str, str]
    host: str = ""
    """Of a target in absolute form, which counts instead of the header."""


def read_target(target: str) -> Target:
    """Read a request's target or raise Refused."""
    host = ""
    if not target.startswith("/"):
        found = _ABSOLUTE.fullmatch(target)
        if found is None:
            raise Refused(400, "a request's target is a path, or an address with one")
        host, target = found[1], found[2] if found[2].startswith("/") else f"/{found[2]}"
    if "#" in target:
        raise Refused(400, "a request's target has no fragment")
    path, _, query = target.partition("?")
    return Target(path, _segments(path), _query(query) if query else {}, host)


@lru_cache(1024)
def _segments(path: str) -> tuple[str, ...]:
    """Return the decoded segments; nothing below can leave the folder that it is looked up in."""
    segments = tuple(_decoded(segment) for segment in path[1:].split("/"))
    for segment in segments:
        if segment in (".", ".."):
            raise Refused(400, "a path may not go up or stay: it has . or .. in it")
    return segments


def _query(query: str) -> dict[str, str]:
    fields = query.split("&")
    if len(fields) > _FIELDS_MAX:
        raise Refused(400, f"a query may have {_FIELDS_MAX} fields")
    found: dict[str, str] = {}
    for field in fields:
        name, _, value = field.replace("+", " ").partition("=")
        name = _decoded(name)
        if name in found:
            raise Refused(400, f"the query has {name!r} twice")
        if field:
            found[name] = _decoded(value)
    return found


def _decoded(text: str) -> str:
    if "%" in text:
        if _BAD_ENCODING.search(text) is not None:
            raise Refused(400, "in an address % stands before two hexadecimal digits")
        try:
            text = unquote_to_bytes(text).decode()
        except UnicodeDecodeError:
            raise Refused(400, "an address is encoded as UTF-8") from None
        if _CONTROL.search(text) is not None:
            raise Refused(400, "an address has no control characters")
    return text
