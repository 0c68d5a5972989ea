"""What may become of a file between writing and reading, as a list of contents."""

from collections.abc import Iterator


def flipped(content: bytes) -> Iterator[bytes]:
    """Give the content with each single bit the other way."""
    for place in range(8 * len(content)):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        yield bytes(damaged)


def cut(content: bytes) -> Iterator[bytes]:
    """Give every beginning of the content, the empty one first."""
    return (content[:length] for length in range(len(content)))


def damaged(content: bytes) -> Iterator[bytes]:
    """Give everything that a bit, a cut or another program makes of it."""
    yield from flipped(content)
    yield from cut(content)
    yield from (b"\xff" * len(content), b"\0" * len(content), b"null", b"{}", b"[" * 100_000)
