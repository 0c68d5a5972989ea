"""Who is there: pages with an open event stream, and people who watch by one. Pure.

A page whose stream ends is given a moment to come back (it was loaded anew, the network hiccuped,
the stream came to its age); then it is gone. One that was signed out is gone at once.
"""

import attrs

from seda.requests import Person
from spotter_web.views import Watcher
from stages.live.now import Now

GRACE_S = 1.2
"""A page comes again within 0.8 s; what it held is to be back in the pool within two."""


def page_key(session: str, name: str) -> str:
    """Return what a page is known by: its name alone stands in addresses, and is nobody's."""
    return f"{session}:{name}"


@attrs.define
class _Page:
    person: str
    session: str
    is_watching: bool
    left_s: float | None = None
    """When its stream ended."""


class Presence:
    """All pages, each by its key."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}
        self._since_s: dict[str, float] = {}
        """By person, as wall time."""

    def arrive(self, page: str, person: Person, now: Now, *, is_watching: bool) -> bool:
        """Take in that a page's stream began; tell whether it thereby left the watch."""
        before = self._pages.get(page)
        self._pages[page] = _Page(person.name, person.session, is_watching)
        if is_watching:
            self._since_s.setdefault(person.name, now.wall_s)
        self._settle()
        return before is not None and before.is_watching and not is_watching

    def expects(self, page: str) -> bool:
        """Return whether a page is there, or may come back."""
        return page in self._pages

    def leave(self, page: str, now: Now) -> None:
        """Take in that a page's stream ended."""
        if known := self._pages.get(page):
            known.left_s = now.monotonic_s

    def end(self, page: str) -> bool:
        """Forget a page that does not come again; tell whether it was known."""
        return bool(self._forget([page] if page in self._pages else []))

    def sign_out(self, person: str, session: str) -> list[str]:
        """Forget the pages of a session, or of all of a person's; return them."""
        ended = [
            name
            for name, page in self._pages.items()
            if page.person == person and session in ("", page.session)
        ]
        return self._forget(ended)

    def take_gone(self, now: Now) -> list[str]:
        """Forget the pages that did not come back; return them."""
        return self._forget(
            [
                name
                for name, page in self._pages.items()
                if page.left_s is not None and now.monotonic_s >= page.left_s + GRACE_S
            ]
        )

    def due_s(self) -> float | None:
        """Return when the next page that left will be gone."""
        left = (page.left_s for page in self._pages.values() if page.left_s is not None)
        first = min(left, default=None)
        return None if first is None else first + GRACE_S

    def watchers(self) -> tuple[Watcher, ...]:
        """Return who is on watch, the longest first."""
        people = sorted(self._since_s.items(), key=lambda it: (it[1], it[0]))
        return tuple(Watcher(name, since_s) for name, since_s in people)

    def _forget(self, names: list[str]) -> list[str]:
        for name in names:
            del self._pages[name]
        self._settle()
        return names

    def _settle(self) -> None:
        """Forget the people none of whose pages watches any more."""
        watching = {page.person for page in self._pages.values() if page.is_watching}
        self._since_s = {name: at_s for name, at_s in self._since_s.items() if name in watching}
