"""Lines of keys, in ordinary files and in odd but valid ones."""

import tomllib
from typing import Any

from hypothesis import given

from conf.locating import Path, line_of, locate
from testing.strategies.toml import Written, documents

ODD = r'''# a comment with key = 1 and [table]
plain = 1
"quoted \" key".'literal key' . dotted = """
not = "a key"
[not.a.table]
\""""""
day = 1979-05-27 07:32:00 # not = 1
[ table . "with.dot" ] # [other]
inline = { a = 1, "b" = [ { c = "}" },
  { c = ']' }, # , {
], d . e = 2 }
[[array]]
text = \'\'\'
\'\'\'\'\'
[array.sub]
hash = '#'
[[array]]
[[array.inner]]
k = 0x1F
[[array.inner]]
k = [
  [1, 2], # a comment, with a comma ]
  [ ]
]
'''.replace(r"\'", "'")


def test_odd_but_valid_toml_is_located() -> None:
    """Strings over lines, dotted and quoted keys, inline tables and arrays of tables."""
    lines = locate(ODD)
    assert tomllib.loads(ODD)
    expected: dict[Path, int] = {
        ("plain",): 2,
        ('quoted " key', "literal key", "dotted"): 3,
        ("day",): 7,
        ("table", "with.dot"): 8,
        ("table", "with.dot", "inline", "b", 1, "c"): 10,
        ("table", "with.dot", "inline", "d", "e"): 11,
        ("array", 0): 12,
        ("array", 0, "text"): 13,
        ("array", 0, "sub", "hash"): 16,
        ("array", 1): 17,
        ("array", 1, "inner", 1): 20,
        ("array", 1, "inner", 1, "k", 1): 23,
    }
    assert {path: lines.get(path) for path in expected} == expected


def test_what_does_not_stand_there_is_located_by_the_nearest_table() -> None:
    """A missing key has the line of its table, and of an empty file the first."""
    lines = locate("\n[a]\n\n[a.b]\n")
    assert line_of(("a", "b", "missing"), lines) == 4
    assert line_of(("a", "missing"), lines) == 2
    assert line_of(("missing",), lines) == 1


def _paths(value: object, path: Path = ()) -> list[Path]:
    """Every path of a parsed document."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path] * bool(path) + [one for name, v in inner for one in _paths(v, (*path, name))]


@given(documents())
def test_every_key_of_any_document_is_on_its_line(written: Written) -> None:
    """However it is spelled, and nothing is located that is not there."""
    content = tomllib.loads(written.text)
    lines = locate(written.text)
    assert lines == written.lines
    assert set(lines) == set(_paths(content))
