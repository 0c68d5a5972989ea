"""What the commands say: results on standard output, complaints on standard error."""

import sys
from typing import TextIO


def tell(line: str) -> None:
    """Write a line of the result."""
    _write(sys.stdout, f"{line}\n")


def complain(sentence: str) -> None:
    """Write a sentence about what is wrong."""
    _write(sys.stderr, f"seda: {sentence}\n")


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:  # whoever closed it before we began wants to hear nothing
        stream.write(text)
