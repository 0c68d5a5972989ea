"""An ordered collection with cheap insertion and removal; the pool keeps three of them.

A sorted list beats a heap here: entries leave from the middle (a frame gives way, a lease comes
back) and spotters of different scopes start reading at the front but take from further on. With
the few thousand entries that a pool holds at most, moving the list's tail is a fast copy.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator


class Ranking:
    """Names in the order of their keys, the smallest first; equal keys in the order of names."""

    def __init__(self) -> None:
        self._order: list[tuple[tuple[float, ...], str]] = []
        self._keys: dict[str, tuple[float, ...]] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, name: str) -> bool:
        return name in self._keys

    def __iter__(self) -> Iterator[str]:
        return (name for _, name in self._order)

    def __reversed__(self) -> Iterator[str]:
        return (name for _, name in reversed(self._order))

    def place(self, name: str, *key: float) -> None:
        """Put a name at its key, wherever it was before; all keys have the same length."""
        self.discard(name)
        self._keys[name] = key
        insort(self._order, (key, name))

    def discard(self, name: str) -> None:
        """Take a name out if it is in."""
        key = self._keys.pop(name, None)
        if key is not None:
            del self._order[bisect_left(self._order, (key, name))]
