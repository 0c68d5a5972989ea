"""Paths, queries and the table of addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_common.refused import Refused
from spotter_web.routes import ROUTES
from stages.http_parser.routing import TABLE
from stages.http_parser.targets import read_target


@pytest.mark.parametrize(
    "target",
    [
        "/../etc/passwd",
        "/a/../b",
        "/%2e%2e/etc",
        "/.%2E/etc",
        "/./a",
        "/a%00b",
        "/a%0ab",
        "/%",
        "/%zz",
        "/%ff",
        "/a#b",
        "*",
        "example.com:443",
        "ftp://a/b",
        "//../a",
    ],
)
def test_what_could_mean_something_else_is_refused(target: str) -> None:
    """Going up, control characters, encodings that are none (path traversal)."""
    with pytest.raises(Refused) as caught:
        read_target(target)
    assert caught.value.status == 400


def test_an_encoded_slash_is_part_of_its_segment() -> None:
    """Cameras may be called so; what is encoded twice is decoded once."""
    found = read_target("/api/v1/cameras/yard%2Fgate%252F/picture")
    assert found.segments == ("api", "v1", "cameras", "yard/gate%2F", "picture")
    assert TABLE.find(found.segments, "GET").path == {"camera": "yard/gate%2F"}


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_no_path_of_a_page_leads_out_of_its_folder(text: str) -> None:
    """Whatever is asked for: refused, or a name whose parts are plain."""
    try:
        found = TABLE.find(read_target(f"/{text}").segments, "GET")
    except Refused:
        return
    if found.route.name == "static":
        parts = found.path["file"].split("/")
        assert not {".", ".."} & set(parts)
        assert not any(set(part) & {"\\", "\0"} for part in parts)


@pytest.mark.parametrize("file", ["a%2Fb", "a%5Cb", "..%5Cb"])
def test_a_page_has_no_slash_in_a_part_of_its_name(file: str) -> None:
    """Nor a backslash."""
    with pytest.raises(Refused) as caught:
        TABLE.find(read_target(f"/x/{file}").segments, "GET")
    assert caught.value.status == 404


def test_every_row_is_found_by_its_own_path() -> None:
    """With something in the place of each name, HEAD where there is GET."""
    for route in ROUTES:
        path = route.path.replace("{", "").replace("}", "")
        segments = read_target(path).segments
        assert TABLE.find(segments, route.method).route is route
        if route.method == "GET":
            assert TABLE.find(segments, "HEAD").route is route


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("POST", "/api/v1/next", 405, "GET, HEAD"),
        ("PUT", "/api/v1/session", 405, "DELETE, GET, HEAD, POST"),
        ("PATCH", "/api/v1/test-frames/decided", 405, "DELETE, POST"),
        ("TRACE", "/", 405, "GET, HEAD"),
        ("POST", "/index.html", 405, "GET, HEAD"),
        ("GET", "/api/v1/nothing", 404, None),
        ("GET", "/api", 404, None),
        ("GET", "/api/v1/frames//heat", 404, None),
    ],
)
def test_what_is_in_no_row_is_refused(
    method: str, target: str, status: int, allow: str | None
) -> None:
    """405 with what would do, 404 below /api."""
    with pytest.raises(Refused) as caught:
        TABLE.find(read_target(target).segments, method)
    assert (caught.value.status, dict(caught.value.headers).get("Allow")) == (status, allow)


def test_a_plain_row_goes_before_one_with_names() -> None:
    """/test-frames/decided is no frame, except to who would withdraw one of that name."""
    segments = read_target("/api/v1/test-frames/decided").segments
    assert TABLE.find(segments, "POST").route.name == "confirm_test_frame"
    assert TABLE.find(segments, "DELETE").route.name == "withdraw_test_frame"
