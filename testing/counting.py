"""What this process holds, for tests that see that nothing is left."""

from pathlib import Path


def open_descriptors() -> int:
    """Count what this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
