"""Feeds cutters whole, byte by byte and in random steps, and checks what all must keep."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from media.cut.pieces import Cut, Cutter, Finding, Head, Piece


def cut(cutter: Cutter, parts: Iterable[bytes]) -> list[Cut]:
    """Return everything that a cutter makes of these parts."""
    cuts: list[Cut] = []
    for part in parts:
        cuts += cutter.feed(part)
    return cuts + cutter.end()


def split(data: bytes, at: Iterable[int]) -> list[bytes]:
    """Return the data split at these places."""
    places = sorted({0, len(data), *(place for place in at if 0 < place < len(data))})
    return [data[begin:end] for begin, end in pairwise(places)]


def every_way(make: Callable[[], Cutter], data: bytes) -> list[Cut]:
    """Cut the data whole and a byte at a time; return the result if both agree."""
    whole = cut(make(), [data])
    bytewise = cut(make(), [data[at : at + 1] for at in range(len(data))])
    assert pieces(whole) == pieces(bytewise)
    assert heads(whole) == heads(bytewise)
    return whole


def pieces(cuts: Iterable[Cut]) -> list[Piece]:
    """Return the pieces alone."""
    return [item for item in cuts if isinstance(item, Piece)]


def heads(cuts: Iterable[Cut]) -> list[Head]:
    """Return the heads alone."""
    return [item for item in cuts if isinstance(item, Head)]


def names(cuts: Iterable[object]) -> list[str]:
    """Return the names of the findings."""
    return [item.name for item in cuts if isinstance(item, Finding)]
