"""What the commands say: results on standard output, complaints on standard error."""

import sys


def tell(line: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{line}\n")


def complain(sentence: str) -> None:
    """Write a sentence about what is wrong."""
    sys.stderr.write(f"seda: {sentence}\n")
