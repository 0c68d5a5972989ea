"""Bringing files and the names of files to the disk, so that a power cut finds them there.

A file's content is on the disk once it was synced, its name once its directory was. A new directory
is only there when the one above it was synced, too.
"""

import os
from contextlib import suppress
from pathlib import Path

_PRIVATE_FILE, _PRIVATE_DIRECTORY = 0o600, 0o700


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path) -> None:
    """Make a directory where there is none, with those above it, and bring their names to the disk.

    One that is there is taken for synced no more than a new one: whoever made it may have died.
    Above what is ours there may be a directory that this user may not read: its owner's to sync.
    """
    if not directory.parent.exists():
        make_directory(directory.parent)
    directory.mkdir(mode=_PRIVATE_DIRECTORY, exist_ok=True)
    with suppress(PermissionError):
        sync_directory(directory.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file, new or anew, and bring its content to the disk; its name is not yet."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    descriptor = os.open(path, flags, _PRIVATE_FILE)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file so that a power cut leaves the old content or the new one, whole."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        write_synced(fresh, content)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)  # on a full disk it would be what fills it
        raise
    sync_directory(path.parent)
