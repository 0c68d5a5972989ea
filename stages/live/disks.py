"""Whether the disks have room, by what was measured last and by what stages say was refused. Pure.

A disk is full from when less than the floor is free until a tenth more is: whoever gives way keeps
it near the floor, and nothing is to flap there. A quota is seen by nobody who measures, so a disk
is full, too, while a stage counts what was refused.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePath

import attrs

from seda.disk.room import Room
from seda.overview import DiskView

FLOOR_BYTES_MIN = 1024 * 1024
"""With less free than this a disk is full, whatever the configuration says."""
OVER_SHARE = 1.1
REFUSED_S = 15.0
"""So long after a write was refused the disk is called full."""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@attrs.frozen
class Measured:
    """What is free in one directory."""

    directory: str
    device: int
    """Directories with the same one share their room."""
    room: Room


@attrs.frozen
class _Refusals:
    count: float
    grew_s: float


class Disks:
    """What is known of the room in each directory."""

    def __init__(self, floor_bytes: int = 0) -> None:
        self._floor_bytes = floor_bytes
        self._measured: tuple[Measured, ...] = ()
        self._low: set[str] = set()
        """Directories with less than the floor, until they have more again."""
        self._refusals: dict[str, _Refusals] = {}
        """By stage, which is the name of its directory."""

    def take(self, measured: Iterable[Measured]) -> None:
        """Take in what was measured; the directory that stands first names its disk."""
        self._measured = tuple(measured)
        self._low = {it.directory for it in self._measured if self._is_low(it)}

    def _is_low(self, it: Measured) -> bool:
        share = OVER_SHARE if it.directory in self._low else 1.0
        return it.room.free_bytes < self._floor_of(it) * share

    def _floor_of(self, it: Measured) -> int:
        least_bytes = it.room.floor_bytes(FLOOR_BYTES_MIN)
        return max(it.room.floor_bytes(self._floor_bytes), least_bytes)

    def note_refusals(self, stage: str, count: float, now_s: float) -> None:
        """Take in how many writes of a stage a full disk has refused by now."""
        known = self._refusals.get(stage)
        if known is None:
            self._refusals[stage] = _Refusals(count, float("-inf"))
        elif count > known.count:
            self._refusals[stage] = _Refusals(count, now_s)

    def views(self, now_s: float) -> tuple[DiskView, ...]:
        """Return every directory with its room."""
        return tuple(
            DiskView(it.directory, it.room.free_bytes, self._floor_of(it), self._why(it, now_s))
            for it in self._measured
        )

    def full(self, now_s: float) -> dict[str, str]:
        """Return the disks that are full by a directory on each, with what to know in words."""
        found: dict[int, tuple[str, list[str]]] = {}
        for it in self._measured:
            why = self._why(it, now_s)
            if why:
                found.setdefault(it.device, (why, []))[1].append(it.directory)
        return {names[0]: _sentence(why, names) for why, names in found.values()}

    def _why(self, it: Measured, now_s: float) -> str:
        """Return why a directory counts as full; nothing where it does not."""
        free = f"{_size(it.room.free_bytes)} free"
        if it.directory in self._low:
            return f"disk full: {free}, {_size(self._floor_of(it))} should be"
        refusals = self._refusals.get(PurePath(it.directory).name)
        if refusals and now_s - refusals.grew_s < REFUSED_S:
            return f"disk full: {free}, yet it refuses what is written (a quota?)"
        return ""


def _sentence(why: str, directories: list[str]) -> str:
    return f"{why}; make room for {', '.join(_without_inner(directories))}"


def _without_inner(directories: list[str]) -> Iterator[str]:
    """Leave out what lies below another one."""
    for name in directories:
        if not any(name.startswith(f"{other}/") for other in directories):
            yield name


def _size(size_bytes: float) -> str:
    unit = _UNITS[0]
    for unit in _UNITS:  # noqa: B007 - the last one is the answer
        if size_bytes < 1024:
            break
        size_bytes /= 1024
    return f"{size_bytes:.3g} {unit}"
