"""Small files that seda wrote itself, read back: whole, bounded, and with one kind of error.

A file that was whole when it was written may be anything by the time it is read: a bit has flipped,
its end is cut, another version wrote it. Decoders answer that with several kinds of exceptions, of
which some are always forgotten; a process that forgot one dies at each start, for ever. So files
of ours are read here and nowhere else. Whoever reads goes on without the file, and says which one:
`set_aside` moves it out of the way first, where the reader may write.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

SMALL_BYTES = 16 * 1024 * 1024
"""More than any of them has: `live` notes 4,096 cameras in 1 MB."""
ASIDE = ".unreadable"

T = TypeVar("T")


class Unreadable(Exception):
    """A file that is there and cannot be used; the words name it and say what is wrong."""

    def __init__(self, path: Path, why: str, *, is_damaged: bool = True) -> None:
        super().__init__(f"{path} cannot be read: {why}")
        self.path = path
        self.is_damaged = is_damaged
        """By its content; otherwise the system did not give it now."""


def read(path: Path, kind: type[T]) -> T | None:
    """Return what a JSON file says; None where there is no file. Raises Unreadable."""
    content = read_bytes(path)
    return None if content is None else decode(content, kind, path)


def read_msgpack(path: Path, kind: type[T]) -> T | None:
    """Return what a msgpack file says; None where there is no file. Raises Unreadable."""
    content = read_bytes(path)
    return None if content is None else _decoded(msgspec.msgpack.decode, content, kind, path)


def read_bytes(path: Path) -> bytes | None:
    """Return a file's content; None where there is no file. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            content = file.read(SMALL_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreadable(path, error.strerror or str(error), is_damaged=False) from error
    if len(content) > SMALL_BYTES:
        raise Unreadable(path, f"it has more than {SMALL_BYTES} bytes")
    return content


def decode(content: bytes, kind: type[T], path: Path) -> T:
    """Decode the JSON that came from a file. Raises Unreadable."""
    return _decoded(msgspec.json.decode, content, kind, path)


def set_aside(error: Unreadable) -> str:
    """Move a damaged file away for whoever wants to know, and say what became of it.

    The next one of its name that is set aside replaces it.
    """
    if not error.is_damaged:
        return str(error)
    aside = error.path.with_name(f"{error.path.name}{ASIDE}")
    try:
        error.path.replace(aside)
    except OSError as failure:
        return f"{error}; it cannot be moved to {aside}: {failure.strerror}"
    return f"{error}; it was moved to {aside}"


def _decoded(decoder: Callable[..., T], content: bytes, kind: type[T], path: Path) -> T:
    try:
        return decoder(content, type=kind)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        # A UnicodeDecodeError is a ValueError and no msgspec.DecodeError.
        raise Unreadable(path, f"it holds no {kind.__name__}: {error}") from error
