"""The children of this controller: known ones are watched, all others are ended.

Theory of operation. A controller is a subreaper: whatever a handler leaves behind when it ends
becomes the controller's own child, before the handler can be reaped. So after a handler was reaped,
every child that is neither known nor about to become a handler (a fork whose first words have not
been read yet) is a stray: it is killed, and the search repeated when it is reaped, for it may have
left children itself. Only when none is found is the handler's exit reported.

Looking at every process's parent takes milliseconds where many run, so as a rule only ids above the
dead handler's own are looked at: its descendants are younger. That holds as long as ids have not
wrapped round since the handler was born, which takes longer than _SHORT_LIFE_S. Strays of processes
that live on are looked for in the kernel's own list of children, which may leave one out now and
then: nobody waits for them, and the next look is soon.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from controller.hub import Hub
from seda import logs, processes

Exited = Callable[[int], None]
"""Called with the exit code, negative for a signal."""

_SHORT_LIFE_S = 5.0
_RETRY_S = 0.2

_log = logs.get(__name__)


class NotOurs(Exception):
    """A process that says it is our handler and is not our child."""


class Reaper:
    """Watches, kills and reaps."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: dict[int, tuple[int, Exited]] = {}
        self._born_s: dict[int, float] = {}
        self._suspended: set[int] = set()
        self._strays: set[int] = set()
        self._clear: list[Callable[[], None]] = []
        self._is_blind = False
        """The last look at /proc failed."""
        self._is_retry_due = False
        self._is_newborn: Callable[[int], bool] = lambda _pid: False

    def spare(self, is_newborn: Callable[[int], bool]) -> None:
        """Have this asked whether an unknown child is about to become a handler."""
        self._is_newborn = is_newborn

    def watch(self, pid: int, exited: Exited) -> None:
        """Know this child, call `exited` when it was reaped; raise NotOurs if it is no child."""
        if pid in self._known:
            self._tell_too(pid, exited)
            return
        try:
            descriptor = os.pidfd_open(pid)
        except OSError as error:
            raise NotOurs(f"process {pid}: {error.strerror}") from None
        try:
            os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            os.close(descriptor)
            raise NotOurs(f"process {pid} is no child of this controller") from None
        self._known[pid] = (descriptor, exited)
        self._born_s[pid] = self._hub.now_s
        self._hub.watch(descriptor, lambda _events: self._reap(pid))

    def _tell_too(self, pid: int, exited: Exited) -> None:
        """Call this as well: a newborn that was ended as a stray is named only now."""
        descriptor, first = self._known[pid]

        def both(code: int) -> None:
            first(code)
            exited(code)

        self._known[pid] = (descriptor, both)

    def kill(self, pid: int) -> None:
        """Kill a known child."""
        if pid in self._known:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._known[pid][0], signal.SIGKILL)

    def when_clear(self, callback: Callable[[], None], pid: int | None = None) -> None:
        """Call back once no stray is left of this dead child (None: of any)."""
        self._clear.append(callback)
        self._sweep(pid)

    def sweep(self) -> None:
        """End the strays of processes that live on, as far as a quick look shows them."""
        try:
            self._end_strays(processes.children_seen_of(os.getpid()))
        except (OSError, NotOurs) as error:  # without descriptors /proc cannot be read
            self._retry(str(error))

    def end_suspended(self) -> None:
        """Kill the children that were stopped by a signal at the last look already."""
        now = {pid for pid, (descriptor, _) in self._known.items() if _is_suspended(descriptor)}
        for pid in now & self._suspended:
            _log.warning("a process that was stopped by a signal is killed", pid=pid)
            self.kill(pid)
        self._suspended = now

    def _reap(self, pid: int) -> None:
        descriptor, exited = self._known[pid]
        found, status = os.waitpid(pid, os.WNOHANG)
        if not found:
            return
        self._hub.forget(descriptor)
        os.close(descriptor)
        del self._known[pid]
        exited(os.waitstatus_to_exitcode(status))
        self._born_s.pop(pid, None)

    def _older_bound(self, pid: int | None) -> int:
        """Return the id above which all descendants of this child are, as far as that is sure."""
        born_s = self._born_s.get(pid or 0)
        if pid is None or born_s is None or self._hub.now_s - born_s > _SHORT_LIFE_S:
            return 0
        return pid if _last_process() >= pid else 0

    def _sweep(self, dead: int | None) -> None:
        """End the strays of a dead child (None: of any); nobody is clear before that could be."""
        try:
            above = _processes_above(self._older_bound(dead))
            here = os.getpid()
            self._end_strays(pid for pid in above if processes.parent_of(pid) == here)
        except (OSError, NotOurs) as error:  # without descriptors /proc cannot be read
            self._retry(str(error))
            return
        self._is_blind = False
        if not self._strays:
            clear, self._clear = self._clear, []
            for callback in clear:
                callback()

    def _retry(self, why: str) -> None:
        if not self._is_blind:
            _log.error("processes cannot be looked up; trying again", why=why)
        self._is_blind = True
        if not self._is_retry_due:
            self._is_retry_due = True
            self._hub.later(_RETRY_S, self._sweep_again)

    def _sweep_again(self) -> None:
        self._is_retry_due = False
        self._sweep(None)

    def _end_strays(self, children: Iterable[int]) -> None:
        for pid in children:
            if pid not in self._known and not self._is_newborn(pid):
                self._end_stray(pid)

    def _end_stray(self, pid: int) -> None:
        def reaped(_code: int) -> None:
            self._strays.discard(pid)
            self._sweep(None)

        self.watch(pid, reaped)
        self._strays.add(pid)
        self.kill(pid)


def _is_suspended(descriptor: int) -> bool:
    """Say whether a child is stopped now; the kernel forgets it when the child is continued."""
    options = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
    with contextlib.suppress(ChildProcessError):
        return os.waitid(os.P_PIDFD, descriptor, options) is not None
    return False


def holds_socket(pid: int, inodes: set[int]) -> bool:
    """Say whether a process has one of these sockets open."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(entry.readlink()) in wanted:
                    return True
    return False


def _processes_above(bound: int) -> list[int]:
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - names only
    return [pid for pid in pids if pid > bound]


def _last_process() -> int:
    """Return the id that the kernel gave out last."""
    return int(Path("/proc/loadavg").read_bytes().rsplit(b" ", 1)[1])
