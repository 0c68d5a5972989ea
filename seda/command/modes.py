"""`seda check`: files that hold secrets and that others on this machine can read."""

import stat
from collections.abc import Iterator
from pathlib import Path

from conf.schema import Settings
from seda.keys.lease_key import FILE as LEASE_KEY

_OTHERS = stat.S_IROTH | stat.S_IWOTH
_ALL_BUT_OWNER = stat.S_IRWXG | stat.S_IRWXO


def find_open_files(settings: Settings, file: Path | None) -> Iterator[str]:
    """Find them, each with what to do.

    A group may be meant, as that of a certificate's key often is; everybody never is. What seda
    makes itself is nobody else's at all.
    """
    if file is not None and _has_secrets(settings):
        yield from _open(file, _OTHERS, "it holds passwords or addresses with keys in them", "o-rw")
    if settings.web.tls is not None:
        yield from _open(Path(settings.web.tls.key), _OTHERS, "it is the key of web.tls", "o-rw")
    data = Path(settings.data_directory)
    words = "whoever has it can decide in anybody's name"
    yield from _open(data / LEASE_KEY, _ALL_BUT_OWNER, words, "go=")
    store = data / "alarm"
    yield from _open(store, _ALL_BUT_OWNER, "decisions and users are in it", "go=")


def _open(path: Path, bits: int, why: str, change: str) -> Iterator[str]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # what is not there yet, others cannot read; the rest is said elsewhere
    if mode & bits:
        yield f"{path} is open to other users of this machine, and {why}: chmod {change} {path}"


def _has_secrets(settings: Settings) -> bool:
    """Say whether something is configured that may be a secret."""
    channels = any(it.secret or it.headers or "?" in it.url for it in settings.channel)
    return channels or any(
        it.password or it.headers or it.proxy or {"?", "@"} & {*it.url} for it in settings.camera
    )
