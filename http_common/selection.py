"""Which part of a content a request is to get: all, a range, or nothing because it has it. Pure.

RFC 9110, 13.2 (conditions, in their order) and 14 (ranges). Of ranges only single ones: several in
one request get the whole, which is always allowed.
"""

import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime

import attrs

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CODING = re.compile(r"\s*([A-Za-z0-9*!#$%&'+.^_`|~-]+)\s*(?:;\s*[qQ]=([01](?:\.\d{0,3})?)\s*)?")


@attrs.frozen
class Selected:
    """What is sent: a status and the bytes from `first` on."""

    status: int
    first: int
    size_bytes: int
    headers: tuple[tuple[str, str], ...] = ()


def select(
    size_bytes: int,
    etag: str,
    modified_s: float | None,
    asked: Mapping[str, str],
    *,
    has_ranges: bool,
) -> Selected:
    """Choose what a GET gets of a content; the headers asked with are in lower case."""
    if _is_known(etag, modified_s, asked):
        return Selected(304, 0, 0)
    whole = Selected(200, 0, size_bytes, (("Accept-Ranges", "bytes"),) if has_ranges else ())
    wanted = asked.get("range", "")
    if not (has_ranges and wanted) or asked.get("if-range", etag) != etag:
        return whole
    match = _RANGE.fullmatch(wanted.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return whole
    return _range(match[1], match[2], size_bytes) or whole


def _range(first: str, last: str, size_bytes: int) -> Selected | None:
    """Return the range; None where it is no sensible one and has to be ignored."""
    if not first:
        begin, end = max(0, size_bytes - int(last)), size_bytes - 1
    else:
        begin, end = int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1
        if last and int(last) < begin:
            return None
    if begin >= size_bytes or end < begin:
        return Selected(416, 0, 0, (("Content-Range", f"bytes */{size_bytes}"),))
    words = (("Accept-Ranges", "bytes"), ("Content-Range", f"bytes {begin}-{end}/{size_bytes}"))
    return Selected(206, begin, end - begin + 1, words)


def _is_known(etag: str, modified_s: float | None, asked: Mapping[str, str]) -> bool:
    """Return whether the client has this very content; where there is an etag, it decides alone."""
    known = asked.get("if-none-match")
    if known is not None:
        return bool(etag) and (known.strip() == "*" or etag in _etags(known))
    since = asked.get("if-modified-since")
    if since is None or modified_s is None:
        return False
    try:
        return int(modified_s) <= parsedate_to_datetime(since).timestamp()
    except (ValueError, OverflowError):
        return False


def _etags(text: str) -> set[str]:
    """Return the etags of a list; for this comparison weak ones count as strong ones."""
    return {part.strip().removeprefix("W/") for part in text.split(",")}


def accepts_gzip(accepted: str) -> bool:
    """Return whether an Accept-Encoding allows gzip."""
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        if match := _CODING.fullmatch(part):
            weights[match[1].lower()] = float(match[2]) if match[2] else 1.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def http_date(at_s: float) -> str:
    """Write a wall time as HTTP does."""
    return formatdate(at_s, usegmt=True)
