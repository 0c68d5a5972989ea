"""What an answer has to wait for: a client that takes it slowly, a read that takes its time.

Each waits in a task of its own and holds up nobody. All of them have deadlines: one for the whole
answer, one for the next byte. How many there may be is bounded; what is beyond is closed.
"""

from collections.abc import Awaitable, Callable

import trio

from seda import logs
from stages.http_reply.writing import Writing

PROGRESS_S = 15.0
"""A client that takes nothing for so long is gone."""
LINGER_S = 2.0
"""How long a refused client may take to hear why; what it still sends meanwhile is let go."""
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


class Tasks:
    """The tasks of one handler, which outlive the events that they came from."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._early: list[Task] = []
        """Begun before `run` was: its nursery is not there yet."""
        self._nursery: trio.Nursery | None = None
        self._is_over = False

    def start(self, task: Task) -> bool:
        """Start a task; False where there are too many, or the handler is about to end."""
        if self._is_over or self._count >= self._limit:
            return False
        self._count += 1
        if self._nursery is None:
            self._early.append(task)
        else:
            self._nursery.start_soon(self._do, task)
        return True

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
                    nursery.start_soon(self._do, task)
                self._early.clear()
                await over.wait()

    async def _do(self, task: Task) -> None:
        try:
            await task()
        except Exception as error:  # noqa: BLE001 - one answer's fault is not the others'
            _log.warning("an answer was not finished", why=f"{type(error).__name__}: {error}")
        finally:
            self._count -= 1
