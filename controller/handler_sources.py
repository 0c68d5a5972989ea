"""Handlers that are started as programs of their own, where a fork is impossible (start="exec").

The engine keeps a spare where starting takes long; here every handler that is wanted is started at
once. The process that was started before the controller's own imports is the first of them.
"""

from typing import Protocol

from controller.hub import Hub
from controller.launch import Launched
from controller.reaper import Reaper
from controller.template import Start, Wanted
from seda.wire import Link


class Source(Protocol):
    """Where handlers come from."""

    def want(self, wanted: Wanted) -> None:
        """Have a handler started."""

    def unwant(self, wanted: Wanted) -> None:
        """The handler was born, or is not wanted any more."""

    def look(self) -> None:
        """See that nothing hangs, once a second."""

    def template_pid(self) -> int:
        """Return the process that is kept for starting handlers; 0 where there is none."""

    def stop(self) -> None:
        """End what is kept for starting handlers."""


class Programs:
    """Starts one program a handler."""

    def __init__(self, hub: Hub, reaper: Reaper, start: Start, first: Launched) -> None:
        self._hub = hub
        self._start = start
        self._first: Launched | None = first
        reaper.spare(self._is_first)

    def _is_first(self, pid: int) -> bool:
        """Say whether this is the program that was started before anybody wanted it."""
        return self._first is not None and self._first.pid == pid

    def want(self, wanted: Wanted) -> None:
        """Start a handler now."""
        try:
            launched, self._first = self._first or self._start(), None
        except OSError as error:
            problem = f"no program can be started: {error.strerror}"
            self._hub.at_end(lambda: wanted.fail(problem))
            return
        wanted.adopt(Link(launched.sock), launched.output)
        wanted.be_born(launched.pid)

    def unwant(self, wanted: Wanted) -> None:
        """A program that was started is a handler from its first moment: nothing to take back."""

    def look(self) -> None:
        """The engine watches the handlers themselves."""

    def template_pid(self) -> int:
        """Return the program that waits to be wanted; 0 where there is none."""
        return self._first.pid if self._first is not None else 0

    def stop(self) -> None:
        """Close the link of a program that nobody wanted: it ends."""
        if self._first is not None:
            self._first.sock.close()
