"""What the commands say: results on standard output, complaints on standard error."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Any


class Unwritten(OSError):
    """Standard output takes nothing more: its reader has gone, or its disk is full."""

    @property
    def is_left_by_reader(self) -> bool:
        """Say whether whoever read it has gone."""
        return self.errno == errno.EPIPE


class _Output(io.FileIO):
    """Standard output, whose errors are no other file's or connection's."""

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - as the base class takes it
        """Write, or raise Unwritten."""
        try:
            return super().write(content)
        except OSError as error:
            raise Unwritten(error.errno, error.strerror) from None


@contextlib.contextmanager
def told_apart() -> Iterator[None]:
    """Have what standard output refuses raised as Unwritten, whoever writes there."""
    stream = sys.__stdout__
    if stream is None or sys.stdout is not stream:  # closed before we began, or a test's
        yield
        return
    binary = io.BufferedWriter(_Output(stream.fileno(), "wb", closefd=False))
    sys.stdout = io.TextIOWrapper(
        binary, stream.encoding, stream.errors, line_buffering=stream.isatty()
    )
    yield  # and so it stays: it is flushed at the interpreter's end


def write_nowhere() -> None:
    """Have nothing written any more, so that what is left does not fail once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(line: str) -> None:
    """Write a line of the result."""
    if sys.stdout is not None:  # whoever closed it before we began wants to hear nothing
        sys.stdout.write(f"{line}\n")


def complain(sentence: str) -> None:
    """Write a sentence about what is wrong; where that fails nowhere is left to say so."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"seda: {sentence}\n")
            sys.stderr.flush()
