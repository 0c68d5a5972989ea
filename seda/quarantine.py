"""The quarantine on disk: events that failed alone twice, kept for people to look at and replay.

    DATA/quarantine/STAGE/NAME/about.json      for people: why, when, what
                               event.msgpack   the header
                               payload-0 ...   what was in memory

A directory is written under a name that begins with a dot, synced, and renamed: whoever lists sees
whole entries only. Connections cannot be kept; about.json says that there was one. Blocking.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from seda import payload
from seda.codec import encode_body
from seda.disk import small_files
from seda.disk.durable import make_directory, sync_directory
from seda.disk.small_files import Unreadable
from seda.messages import ID_BYTES, Event

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_CHARACTERS = 60
_COPY_BYTES = 1024 * 1024


@attrs.frozen
class Entry:
    """One quarantined event, as a list shows it."""

    stage: str
    name: str
    id: str
    kind: str
    key: str
    reason: str
    at: str
    """Wall time, ISO 8601."""
    size_bytes: int


def name_of(event_id: str) -> str:
    """Return the directory's name: readable, safe, and another one for every id."""
    digest = hashlib.blake2b(event_id.encode(), digest_size=6).hexdigest()
    return f"{_UNSAFE.sub('_', event_id)[:_NAME_CHARACTERS]}.{digest}"


def store(folder: Path, event: Event, descriptors: Sequence[int], reason: str, at_s: float) -> None:
    """Write an event with its payloads into its stage's folder, or nothing at all."""
    make_directory(folder)
    name = name_of(event.id)
    making = folder / f".{name}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        _write_all(making, event, descriptors, _about(event, reason, at_s))
        target = folder / name
        shutil.rmtree(target, ignore_errors=True)
        making.rename(target)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    sync_directory(folder)


def make_room(
    place: Path, limit_bytes: int, is_disk_full: Callable[[], bool] = lambda: False
) -> list[str]:
    """Delete the oldest entries of all stages until the rest fits; return their names.

    And for as long as the disk is full, however little lies here.
    """
    found = sorted(_folders(place), key=_age_of)
    sizes = [size_of(folder) for folder in found]
    total_bytes = sum(sizes)
    gone = []
    for folder, size_bytes in zip(found, sizes, strict=True):
        if total_bytes <= limit_bytes and not is_disk_full():
            break
        shutil.rmtree(folder, ignore_errors=True)  # another controller may be at it too
        total_bytes -= size_bytes
        gone.append(f"{folder.parent.name}/{folder.name}")
    return gone


def entries(place: Path) -> list[Entry]:
    """List what is kept, the oldest first."""
    found = [_entry(folder) for folder in _folders(place)]
    return sorted((entry for entry in found if entry is not None), key=lambda entry: entry.at)


def load(place: Path, stage: str, name: str, renewal: str) -> tuple[Event, list[int]]:
    """Return an event for a replay, under a new id that `renewal` makes unique, with its memory."""
    folder = place / stage / name
    event = read_event(folder)
    kept = [index for index, it in enumerate(event.payloads) if it.kind == "memory"]
    if len(kept) < len(event.payloads):
        raise ValueError(f"{stage}/{name} had a connection, which is gone: it cannot be replayed")
    suffix = f"~{renewal}"
    fresh = attrs.evolve(event, id=event.id[: ID_BYTES - len(suffix)] + suffix)
    descriptors: list[int] = []
    try:
        for index in kept:
            descriptors.append(payload.make((folder / f"payload-{index}").read_bytes()))  # noqa: PERF401 - what was made is closed when a later one fails
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    return fresh, descriptors


def read_event(folder: Path) -> Event:
    """Return the header that an entry keeps. Raises Unreadable."""
    path = folder / "event.msgpack"
    event = small_files.read_msgpack(path, Event)
    if event is None:
        raise Unreadable(path, "it is not there")
    return event


def delete(place: Path, stage: str, name: str) -> None:
    """Delete an entry."""
    shutil.rmtree(place / stage / name)


def size_of(folder: Path) -> int:
    """Return what an entry takes."""
    with contextlib.suppress(FileNotFoundError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0


def _write_all(
    making: Path, event: Event, descriptors: Sequence[int], about: dict[str, object]
) -> None:
    _write(making / "about.json", json.dumps(about, indent=1).encode())
    _write(making / "event.msgpack", encode_body(event))
    for index, (it, descriptor) in enumerate(zip(event.payloads, descriptors, strict=True)):
        if it.kind == "memory":
            _copy(descriptor, it.size_bytes, making / f"payload-{index}")
    sync_directory(making)


def _about(event: Event, reason: str, at_s: float) -> dict[str, object]:
    return {
        "id": event.id,
        "kind": event.kind,
        "key": event.key,
        "reason": reason,
        "at": datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds"),
        "payloads": [{"kind": it.kind, "size_bytes": it.size_bytes} for it in event.payloads],
    }


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _copy(descriptor: int, size_bytes: int, path: Path) -> None:
    """Copy by reading: memory that nobody checked yet must not be mapped, and may be longer."""
    offset = 0
    with path.open("xb") as file:
        while content := os.pread(descriptor, min(_COPY_BYTES, size_bytes - offset), offset):
            file.write(content)
            offset += len(content)
        file.flush()
        os.fsync(file.fileno())


def _folders(place: Path) -> list[Path]:
    return [folder for folder in place.glob("*/*") if not folder.name.startswith(".")]


def _age_of(folder: Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return folder.stat().st_mtime
    return 0.0


def _entry(folder: Path) -> Entry | None:
    """Return what is known of an entry; None if it was deleted meanwhile."""
    texts = dict.fromkeys(("id", "kind", "key", "reason", "at"), "")
    try:
        about = small_files.read(folder / "about.json", dict[str, object])
    except Unreadable as error:
        about = {"reason": str(error)}
    if about is None:
        return None
    texts |= {name: str(about.get(name, "")) for name in texts}
    size_bytes = size_of(folder)
    return Entry(stage=folder.parent.name, name=folder.name, size_bytes=size_bytes, **texts)
