"""The limits that a handler takes before it serves: what a bug in its code cannot reach.

Each is taken as far as the kernel allows; what it does not give is a note, not an end. A function
stage runs code that is known to be buggy on bytes that nobody vouches for, so it gets the tightest.
"""

import os
import resource
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from runtime.sandbox import capabilities, landlock, places, seccomp
from seda.disk.durable import make_directory
from seda.stage_config import StageConfig

_DESCRIPTORS = 1024
"""A call's and its outputs' descriptors are at most 500, a mapping holds one more for each."""
_OOM_SCORE = 500
"""When the machine runs out of memory, a handler goes before any controller."""
_SCOPES_SINCE = 6

Protection = tuple[str, Callable[[], object]]


def take(config: StageConfig) -> tuple[str, ...]:
    """Take all limits; return a sentence for each that the kernel did not give."""
    folder = Path(config.data_directory, config.row.name)
    if not folder.exists():  # a sync for each call that has a process of its own would be dear
        make_directory(folder)
    notes = []
    for missing, protect in _protections(config):
        try:
            protect()
        except (OSError, ValueError) as error:
            notes.append(f"{missing}: {error}")
    return tuple(notes)


def _protections(config: StageConfig) -> Iterator[Protection]:
    """Name what is missing where it fails, and how it is taken, in the order of taking."""
    row = config.row
    memory_bytes = config.settings.memory_limit_bytes
    yield "not first to go when memory ends", _go_first
    yield "core dumps are not refused", partial(_lower, resource.RLIMIT_CORE, 0)
    yield "memory is not limited", partial(_lower, resource.RLIMIT_DATA, memory_bytes)
    if row.handler == "function":
        # A payload is written as a file, and sealed memory counts under no other limit. Stores of
        # async stages may grow larger, and their connections need more descriptors.
        yield "sizes of files are not limited", partial(_lower, resource.RLIMIT_FSIZE, memory_bytes)
        yield "descriptors are not limited", partial(_lower, resource.RLIMIT_NOFILE, _DESCRIPTORS)
    yield "programs may gain privileges", seccomp.refuse_new_privileges
    if row.handler == "function":
        yield "capabilities are kept", capabilities.drop
    yield "files elsewhere are not refused", partial(_refuse_files, config)
    if not row.has_network:
        yield "sockets are not refused", seccomp.refuse_sockets


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def _go_first() -> None:
    score = Path("/proc/self/oom_score_adj")
    if int(score.read_bytes()) < _OOM_SCORE:
        score.write_bytes(b"%d" % _OOM_SCORE)


def _refuse_files(config: StageConfig) -> None:
    """Refuse to write elsewhere, and to read what is not its business, where its row says that."""
    own = [Path(config.data_directory, config.row.name), Path(os.devnull)]
    has_gpu = config.row.start == "exec"
    if has_gpu:
        own += Path("/dev").glob("nvidia*")
    reads = config.row.reads if config.row.handler == "async" else ()
    if reads is None:
        version, given_away = landlock.restrict(own), []
    else:
        read_below = places.readable(has_gpu=has_gpu)
        if config.row.has_network:
            read_below += places.network()
        read_below += tuple(Path(config.data_directory, name) for name in reads)
        given_away = _given_away(config, read_below)
        version = landlock.restrict(own, (*read_below, *map(Path, config.granted)))
    if given_away:
        raise OSError(
            f"done, but what lies in {', '.join(given_away)} can be read, because code is read from"
            " there: set data_directory and run_directory to places apart"
        )
    if version < _SCOPES_SINCE:
        raise OSError(f"done, but signals to other processes are not (Landlock {version})")


def _given_away(config: StageConfig, read_below: tuple[Path, ...]) -> list[str]:
    """Name what can be read and should not, because code lies around it."""
    found = []
    for directory in (config.data_directory, config.run_directory):
        found += [str(place) for place in places.overlaps(read_below, Path(directory))]
    return found
