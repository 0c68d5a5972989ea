"""The run directory: who holds it, its sockets' paths, and the state that others may read.

The lock is the file `lock`, held by flock as long as its supervisor lives; its content says who
that is, so that `seda stop` signals the right process and nobody else. Content that no living
supervisor stands behind is what a killed one left.

`supervisor.json` is replaced by rename on every change, so that a reader sees one state or the
other.
"""

import fcntl
import os
import stat
from pathlib import Path

import attrs
import msgspec

from seda.disk import small_files
from seda.disk.small_files import Unreadable
from seda.messages import SupervisorFigures
from seda.supervisor.identity import start_ticks

PATH_BYTES = 107
"""The kernel's limit of a socket's path (sun_path, with its final zero)."""
_LOCK_BYTES = 1024
"""The content is padded to this, so that one write replaces it whole."""


class RunDirectoryError(Exception):
    """The run directory cannot be used; the words say what to do."""


class AlreadyRuns(RunDirectoryError):
    """Another supervisor holds the directory."""


@attrs.frozen
class Holder:
    """The supervisor that holds a run directory, or held it last."""

    pid: int
    start_ticks: int
    """Since the machine started; with the pid it names one process for good."""
    instance: str
    """Every process of this supervisor has it in its environment."""
    outcome: str | None = None
    """What went wrong when it stopped, or "", written as the last thing."""


@attrs.frozen
class State:
    """What the supervisor knows by itself, for when `live` does not answer."""

    figures: SupervisorFigures
    operations_address: str
    """The one that is listened on, with the port that was really taken."""
    stop_limit_s: float
    web_address: str = ""
    """Where the pages answer, in the same way; over HTTPS where a certificate is configured."""


class RunDirectory:
    """A run directory that this process holds."""

    def __init__(
        self, path: Path, lock: int, holder: Holder, predecessor: Holder | None, damage: str
    ) -> None:
        self.path = path
        self.holder = holder
        self.predecessor = predecessor
        self.damage = damage
        """Why nothing is known of a predecessor that there was."""
        self._lock = lock

    def socket_path(self, stage: str) -> str:
        """Return where this stage's controller listens."""
        path = str(self.path / f"{stage}.sock")
        if len(os.fsencode(path)) > PATH_BYTES:
            raise RunDirectoryError(
                f"the path {path} is longer than the {PATH_BYTES} bytes that a socket's path may "
                "have: set run_directory to a shorter one"
            )
        return path

    def write_state(self, state: State) -> None:
        """Replace the state that others read."""
        fresh = self.path / "supervisor.json.new"
        try:
            fresh.write_bytes(msgspec.json.encode(state))
            fresh.rename(self.path / "supervisor.json")
        except OSError:
            fresh.unlink(missing_ok=True)  # on a full disk it would be what fills it
            raise

    def remove_files(self) -> None:
        """Remove the sockets and the state, whoever left them; nothing that is not seda's."""
        for path in self.path.glob("*.sock"):
            if stat.S_ISSOCK(path.lstat().st_mode):
                path.unlink()
        for name in ("supervisor.json", "supervisor.json.new"):
            (self.path / name).unlink(missing_ok=True)

    def close(self, outcome: str) -> None:
        """Give the directory back, empty; the outcome is for who has the lock file open."""
        self.remove_files()
        _write_holder(self._lock, attrs.evolve(self.holder, outcome=outcome))
        (self.path / "lock").unlink()
        os.close(self._lock)


def take(path: Path) -> RunDirectory:
    """Make the directory where it does not exist, and hold it."""
    _make(path)
    lock = _lock(path)
    predecessor, damage = None, ""
    try:
        predecessor = _decode_holder(lock)
    except Unreadable as error:
        damage = str(error)
    holder = Holder(
        pid=os.getpid(),
        start_ticks=start_ticks(os.getpid()) or 0,
        instance=os.urandom(16).hex(),
    )
    try:
        _write_holder(lock, holder)
    except OSError as error:
        os.close(lock)
        raise RunDirectoryError(
            f"the run directory {path} cannot be written: {error.strerror}; make room there, or "
            "set run_directory to another place"
        ) from None
    return RunDirectory(path, lock, holder, predecessor, damage)


def find_holder(path: Path) -> Holder | None:
    """Return the supervisor that runs on this directory, if one does."""
    try:
        lock = open_lock(path)
    except OSError:
        return None
    try:
        holder = read_holder(lock)
    finally:
        os.close(lock)
    return holder if holder and is_alive(holder) else None


def open_lock(path: Path) -> int:
    """Open the lock file for reading: it says how a stop went even after it is unlinked."""
    return os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)


def is_alive(holder: Holder) -> bool:
    """Tell whether that very process runs, not another with its pid."""
    return start_ticks(holder.pid) == holder.start_ticks


def read_state(path: Path) -> State | None:
    """Return what the supervisor wrote last, if it did and it can be read."""
    try:
        return small_files.read(path / "supervisor.json", State)
    except Unreadable:
        return None


def _make(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunDirectoryError(
            f"the run directory {path} cannot be made: {error.strerror}"
        ) from None
    check_private(path)


def check_private(path: Path) -> None:
    """Raise unless the directory is this user's and closed to others."""
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise RunDirectoryError(
            f"the run directory {path} belongs to user {found.st_uid}, not to this one: give "
            "another run_directory or run as that user"
        )
    if found.st_mode & 0o077:
        raise RunDirectoryError(
            f"the run directory {path} is open to other users: chmod 700 {path}"
        )


def _lock(path: Path) -> int:
    """Return the locked file that has the name, not one that its holder unlinked meanwhile."""
    name = path / "lock"
    while True:
        try:
            lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise RunDirectoryError(
                f"the run directory {path} cannot be written: {error.strerror}; let this user "
                "write there, make room, or set run_directory to another place"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = read_holder(lock)
            os.close(lock)
            raise AlreadyRuns(_already_runs(path, holder)) from None
        if name.exists() and os.path.samestat(os.fstat(lock), name.stat()):
            return lock
        os.close(lock)


def _already_runs(path: Path, holder: Holder | None) -> str:
    who = f"process {holder.pid}" if holder else "another process"
    return (
        f"seda already runs on {path} ({who}): stop it with `seda stop`, or give this one a "
        "run_directory of its own"
    )


def read_holder(lock: int) -> Holder | None:
    """Return what the lock file says, if it says anything."""
    try:
        return _decode_holder(lock)
    except Unreadable:
        return None


def _decode_holder(lock: int) -> Holder | None:
    """Return what the lock file says; None where it is new. Raises Unreadable."""
    content = os.pread(lock, _LOCK_BYTES, 0)
    where = Path(os.readlink(f"/proc/self/fd/{lock}"))  # noqa: PTH115 - text
    return small_files.decode(content, Holder, where) if content else None


def _write_holder(lock: int, holder: Holder) -> None:
    os.pwrite(lock, msgspec.json.encode(holder).ljust(_LOCK_BYTES), 0)
