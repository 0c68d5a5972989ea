"""TOML documents in many spellings, with the line of everything in them."""

from typing import Any

import attrs
from hypothesis import strategies as st

from conf.locating import Path

KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True),
    st.text(max_size=4).filter(lambda text: text.isprintable()),
    st.sampled_from(["a.b", "#", "]", "=", '"', "'", "\\", "\n", ""]),
)
TEXTS = st.text(st.sampled_from("ab#[]{}=,.'\"\\\n \t"), max_size=9)
COMMENTS = st.sampled_from(["", " ", "# x = 1", ' # [t] "', "\t#'''"])


@attrs.frozen
class Written:
    """A document, and the line of every key, table and list element in it."""

    text: str
    lines: dict[Path, int]


@attrs.define
class Writer:
    """Writes a document in many spellings and remembers on which line every key begins."""

    draw: st.DrawFn
    text: str = ""
    lines: dict[Path, int] = attrs.Factory(dict)

    def here(self) -> int:
        """Return the line that is being written."""
        return self.text.count("\n") + 1

    def key(self, name: str) -> str:
        """Spell a key in one of its ways."""
        basic = "".join(f"\\u{ord(c):04x}" if c in '"\\\n\t' or ord(c) < 32 else c for c in name)
        ways = [f'"{basic}"']
        if name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
            ways.append(name)
        if "'" not in name and name.isprintable():
            ways.append(f"'{name}'")
        return self.draw(st.sampled_from(ways))

    def note(self, path: Path) -> None:
        """Remember where this path begins."""
        self.lines.setdefault(path, self.here())

    def pair(self, name: str, value: object, path: Path) -> None:
        """Write a key and its value."""
        self.note((*path, name))
        self.text += self.key(name) + self.draw(st.sampled_from(["=", " = ", "\t="]))
        self.value(value, (*path, name))

    def value(self, value: object, path: Path) -> None:
        """Write a value of any kind on."""
        if isinstance(value, dict):
            self.inline(value, path)
        elif isinstance(value, list):
            self.array(value, path)
        elif isinstance(value, str):
            self.text += self.string(value)
        else:
            self.text += str(value).lower()

    def string(self, value: str) -> str:
        """Spell a string in one of its ways."""
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        ways = [f'"{escaped}"'.replace("\n", "\\n").replace("\t", "\\t"), f'"""\n{escaped}"""']
        if "'" not in value:
            ways.append(f"'''\n{value}'''")
            ways += [f"'{value}'"] * ("\n" not in value)
        return self.draw(st.sampled_from(ways))

    def inline(self, value: dict[str, object], path: Path) -> None:
        """Write a table between braces."""
        self.text += "{ "
        for index, (name, inner) in enumerate(value.items()):
            self.text += ", " if index else ""
            self.pair(name, inner, path)
        self.text += "}"

    def array(self, value: list[object], path: Path) -> None:
        """Write an array, with comments between its lines at times."""
        self.text += "["
        for index, inner in enumerate(value):
            self.text += "," if index else ""
            self.text += self.draw(COMMENTS) + "\n" if self.draw(st.booleans()) else ""
            self.note((*path, index))
            self.value(inner, (*path, index))
        self.text += "]"

    def blank(self) -> None:
        """Write a line that says nothing."""
        self.text += self.draw(COMMENTS) + "\n"

    def table(self, content: dict[str, Any], path: Path, header: str) -> None:
        """Plain values first, then what gets a header of its own."""
        later = []
        for name, value in content.items():
            is_array = isinstance(value, list) and value and all(type(v) is dict for v in value)
            if (isinstance(value, dict) or is_array) and self.draw(st.booleans()):
                later.append((name, value))
            else:
                self.pair(name, value, path)
                self.blank()
        for name, value in later:
            inner = f"{header}{' . ' if header else ''}{self.key(name)}"
            place = (*path, name)
            self.note(place)
            tables = value if isinstance(value, list) else [value]
            for index, one in enumerate(tables):
                at = (*place, index) if isinstance(value, list) else place
                self.note(at)
                self.text += f"[[{inner}]]" if isinstance(value, list) else f"[ {inner} ]"
                self.blank()
                self.table(one, at, inner)


def _values(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.booleans() | st.integers(-9, 9) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    )


@st.composite
def documents(draw: st.DrawFn, keys: st.SearchStrategy[str] = KEYS) -> Written:
    """Draw a document of nested tables and lists."""
    writer = Writer(draw)
    writer.blank()
    writer.table(draw(st.dictionaries(keys, _values(keys), max_size=5)), (), "")
    return Written(writer.text, writer.lines)
