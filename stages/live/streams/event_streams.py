"""All open event streams: who gets one, and that everybody hears what is new.

A stream has the head of an HTTP answer without a length: it ends with its connection. What is new
is offered to all at once, at most so many times a second (stages/live/change_log.py says how
little that costs). After a while a page is told to connect again, so that its session is checked
again; if it does not, its stream ends a little later.

A browser with several pages has one stream for all of them, because it has six connections to a
server. When a page comes or goes it opens a stream that says so, in the place of the one before.
"""

import math
import socket
import zlib
from collections.abc import Callable
from email.utils import formatdate
from typing import Protocol

import attrs
import msgspec
import trio

from http_common.heads import HeadBuilder
from seda.decisions import SignedOut
from seda.requests import Ask, Client, Person
from spotter_web.forms import EventsQuery
from stages.live.change_log import ChangeLog, event
from stages.live.now import Now
from stages.live.replies import Reply, refusal
from stages.live.streams.subscriber import DIRECT_KEPT, Subscriber
from stages.live.watch.presence import page_key

STREAMS_PER_PERSON = 32
"""A control room may sign in as one person on all its screens."""
LIFE_S = 600.0
"""And up to half as much more, so that those who came together do not come again together."""
LATE_S = 60.0
"""After it was told to come again a stream stays for so long."""
FLUSH_S = 0.1
"""From one offering to the next at least."""
NOW_EVERY_S = 5.0
COME_AGAIN_MS = 300
RETRY_AFTER_S = 2

_HEADERS = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
)


class PageObserver(Protocol):
    """Who is told of pages that come and go."""

    def arrived(self, page: str, person: Person, *, is_watching: bool) -> None:
        """A page's stream began."""

    def left(self, page: str) -> None:
        """A page has no stream any more, and may come again."""

    def ended(self, page: str) -> None:
        """A page does not come again."""

    def expects(self, page: str) -> bool:
        """Return whether a page is there, or may come again."""


@attrs.frozen
class Limits:
    """What the settings say of streams."""

    streams: int
    hsts_s: int
    """Over HTTPS: how long browsers shall not come without it."""


