"""What names a process for good, although pids are used again."""

from pathlib import Path


def start_ticks(pid: int) -> int | None:
    """Return when this process was started, in ticks since the machine was; None if it has ended.

    A later process with the same pid started later. One that only waits to be reaped has ended.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in parentheses and may contain anything, parentheses too.
    fields = stat[stat.rindex(b")") + 2 :].split()
    return None if fields[0] in b"ZX" else int(fields[19])
