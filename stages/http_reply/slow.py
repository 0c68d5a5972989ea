"""What an answer has to wait for: a client that takes it slowly, a read that takes its time.

Each waits in a task of its own and holds up nobody. All of them have deadlines: one for the whole
answer, one for the next byte. How many there may be is bounded as in the parser: where there are
too many, the slowest stranger's connection ends; that of a person who is signed in never ends for a
stranger's sake.
"""

import contextlib
import socket
from collections.abc import Awaitable, Callable
from functools import partial

import attrs
import trio

from http_common.connection_quota import ConnectionQuota, Limits
from seda import logs
from seda.requests import Client
from stages.http_reply.writing import Writing

PROGRESS_S = 15.0
"""A client that takes nothing for so long is gone."""
LINGER_S = 2.0
"""How long a refused client may take to hear why; what it still sends meanwhile is discarded."""
LINGER_BYTES = 16 * 1024 * 1024
_READ_BYTES = 64 * 1024

Task = Callable[[], Awaitable[None]]

_log = logs.get(__name__)


async def write_rest(writing: Writing, limit_s: float) -> bool:
    """Write what is left as the client takes it; tell whether all was taken in time."""
    with trio.move_on_after(limit_s):
        while await _is_writable(writing):
            if writing.advance():
                return True
    return False


async def _is_writable(writing: Writing) -> bool:
    with trio.move_on_after(PROGRESS_S):
        await trio.lowlevel.wait_writable(writing.connection)
        return True
    return False


async def linger(writing: Writing) -> None:
    """Let a client that is still sending read why it was refused, before the connection ends.

    Closing with unread bytes would reset the connection, and the reset overtakes the answer.
    """
    writing.end()
    left = LINGER_BYTES
    with trio.move_on_after(LINGER_S):
        while left > 0:
            try:
                got = len(writing.connection.recv(_READ_BYTES))
            except BlockingIOError:
                await trio.lowlevel.wait_readable(writing.connection)
                continue
            except OSError:
                return
            if not got:
                return
            left -= got
            await trio.lowlevel.checkpoint()


@attrs.frozen(eq=False)
class _Held:
    """A connection with a task; one that is refused in its task gets another to hear why."""

    connection: socket.socket

    def end(self) -> None:
        """Let its task see that the client is gone, and do what is to be done then."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class Tasks:
    """The tasks of one handler, which outlive the events that they came from."""

    def __init__(self, limits: Limits) -> None:
        self._quota: ConnectionQuota[_Held] = ConnectionQuota(limits)
        self._early: list[Task] = []
        """Begun before `run` was: its nursery is not there yet."""
        self._nursery: trio.Nursery | None = None
        self._is_over = False

    def start(self, task: Task, connection: socket.socket, client: Client) -> int | None:
        """Start a task for a connection; say how many connections of others end for it.

        None where there is no place, or the handler is about to end.
        """
        if self._is_over or not (client.person or self._quota.has_place):
            return None
        held = _Held(connection)
        lost = self._quota.come(held, client.address, client.person)
        for other in lost:
            other.end()
        if held in lost:
            return None
        do = partial(self._do, task, held)
        if self._nursery is None:
            self._early.append(do)
        else:
            self._nursery.start_soon(do)
        return len(lost)

    async def run(self, stopping: trio.Event, grace_s: float) -> None:
        """Hold the tasks until this is cancelled; at a stop they have the grace to end."""
        scope, over = trio.CancelScope(shield=True), trio.Event()
        async with trio.open_nursery() as outer:
            outer.start_soon(self._hold, scope, over)
            try:
                await trio.sleep_forever()
            finally:
                self._is_over = True
                scope.deadline = trio.current_time() + (grace_s if stopping.is_set() else 0.0)
                over.set()

    async def _hold(self, scope: trio.CancelScope, over: trio.Event) -> None:
        with scope:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                for task in self._early:
                    nursery.start_soon(task)
                self._early.clear()
                await over.wait()

    async def _do(self, task: Task, held: _Held) -> None:
        try:
            await task()
        except Exception as error:  # noqa: BLE001 - one answer's fault is not the others'
            _log.warning("an answer was not finished", why=f"{type(error).__name__}: {error}")
        finally:
            self._quota.leave(held)
