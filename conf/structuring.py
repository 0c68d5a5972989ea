"""From TOML's tables to the schema's classes, telling everything that does not fit. Pure.

msgspec checks values and knows the ranges that stand in the types, but stops at the first mistake
and ignores unknown keys of attrs classes. So tables are walked here and their values given to it
one by one. What does not fit becomes a Problem, and the default stands in for it until the end.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import attrs
import msgspec

from conf.locating import Path

T = TypeVar("T")


@attrs.frozen
class Problem:
    """What is wrong with the key or table at this path."""

    path: Path
    words: str


_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "datetime": "a date and time",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "null": "nothing",
    "object": "a table",
    "str": "text",
}
_SPOKEN = {
    "of length >= ": "with a length of at least ",
    "of length <= ": "with a length of at most ",
    ">= ": "of at least ",
    "<= ": "of at most ",
    "> 0.0": "above 0",
    "with a timezone component": "with its offset, as in 2026-05-01T18:00:00+02:00",
}


class Structurer:
    """Makes objects of the schema and gathers the problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.made: list[tuple[Path, object]] = []
        """Objects and where they stand, for rules that types cannot express."""

    def is_sound(self, path: Path) -> bool:
        """Say whether nothing at this path or in it was wrong."""
        return all(problem.path[: len(path)] != path for problem in self.problems)

    def table(self, content: object, kind: type[T], path: Path) -> T | None:
        """Return the object, or None where something that it cannot do without is wrong."""
        if not isinstance(content, dict):
            self.problems.append(Problem(path, f"expected a table, got {_kind(content)}"))
            return None
        hints = get_type_hints(kind, include_extras=True)
        self.names(content, hints, "key", path)
        fields = attrs.fields(kind)  # type: ignore[arg-type]  # the schema has attrs classes
        values: dict[str, Any] = {}
        for field in fields:
            place = (*path, field.name)
            if field.name in content:
                values[field.name] = self._value(content[field.name], hints[field.name], place)
            elif field.default is attrs.NOTHING:
                self.problems.append(Problem(path, f'key "{field.name}" is missing'))
        values = {name: value for name, value in values.items() if value is not None}
        if any(field.default is attrs.NOTHING and field.name not in values for field in fields):
            return None
        made = kind(**values)
        self.made.append((path, made))
        return made

    def names(self, found: Iterable[str], known: Iterable[str], what: str, path: Path) -> None:
        """Tell every name that is not known, with the one that was probably meant."""
        known = list(known)
        for name in found:
            if name not in known:
                words = f'unknown {what} "{name}" ({suggestion(name, known)})'
                self.problems.append(Problem((*path, name), words))

    def _value(self, value: object, hint: type[Any], path: Path) -> object:
        """Return what fits the type, or None and a problem."""
        inner = [kind for kind in get_args(hint) if kind not in (NoneType, Ellipsis)]
        if attrs.has(hint):
            return self.table(value, hint, path)
        if len(inner) == 1 and attrs.has(inner[0]):
            if NoneType in get_args(hint):
                return self.table(value, inner[0], path)
            return self._tables(value, inner[0], path)
        try:
            return msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            self.problems.append(_problem(error, value, hint, path))
            return None

    def _tables(self, value: object, kind: type[T], path: Path) -> tuple[T, ...] | None:
        if not isinstance(value, list):
            words = f"expected [[{path[-1]}]] tables, got {_kind(value)}"
            self.problems.append(Problem(path, words))
            return None
        made = [self.table(content, kind, (*path, index)) for index, content in enumerate(value)]
        return tuple(one for one in made if one is not None)


def _problem(error: msgspec.ValidationError, value: object, hint: type[Any], path: Path) -> Problem:
    """Put msgspec's words into those of a person who writes TOML."""
    words, _, place = str(error).partition(" - at `$")
    for index in re.findall(r"\[(\d+)\]", place):
        path = (*path, int(index))
    if get_origin(hint) is Literal and isinstance(value, str):
        return Problem(path, f'"{value}" will not do ({suggestion(value, get_args(hint))})')
    if "regex" in words:
        words = (
            "expected text that does not begin with a space and has neither control characters nor"
            " dots alone"
        )
    words = re.sub(r"`([a-z |]+)`", _in_words, words[0].lower() + words[1:])
    for written, spoken in _SPOKEN.items():
        words = words.replace(written, spoken)
    if isinstance(value, int | float) and not isinstance(value, bool) and "got" not in words:
        words += f", got {value}"
    return Problem(path, words)


def _in_words(found: re.Match[str]) -> str:
    names = [name for name in found[1].split(" | ") if name != "null"]
    return " or ".join(_WORDS.get(name, name) for name in names)


def _kind(value: object) -> str:
    name = type(value).__name__
    return _WORDS.get(name, name)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say which of the known names was probably meant, or what there is."""
    known = sorted(known)
    close = get_close_matches(name, known, 1)
    return f'did you mean "{close[0]}"?' if close else f"there are: {', '.join(known)}"
