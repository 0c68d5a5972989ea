"""Where handlers come from: the warm template that forks them, or started spares (start="exec").

A fork in progress is a handler whose first words have not come yet. When the template dies, its
forks in progress go back to those that wait; a template that dies before it is warm, again and
again, or says what its problem is, means that handlers cannot start. What to do then is the
engine's to decide.
"""

import os
from collections import deque
from collections.abc import Callable
from typing import Protocol

from controller.channel import Channel
from controller.hub import Hub
from controller.launch import Launched
from controller.output import Printed
from controller.reaper import Reaper, holds_socket
from seda import logs, protocol, wire
from seda.codec import Undecodable
from seda.protocol import Message
from seda.wire import Link, close_all

DEATHS_LIMIT = 3
"""Templates that die in a row before they are warm, until handlers count as unable to start."""
FORK_LIMIT_S = 2.0
"""A warm template forks in milliseconds; one that somebody stopped is replaced."""
_BACKOFF_FIRST_S = 0.1
_BACKOFF_LARGEST_S = 5.0

Start = Callable[[], Launched]

_log = logs.get(__name__)


class Wanted(Protocol):
    """A handler that is to be forked."""

    number: int

    def adopt(self, link: Link, output: int) -> None:
        """Be given this end of the socket and of the output pipe."""

    def be_born(self, pid: int) -> None:
        """Have a process."""

    def abandon(self) -> bool:
        """The template died: give the socket up; False if it was born after all."""

    def fail(self, detail: str) -> None:
        """Hear that no handler can be started."""


class Template:
    """The template process of this controller, started again when it dies."""

    def __init__(
        self, hub: Hub, reaper: Reaper, start: Start, first: Launched, start_limit_s: float
    ) -> None:
        self._hub = hub
        self._reaper = reaper
        self._start_process = start
        self._start_limit_s = start_limit_s
        self._waiting: deque[Wanted] = deque()
        self._forking: dict[int, tuple[Wanted, int]] = {}
        """With the inode of the socket that was given out."""
        self._is_warm = False
        self._problem = ""
        self._deaths = 0
        self._is_start_due = False
        self._is_stopping = False
        self._pid = 0
        reaper.spare(self.is_newborn)
        self._begin(first)

    def want(self, wanted: Wanted) -> None:
        """Have a handler forked as soon as the template is warm."""
        self._waiting.append(wanted)
        if not self._pid:
            self._start_later()
        elif self._is_warm:
            self._channel.ask_flush()

    def unwant(self, wanted: Wanted) -> None:
        """The handler was born, or is not wanted any more."""
        if self._forking.pop(wanted.number, None):
            self._since_s = self._hub.now_s
        if wanted in self._waiting:
            self._waiting.remove(wanted)

    def look(self) -> None:
        """Kill a template that does not get warm or does not fork; the next one follows."""
        limit_s = FORK_LIMIT_S if self._is_warm else self._start_limit_s
        is_late = self._hub.now_s - self._since_s > limit_s
        if self._pid and is_late and (self._forking or not self._is_warm):
            self._problem = "" if self._is_warm else f"not warm after {limit_s:.0f} s"
            self._reaper.kill(self._pid)

    def is_newborn(self, pid: int) -> bool:
        """Say whether this process is a fork in progress: it has one of the sockets given out."""
        inodes = {inode for _, inode in self._forking.values()}
        return bool(inodes) and holds_socket(pid, inodes)

    def template_pid(self) -> int:
        """Return the template; 0 while there is none."""
        return self._pid

    def stop(self) -> None:
        """Kill the template for good."""
        self._is_stopping = True
        self._reaper.kill(self._pid)

    def take(self, message: Message, descriptors: list[int]) -> None:
        """Take Warm, and nothing else."""
        close_all(descriptors)
        if not isinstance(message, protocol.Warm):
            self.refuse(Undecodable("unexpected", f"{type(message).__name__} from the template"))
        elif message.problem:
            self._problem = message.problem
            self._reaper.kill(self._pid)
        else:
            self._is_warm = True
            self._deaths = 0
            self._since_s = self._hub.now_s
            self._channel.ask_flush()

    def lose(self, message: Message) -> None:
        """A template has no descriptors to send."""
        self.refuse(Undecodable("unexpected", f"{type(message).__name__} with descriptors"))

    def refuse(self, error: Undecodable) -> None:
        """End a template that does not speak the protocol."""
        self._problem = f"the template said what is no message ({error})"
        self.end()

    def end(self) -> None:
        """A template without its link is of no use."""
        self._channel.close()
        self._reaper.kill(self._pid)

    def write(self, link: Link) -> None:
        """Ask for the handlers that are wanted."""
        while self._is_warm and self._waiting:
            self._ask(link, self._waiting[0])
            self._waiting.popleft()

    def _ask(self, link: Link, wanted: Wanted) -> None:
        try:
            here, there = wire.pair()
            reading, writing = os.pipe2(os.O_CLOEXEC)
        except OSError as error:  # a pair without a pipe is closed as it goes out of scope
            problem = f"no socket or pipe for a handler: {error.strerror}"
            self._hub.at_end(lambda: wanted.fail(problem))
            return
        inode = os.fstat(there.fileno()).st_ino
        try:
            link.send(protocol.Fork(wanted.number), (there.fileno(), writing))
        except (wire.Full, wire.Closed):
            here.close()
            os.close(reading)
            raise
        finally:
            there.close()
            os.close(writing)
        if not self._forking:
            self._since_s = self._hub.now_s
        self._forking[wanted.number] = (wanted, inode)
        wanted.adopt(here, reading)

    def _begin(self, launched: Launched) -> None:
        self._pid = launched.pid
        self._since_s = self._hub.now_s
        self._is_warm = False
        self._problem = ""
        self._printed = Printed(self._hub, launched.output, "template")
        self._channel = Channel(self._hub, Link(launched.sock), self)
        self._reaper.watch(launched.pid, self._died)

    def _died(self, code: int) -> None:
        self._channel.drain(1)
        self._channel.close()
        self._printed.close()
        self._pid = 0
        if not self._is_stopping:
            self._take_stock(code)
            self._reaper.sweep()

    def _take_stock(self, code: int) -> None:
        """Decide what the death means for those who wait."""
        forking = [wanted for wanted, _ in self._forking.values()]
        self._waiting.extendleft(wanted for wanted in reversed(forking) if wanted.abandon())
        self._forking.clear()
        self._deaths += not self._is_warm
        words = self._problem or (f"signal {-code}" if code < 0 else f"exit code {code}")
        last = self._printed.last_line
        _log.warning("the template ended", why=words, printed_last=last, was_warm=self._is_warm)
        if self._problem or self._deaths >= DEATHS_LIMIT:
            waiting, self._waiting = list(self._waiting), deque()
            for wanted in waiting:
                printed = f"; it printed last: {last}" if last else ""
                wanted.fail(f"the template cannot start: {words}{printed}")
        if self._waiting or self._is_warm:
            self._start_later()

    def _start_later(self) -> None:
        """Start the next template: at once after the first death, then more and more slowly."""
        if self._is_start_due:
            return
        self._is_start_due = True
        backoff_s = min(_BACKOFF_FIRST_S * 2.0 ** min(self._deaths, 10), _BACKOFF_LARGEST_S)
        self._hub.later(backoff_s if self._deaths > 1 else 0.0, self._start)

    def _start(self) -> None:
        self._is_start_due = False
        try:
            launched = self._start_process()
        except OSError as error:
            self._deaths += 1
            _log.error("no template can be started; trying again", why=str(error))
            self._start_later()
            return
        self._begin(launched)
