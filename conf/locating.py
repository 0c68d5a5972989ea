"""On which line of a TOML text a key stands. Pure.

tomllib tells no lines. This walks over a text that tomllib has accepted already, so it has to know
only where keys, strings, comments and brackets begin and end, and reads no value.
"""

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]
"""Keys from the file's top; a number is an index in an array."""

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})'''  # may end in two more quotes
    r"""|"(?:[^"\\]|\\.)*"|'[^']*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")
"""Numbers, booleans, dates; a date may hold a space."""


def locate(text: str) -> dict[Path, int]:
    """Return the line of every key, table and array element of a valid TOML text."""
    scanner = _Scanner(text)
    scanner.walk()
    return scanner.lines


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """Return the line of this key, or of the nearest table around it where it does not stand."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._last: dict[Path, int] = {}
        """Of every array of tables, the index of the table that is being filled."""

    def walk(self) -> None:
        table: Path = ()
        self._take(_BLANK)
        while self._at < len(self._text):
            if self._next() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._take(_BLANK)

    def _header(self) -> Path:
        line = self._line()
        is_array = self._text.startswith("[[", self._at)
        self._at += 1 + is_array
        keys = self._keys()
        self._take(_SPACE)
        self._at += 1 + is_array
        path: Path = ()
        for key in keys[:-1]:
            path = self._current((*path, key))
            self.lines.setdefault(path, line)
        path = (*path, keys[-1])
        if is_array:
            self._last[path] = self._last.get(path, -1) + 1
            self.lines.setdefault(path, line)
            path = self._current(path)
        self.lines[path] = line
        return path

    def _current(self, path: Path) -> Path:
        return (*path, self._last[path]) if path in self._last else path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._take(_SPACE)
        self._at += 1  # the equals sign
        self._take(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._take(_SPACE)
            keys.append(_unquoted(self._take(_KEY)))
            self._take(_SPACE)
            if self._next() != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        match self._next():
            case "[":
                self._elements(path)
            case "{":
                self._inline(path)
            case '"' | "'":
                self._take(_STRING)
            case _:
                self._take(_SCALAR)

    def _elements(self, path: Path) -> None:
        index = 0
        self._step()
        while self._next() != "]":
            self.lines[*path, index] = self._line()
            self._value((*path, index))
            index += 1
            self._take(_BLANK)
            if self._next() == ",":
                self._step()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._step()
        while self._next() != "}":
            self._pair(path)
            self._take(_BLANK)
            if self._next() == ",":
                self._step()
        self._at += 1

    def _step(self) -> None:
        """Go past a bracket or comma, to what follows it."""
        self._at += 1
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._line()} is no TOML that this can read")
        self._at = found.end()
        return found[0]

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        return bisect_left(self._ends, self._at) + 1


def _unquoted(key: str) -> str:
    """Return what a key says; tomllib knows the escapes."""
    return next(iter(tomllib.loads(f"{key}=0"))) if key[0] in "\"'" else key
