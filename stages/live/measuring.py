"""Measures what is free where seda writes: the run directory, and each directory that is kept."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import trio

from runtime.rhythm import sleep_until_next
from seda import logs
from seda.disk import measuring
from stages.live.disks import Disks, Measured

EVERY_S = 1.0
"""Writers look each time themselves; this is for people and what they are told by."""

_log = logs.get(__name__)


async def measure_for_ever(disks: Disks, data: Path, run: Path) -> None:
    """Measure until cancelled; a disk that does not answer holds up nothing else."""
    said: set[str] = set()
    while True:
        disks.take(await trio.to_thread.run_sync(_measure, data, run))
        full = disks.full(time.monotonic())
        for name in full.keys() - said:
            _log.error("a disk is full", directory=name, why=full[name])
        for name in said - full.keys():
            _log.warning("a disk has room again", directory=name)
        said = set(full)
        await sleep_until_next(EVERY_S)


def _measure(data: Path, run: Path) -> list[Measured]:
    return [*_look(data), *_look(run), *(it for place in _folders(data) for it in _look(place))]


def _look(place: Path) -> Iterator[Measured]:
    try:
        yield Measured(str(place), place.stat().st_dev, measuring.measure(place))
    except OSError:
        return  # it is not there yet, or tells nobody


def _folders(data: Path) -> list[Path]:
    try:
        with os.scandir(data) as entries:
            return sorted(Path(it.path) for it in entries if it.is_dir())
    except OSError:
        return []
