"""What may become of a file between writing and reading, as a list of contents."""

from collections.abc import Iterator


def flipped(content: bytes) -> Iterator[bytes]:
    """Give the content with two bits of each byte the other way, one at a time.

    The highest, after which a text is no UTF-8, and another one from byte to byte.
    """
    for place in range(len(content)):
        for bit in (7, place % 7):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            yield bytes(damaged)


def cut(content: bytes) -> Iterator[bytes]:
    """Give every beginning of the content, the empty one first."""
    return (content[:length] for length in range(len(content)))


def damaged(content: bytes) -> Iterator[bytes]:
    """Give everything that a bit, a cut or another program makes of it."""
    yield from flipped(content)
    yield from cut(content)
    yield from (b"\xff" * len(content), b"\0" * len(content), b"null", b"{}", b"[" * 100_000)
