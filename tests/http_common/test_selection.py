"""Conditions, ranges and encodings as RFC 9110 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_common.selection import accepts_gzip, select

ETAG = '"abc"'
MODIFIED_S = 1_000_000_000.0
DATE = "Sun, 09 Sep 2001 01:46:40 GMT"


def status(*, has_ranges: bool = True, **asked: str) -> int:
    """Return the status of a request for 100 bytes."""
    headers = {name.replace("_", "-"): value for name, value in asked.items()}
    return select(100, ETAG, MODIFIED_S, headers, has_ranges=has_ranges).status


@pytest.mark.parametrize(
    ("known", "expected"),
    [('"abc"', 304), ('W/"abc"', 304), ('"x", "abc"', 304), ("*", 304), ('"x"', 200), ("", 200)],
)
def test_what_is_known_already_is_not_sent(known: str, expected: int) -> None:
    """By its etag, weak or strong, alone or among others."""
    assert status(if_none_match=known) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(DATE, 304), ("Sun, 09 Sep 2001 01:46:39 GMT", 200), ("yesterday", 200), ("", 200)],
)
def test_what_has_not_changed_since_is_not_sent(since: str, expected: int) -> None:
    """An etag that is asked with decides alone; nonsense decides nothing."""
    assert status(if_modified_since=since) == expected
    assert status(if_modified_since=since, if_none_match='"x"') == 200


@pytest.mark.parametrize(
    ("wanted", "first", "size"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=90-", 90, 10),
        ("bytes=-10", 90, 10),
        ("bytes=95-1000", 95, 5),
        ("bytes=-1000", 0, 100),
    ],
)
def test_a_range_is_sent_alone(wanted: str, first: int, size: int) -> None:
    """And says which it is."""
    found = select(100, ETAG, None, {"range": wanted}, has_ranges=True)
    assert (found.status, found.first, found.size_bytes) == (206, first, size)
    assert ("Content-Range", f"bytes {first}-{first + size - 1}/100") in found.headers


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("bytes=100-", 416),
        ("bytes=-0", 416),
        ("bytes=5-4", 200),
        ("bytes=0-1,5-6", 200),
        ("bytes=-", 200),
        ("bytes=a-b", 200),
        ("lines=0-1", 200),
        ("bytes=0-9", 206),
    ],
)
def test_what_is_no_sensible_range_is_ignored_or_refused(wanted: str, expected: int) -> None:
    """Refused is only what lies beyond the end."""
    assert status(range=wanted) == expected
    assert status(range=wanted, has_ranges=False) == 200


def test_a_range_of_something_else_gets_the_whole() -> None:
    """If-Range goes by the etag."""
    assert status(range="bytes=0-9", if_range=ETAG) == 206
    assert status(range="bytes=0-9", if_range='"other"') == 200


@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, 1000))
def test_no_header_gives_bytes_that_are_not_there(wanted: str, known: str, size: int) -> None:
    """Whatever is asked with."""
    asked = {"range": f"bytes={wanted}", "if-none-match": known, "if-modified-since": wanted}
    found = select(size, ETAG, MODIFIED_S, asked, has_ranges=True)
    assert 0 <= found.first <= found.first + found.size_bytes <= size


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("", False),
        ("gzip;q=two", False),
    ],
)
def test_gzip_is_sent_to_who_takes_it(accepted: str, expected: bool) -> None:  # noqa: FBT001 - a case
    """By Accept-Encoding with its weights."""
    assert accepts_gzip(accepted) is expected
