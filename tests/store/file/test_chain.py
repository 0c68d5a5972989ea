"""The chain: every digest stands for everything before it."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.file.chain import START, Break, Entry, find_break, seal


def make_chain(contents: list[str]) -> list[Entry]:
    """Make a chain of entries with these contents."""
    entries: list[Entry] = []
    for number, content in enumerate(contents, start=1):
        entry = Entry(
            number=number,
            at_s=number / 3,
            kind="verdict",
            subject="g-1",
            actor="anna",
            content=content,
            frame_sha256="ab",
            previous=entries[-1].digest if entries else START,
        )
        entries.append(seal(entry))
    return entries


@given(st.lists(st.text(), max_size=8))
def test_a_chain_holds_as_it_was_made(contents: list[str]) -> None:
    """Whatever the entries say."""
    assert find_break(make_chain(contents)) is None


@given(contents=st.lists(st.text(), min_size=1, max_size=5), data=st.data())
def test_any_change_breaks_it_where_it_was_made(contents: list[str], data: st.DataObject) -> None:
    """Every field of every entry is covered."""
    entries = make_chain(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[at]
    forgeries = [
        attrs.evolve(entry, at_s=99.0),
        attrs.evolve(entry, kind="other"),
        attrs.evolve(entry, subject="g-2"),
        attrs.evolve(entry, actor="bert"),
        attrs.evolve(entry, content=entry.content + "!"),
        attrs.evolve(entry, frame_sha256="cd"),
        attrs.evolve(entry, previous=bytes(31) + b"\x01"),
        attrs.evolve(entry, digest=bytes(32)),
    ]
    entries[at] = data.draw(st.sampled_from(forgeries))
    broken = find_break(entries)
    assert broken is not None
    assert broken.number == at + 1


def test_the_last_digest_stands_for_the_first_entry() -> None:
    """Whoever noted one digest outside can prove everything before it, even if all was resealed."""
    assert make_chain(["a", "b", "c"])[-1].digest != make_chain(["x", "b", "c"])[-1].digest


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_entry_is_named(missing: int) -> None:
    """Its number is what is looked for in a backup."""
    entries = make_chain(["a", "b", "c"])
    del entries[missing]
    assert find_break(entries) == Break(missing + 1, f"entry {missing + 1} is missing")


def test_a_chain_can_be_verified_from_an_anchor() -> None:
    """What retention removed is stood for by the last digest that went."""
    first, *rest = make_chain(["a", "b", "c"])
    assert find_break(rest, first.number, first.digest) is None
    assert find_break(rest, first.number, START) is not None
