"""Which document answers a path."""

import pytest

from spotter_web.pages import file_of


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "index.html"),
        ("/", "index.html"),
        ("watch", "index.html"),
        ("/alarms/", "index.html"),
        ("people/new", "index.html"),
        ("app/main.js", "app/main.js"),
        ("/favicon.ico", "favicon.ico"),
        ("a.b/watch", "index.html"),
    ],
)
def test_a_path_without_a_dot_is_a_page(path: str, name: str) -> None:
    """All pages are one document; files have a dot in their names."""
    assert file_of(path) == name
    assert file_of(name) == name
