"""Heads as another reader of HTTP reads them, and what is refused to stand in one."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_common.heads import BadHeader, HeadBuilder
from seda.requests import Client

CLIENT = Client("127.0.0.1", is_https=False, version="1.1", method="GET", is_kept=True)
DATE = "Sat, 21 Nov 2026 09:00:00 GMT"
_NAMES = st.text(st.characters(min_codepoint=0, max_codepoint=300), max_size=12)


def read(head: bytes) -> h11.Response:
    """Read a head by h11."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(head)
    response = connection.next_event()
    assert isinstance(response, h11.Response)
    return response


@given(
    st.sampled_from([200, 201, 204, 206, 304, 400, 404, 416, 503, 599]),
    st.lists(st.tuples(_NAMES, _NAMES), max_size=4),
    st.integers(0, 10**9),
)
def test_a_head_is_read_as_it_was_meant_or_refused(
    status: int, headers: list[tuple[str, str]], size_bytes: int
) -> None:
    """No header ends early, none is added, none is lost, whatever it is made of."""
    try:
        head = HeadBuilder(0).head(CLIENT, status, headers, size_bytes, DATE)
    except (BadHeader, UnicodeEncodeError):
        return
    response = read(head)
    assert response.status_code == status
    found = [(name.decode(), value.decode("latin-1")) for name, value in response.headers]
    for name, value in headers:
        assert (name.lower(), value.strip(" \t")) in found
    plain = HeadBuilder(0).head(CLIENT, status, (), size_bytes, DATE)
    assert len(found) == len(read(plain).headers) + len(headers)


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\0", "\r", "ж"])
def test_what_would_split_a_head_is_refused(value: str) -> None:
    """In a value and in a name alike."""
    for header in (("Seda-Frame", value), (value, "x")):
        with pytest.raises((BadHeader, UnicodeEncodeError)):
            HeadBuilder(0).head(CLIENT, 200, [header], 0, DATE)


def test_the_connection_is_said_where_the_version_does_not_say_it() -> None:
    """Kept by HTTP/1.0 and closed by HTTP/1.1."""

    def connection(version: str, *, is_kept: bool) -> bytes | None:
        client = Client("a", False, version, "GET", is_kept)  # type: ignore[arg-type]  # one of two
        response = read(HeadBuilder(0).head(client, 200, (), 0, DATE))
        return dict(response.headers).get(b"connection")

    assert connection("1.1", is_kept=True) is None
    assert connection("1.0", is_kept=True) == b"keep-alive"
    assert connection("1.1", is_kept=False) == b"close"
    assert connection("1.0", is_kept=False) == b"close"
