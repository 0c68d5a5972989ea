"""What the standard library leaves out about file descriptors."""

import os


def write_all(descriptor: int, content: bytes | bytearray | memoryview) -> None:
    """Write all of it: one os.write may take less, where a signal, a pipe or the disk stops it."""
    remaining = memoryview(content)
    if remaining.nbytes:
        remaining = remaining.cast("B")  # what os.write took is counted in bytes
    while remaining.nbytes:
        remaining = remaining[os.write(descriptor, remaining) :]