class Streams:
    """The subscribers, by page."""

    def __init__(
        self, change_log: ChangeLog, observer: PageObserver, now: Callable[[], Now], limits: Limits
    ) -> None:
        self._change_log = change_log
        self._observer = observer
        self._now = now
        self._limits = limits
        self._head_builder = HeadBuilder(limits.hsts_s)
        self._pages: dict[str, Subscriber] = {}
        self._held: dict[str, list[bytes]] = {}
        """What pages have to hear that have no stream for a moment."""
        self._news = trio.Event()
        self._nursery: trio.Nursery | None = None

    def __len__(self) -> int:
        """Count them."""
        return len(self._pages)

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        """Keep all streams until cancelled."""
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._offer_all)
            self._nursery.start_soon(self._tell_time)
            task_status.started()

    def refusal(self, ask: Ask, person: Person) -> Reply | None:
        """Return why this one gets no stream, if so; a page's second takes the place of its own."""
        try:
            page = page_of(ask, person)
        except msgspec.ValidationError as invalid:
            return refusal(ask, 400, str(invalid))
        if page in self._pages:
            return None
        own = sum(it.person.name == person.name for it in self._pages.values())
        if own >= STREAMS_PER_PERSON:
            return refusal(ask, 429, f"{own} pages of {person.name} listen already: close some")
        if len(self._pages) >= self._limits.streams:
            error = f"{len(self._pages)} pages listen already, which is the limit"
            return refusal(ask, 503, error, ("retry-after", str(RETRY_AFTER_S)))
        return None

    def open(self, ask: Ask, person: Person, connection: socket.socket) -> None:
        """Begin a stream on this connection, which is the stream's from now on."""
        if self._nursery is None:
            connection.close()
            return
        page = page_of(ask, person)
        head = self._head(ask.client)
        subscriber = Subscriber(connection, person, page, head, _watching(ask, person))
        for name in subscriber.pages:
            for content in self._held.pop(name, ()):
                subscriber.tell(content)
        if before := self._pages.get(page):
            before.scope.cancel()
        life_s = LIFE_S * (1 + zlib.crc32(page.encode()) % 1000 / 2000)
        subscriber.again_s = trio.current_time() + life_s
        self._pages[page] = subscriber
        self._observer.arrived(page, person, is_watching=_query(ask).is_watching)
        watching = _keys(_query(ask).watching, person)
        for name in subscriber.watching:
            self._observer.arrived(name, person, is_watching=name in watching)
        for name in before.watching if before else ():
            if self._find(name) is None:
                self._observer.ended(name)
        self._nursery.start_soon(self._keep, subscriber)

    def wake(self) -> None:
        """Have everybody hear what is new on the board."""
        self._news.set()

    def tell(self, page: str, content: bytes) -> None:
        """Tell a page something that concerns it alone, when it comes again too."""
        if subscriber := self._find(page):
            subscriber.tell(content)
            self._offer(subscriber)
        elif self._observer.expects(page):
            self._held.setdefault(page, []).append(content)
            del self._held[page][:-DIRECT_KEPT]

    def forget(self, page: str) -> None:
        """Take in that a page will not come again."""
        self._held.pop(page, None)

    def sign_out(self, person: str, session: str) -> None:
        """End the streams of a session, or of all of a person's, and say why."""
        for subscriber in list(self._pages.values()):
            who = subscriber.person
            if who.name == person and session in ("", who.session):
                subscriber.say_last(event("signed_out", b"{}"))

    def find_expired(self, wall_s: float) -> list[SignedOut]:
        """Return the sessions that ended by time while somebody listens in them."""
        people = {it.person for it in self._pages.values()}
        return [
            SignedOut(person.name, person.session)
            for person in people
            if person.expires_s is not None and person.expires_s <= wall_s
        ]

    def _find(self, page: str) -> Subscriber | None:
        """Return the stream of a page; few are told of alone, so that all may be looked through."""
        own = self._pages.get(page)
        return own or next((it for it in self._pages.values() if page in it.watching), None)

    async def _keep(self, subscriber: Subscriber) -> None:
        try:
            with subscriber.scope as scope:
                scope.deadline = subscriber.again_s + LATE_S
                self._offer(subscriber)
                subscriber.tell(self._clock_event())
                self._offer(subscriber)
                await subscriber.wait_end()
        finally:
            subscriber.close()
            if self._pages.get(subscriber.page) is subscriber:
                del self._pages[subscriber.page]
                for name in subscriber.pages:
                    if self._find(name) is None:
                        self._observer.left(name)

    def _offer(self, subscriber: Subscriber) -> None:
        if subscriber.scope.cancel_called:  # it has heard its last
            return
        if self._nursery and not subscriber.is_behind and not subscriber.offer(self._change_log):
            self._nursery.start_soon(subscriber.drain, self._change_log)

    async def _offer_all(self) -> None:
        while True:
            await self._news.wait()
            self._news = trio.Event()
            for subscriber in list(self._pages.values()):
                self._offer(subscriber)
            await trio.sleep(FLUSH_S)

    async def _tell_time(self) -> None:
        while True:
            await trio.sleep(NOW_EVERY_S)
            for subscriber in self._pages.values():
                if trio.current_time() >= subscriber.again_s:
                    subscriber.tell(event("again", b"{}"))
                    subscriber.again_s = math.inf
            self._change_log.put("now", self._clock_event(), is_over=True)
            self.wake()

    def _clock_event(self) -> bytes:
        return event("now", msgspec.json.encode(self._now().wall_s))

    def _head(self, client: Client) -> bytes:
        ending = attrs.evolve(client, is_kept=False)
        date = formatdate(self._now().wall_s, usegmt=True)
        head = self._head_builder.head(ending, 200, _HEADERS, None, date)
        return head + f"retry: {COME_AGAIN_MS}\n\n".encode()


def page_of(ask: Ask, person: Person) -> str:
    """Return the page that asks."""
    return page_key(person.session, _query(ask).page)


def _watching(ask: Ask, person: Person) -> frozenset[str]:
    """Return the other pages that watch by this stream, or review."""
    query = _query(ask)
    return _keys(query.watching, person) | _keys(query.reviewing, person)


def _keys(names: str, person: Person) -> frozenset[str]:
    return frozenset(page_key(person.session, name) for name in names.split(",") if name)


def _query(ask: Ask) -> EventsQuery:
    return msgspec.convert(ask.query, EventsQuery, strict=False)
