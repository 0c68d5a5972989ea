"""Pages that come and go: what that means for the watch, and that assignment hears who is gone."""

from collections.abc import Callable

import msgspec
import trio

from seda.decisions import Gone
from seda.requests import Person
from stages.live.change_log import ChangeLog, event
from stages.live.now import Now
from stages.live.pending_events import PendingEvents
from stages.live.watch.attendance import Attendance
from stages.live.watch.presence import Presence


class StreamPresence:
    """The pages whose event streams are open, as the streams report them."""

    def __init__(
        self,
        attendance: Attendance,
        change_log: ChangeLog,
        pending_events: PendingEvents,
        now: Callable[[], Now],
    ) -> None:
        self._presence = Presence()
        self._attendance = attendance
        self._change_log = change_log
        self._pending_events = pending_events
        self._now = now
        self._has_left = trio.Event()
        self._show()

    def arrived(self, page: str, person: Person, *, is_watching: bool) -> None:
        """Take in that a page's stream began; one that only looks on now has left its frames."""
        self._pending_events.take_back(page)
        if self._presence.arrive(page, person, self._now(), is_watching=is_watching):
            self._say_gone(page)
        self._show()

    def left(self, page: str) -> None:
        """Take in that a page's stream ended."""
        self._presence.leave(page, self._now())
        self._has_left.set()

    def ended(self, page: str) -> None:
        """Take in that a page does not come again: its browser has left it out."""
        if self._presence.end(page):
            self._say_gone(page)
        self._show()

    def expects(self, page: str) -> bool:
        """Return whether a page is there, or may come again."""
        return self._presence.expects(page)

    def sign_out(self, person: str, session: str) -> None:
        """Take in that a session, or all of a person's, are over: their pages are gone at once."""
        for page in self._presence.sign_out(person, session):
            self._say_gone(page)
        self._show()

    async def run(self, forget: Callable[[str], None]) -> None:
        """Say who is gone, once they did not come back in time."""
        while True:
            due_s = self._presence.due_s()
            if due_s is None:
                await self._has_left.wait()
                self._has_left = trio.Event()
                continue
            await trio.sleep(max(due_s - self._now().monotonic_s, 0.0))
            for page in self._presence.take_gone(self._now()):
                forget(page)
                self._say_gone(page)
            self._show()

    def _say_gone(self, page: str) -> None:
        session, _, name = page.rpartition(":")
        self._pending_events.give(page, Gone(name, session), key=name)

    def _show(self) -> None:
        self._attendance.note(self._presence.watchers(), self._now())
        self._change_log.put("watch", event("watch", msgspec.json.encode(self._attendance.view())))
