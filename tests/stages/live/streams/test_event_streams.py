"""Event streams on real sockets, in invented time."""

import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import attrs
import msgspec
import pytest
import trio
import trio.testing

from conf.schema import Settings, Web
from seda.decisions import Gone, SignedOut, Unheld, WaitingFact
from seda.requests import Person
from spotter_web.views import Alarm, AlarmState, Watch
from stages.live.change_log import event
from stages.live.live_state import LiveState
from stages.live.notebook import Notes
from stages.live.now import Now
from stages.live.streams import event_streams, subscriber
from stages.live.watch.presence import GRACE_S
from testing.messages.asking import PAGE, ask_events, person

ANN, BEN = person("ann"), person("ben", scope=frozenset({"gate"}))
pytestmark = pytest.mark.usefixtures("autojump_clock")

Told = list[tuple[str, object]]


def _now() -> Now:
    return Now(trio.current_time(), 1e9 + trio.current_time())


class Page:
    """A browser's end of a stream."""

    def __init__(self, sock: socket.socket) -> None:
        self.stream = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
        self.head = ""
        self._rest = b""

    async def hear(self, until: str) -> Told:
        """Return the events up to the next of this name, and that one."""
        told: Told = []
        while not told or told[-1][0] != until:
            told.append(await self._next())
        return told

    async def hear_rest(self) -> Told:
        """Return the events up to the end of the stream."""
        told: Told = []
        try:
            while True:
                told.append(await self._next())
        except EOFError:
            return told

    async def _next(self) -> tuple[str, object]:
        while True:
            part, is_whole, rest = self._rest.partition(b"\n\n")
            if not is_whole:
                more = bytes(await self.stream.receive_some())
                if not more:
                    raise EOFError
                self._rest += more
                continue
            self._rest = rest
            if part.startswith(b"HTTP/1.1"):
                self.head = part.decode()
            elif part.startswith(b"event: "):
                name, _, data = part.decode().partition("\n")
                return name.removeprefix("event: "), msgspec.json.decode(data[len("data: ") :])


class Room:
    """A desk with its streams, and who listens."""

    def __init__(self, live_state: LiveState) -> None:
        self.live_state = live_state
        self.pages: list[Page] = []

    def listen(
        self, who: Person, page: str = PAGE, *, watching: bool = False, pages: tuple[str, ...] = ()
    ) -> Page:
        more = {"watching": ",".join(pages)} if pages else {}
        ask = ask_events(who, page, is_watching="true" if watching else "false", **more)
        assert self.live_state.streams.refusal(ask, who) is None
        ours, theirs = _pair()
        self.live_state.streams.open(ask, who, ours)
        self.pages.append(Page(theirs))
        return self.pages[-1]

    def show(self, number: int, size: int) -> None:
        """Change one key on the board."""
        data = msgspec.json.encode({"number": number, "padding": "x" * size})
        self.live_state._change_log.put("tile/gate", event("tile", data))
        self.live_state.streams.wake()

    def watchers(self) -> list[str]:
        view = msgspec.json.decode(msgspec.json.encode(self.live_state._known.watch()), type=Watch)
        return [watcher.name for watcher in view.people]

    def gone(self) -> list[str]:
        return [gone.page for gone in self.live_state.gone.waiting(Gone)]


def _pair() -> tuple[socket.socket, socket.socket]:
    """Return two ends of a connection over loopback, as from a browser."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        theirs = socket.create_connection(listening.getsockname())
        ours = listening.accept()[0]
    ours.setblocking(False)
    return ours, theirs


@asynccontextmanager
async def _room(settings: Settings | None = None) -> AsyncIterator[Room]:
    live_state = LiveState(settings or Settings(), Notes(), _now)
    async with trio.open_nursery() as nursery:
        await nursery.start(live_state.streams.run)
        nursery.start_soon(live_state.stream_presence.run, live_state.streams.forget)
        room = Room(live_state)
        try:
            yield room
        finally:
            for page in room.pages:
                page.stream.socket.close()
            nursery.cancel_scope.cancel()


def _alarm(
    number: int, camera: str = "gate", state: AlarmState = "raised", changed_s: float = 1
) -> Alarm:
    return Alarm(
        alarm_id=number, root="r", camera=camera, cause="verdict", sentence="x", state=state,
        raised_s=1, changed_s=changed_s, raised_by="ann",
    )  # fmt: skip


async def test_a_stream_is_http_and_begins_with_the_whole_picture() -> None:
    """The first `now` ends it; nobody may keep or buffer it."""
    async with _room() as room:
        room.live_state.take_waiting(WaitingFact("gate", 2, 0.5, 1e9))
        room.live_state.take_alarm(_alarm(1))
        room.live_state.take_alarm(_alarm(2, state="resolved"))
        page = room.listen(ANN, watching=True)
        told = await page.hear("now")
        names = [name for name, _ in told]
        assert sorted(names) == ["alarm", "now", "waiting", "watch"]
        assert dict(told)["waiting"] == 2
        lines = page.head.split("\r\n")
        assert lines[0] == "HTTP/1.1 200 OK"
        assert "Content-Type: text/event-stream" in lines
        assert "Cache-Control: no-store" in lines
        assert "X-Accel-Buffering: no" in lines
        assert "Connection: close" in lines
        assert not any(line.startswith("Strict-Transport") for line in lines)


async def test_changes_follow_to_those_who_may_see_them() -> None:
    """Of cameras outside the scope nothing is told."""
    async with _room() as room:
        ann, ben = room.listen(ANN), room.listen(BEN)
        for page in (ann, ben):
            await page.hear("now")
        room.live_state.take_alarm(_alarm(1, "yard"))
        room.live_state.take_alarm(_alarm(2, "gate"))
        await trio.sleep(1)
        room.live_state.take_alarm(_alarm(2, "gate", "resolved", 2))
        alarms = [it["alarm_id"] for it in _of("alarm", await ann.hear("now"))]
        assert alarms == [1, 2, 2]
        assert [it["alarm_id"] for it in _of("alarm", await ben.hear("now"))] == [2, 2]


async def test_an_alarm_that_came_late_does_not_undo_a_newer_one() -> None:
    """Facts may come twice and out of order."""
    async with _room() as room:
        room.live_state.take_alarm(_alarm(1, state="acknowledged", changed_s=5))
        room.live_state.take_alarm(_alarm(1, state="raised", changed_s=4))
        [alarm] = _of("alarm", await room.listen(ANN).hear("now"))
        assert alarm["state"] == "acknowledged"


async def test_the_time_is_told_every_few_seconds() -> None:
    """So that a page knows that it still hears."""
    async with _room() as room:
        page = room.listen(ANN)
        times = [float(str(dict(await page.hear("now"))["now"])) for _ in range(4)]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert gaps == pytest.approx([event_streams.NOW_EVERY_S] * 3, abs=event_streams.FLUSH_S)


async def test_a_page_that_ends_is_gone_after_a_moment() -> None:
    """Closed, killed or hidden: its leases go back within two seconds (R29)."""
    async with _room() as room:
        page = room.listen(ANN, watching=True)
        await page.hear("now")
        assert room.watchers() == ["ann"]
        await page.stream.aclose()
        await trio.sleep(GRACE_S * 0.9)
        assert (room.watchers(), room.gone()) == (["ann"], [])
        await trio.sleep(GRACE_S * 0.2)
        assert (room.watchers(), room.gone()) == ([], [PAGE])
        assert len(room.live_state.streams) == 0
        assert GRACE_S < 2


async def test_a_page_that_comes_again_is_not_gone() -> None:
    """It was loaded anew: same name, next stream."""
    async with _room() as room:
        await room.listen(ANN, watching=True).stream.aclose()
        await trio.sleep(GRACE_S / 2)
        room.listen(ANN, watching=True)
        await trio.sleep(10 * GRACE_S)
        assert (room.watchers(), room.gone()) == (["ann"], [])


async def test_a_page_that_comes_again_late_takes_its_leaving_back() -> None:
    """Where assignment was away meanwhile and has not been told: the page has its frames still."""
    async with _room() as room:
        await room.listen(ANN, watching=True).stream.aclose()
        await trio.sleep(10 * GRACE_S)
        assert room.gone() == [PAGE]
        room.listen(ANN, watching=True)
        assert room.gone() == []


async def test_a_second_stream_takes_the_place_of_the_first() -> None:
    """Of the same page: the first ends, and nobody is gone."""
    async with _room() as room:
        first = room.listen(ANN, watching=True)
        await first.hear("now")
        second = room.listen(ANN, watching=True)
        await first.hear_rest()
        await second.hear("now")
        await trio.sleep(10 * GRACE_S)
        assert (len(room.live_state.streams), room.gone()) == (1, [])


async def test_a_page_that_goes_on_without_watching_has_left_its_frames() -> None:
    """It is hidden, and still hears."""
    async with _room() as room:
        room.listen(ANN, watching=True)
        room.listen(ANN)
        await trio.testing.wait_all_tasks_blocked()
        assert (room.watchers(), len(room.gone())) == ([], 1)


async def test_one_stream_is_the_presence_of_all_pages_of_a_browser() -> None:
    """A browser has few connections; whatever concerns one of its pages comes by the one stream."""
    async with _room() as room:
        browser = room.listen(ANN, "browser1", pages=("page-one", "page-two"))
        await browser.hear("now")
        assert room.watchers() == ["ann"]
        room.live_state.take_unheld(Unheld("page-two", ANN.session, "lease-1"))
        assert (await browser.hear("unheld"))[-1] == ("unheld", "lease-1")
        await browser.stream.aclose()
        await trio.sleep(GRACE_S * 1.1)
        assert sorted(room.gone()) == ["browser1", "page-one", "page-two"]
        assert room.watchers() == []


async def test_a_page_that_its_browser_leaves_out_is_gone_at_once() -> None:
    """A tab was closed; the others stay, and so do those that another stream has."""
    async with _room() as room:
        room.listen(ANN, "browser1", pages=("page-one", "page-two", "page-six"))
        room.listen(ANN, "browser2", pages=("page-six",))
        room.listen(ANN, "browser1", pages=("page-two", "page-new"))
        await trio.testing.wait_all_tasks_blocked()
        assert room.gone() == ["page-one"]
        await trio.sleep(10 * GRACE_S)
        assert (room.watchers(), room.gone()) == (["ann"], ["page-one"])


@pytest.mark.parametrize("names", ["short", "page-one,", ",page-one", "page-one page-two"])
async def test_names_of_pages_that_are_none_are_refused(names: str) -> None:
    """In words, as everything that a browser sends."""
    async with _room() as room:
        refused = room.live_state.streams.refusal(ask_events(ANN, PAGE, watching=names), ANN)
        assert refused is not None
        assert refused.answer.status == 400


async def test_signing_out_ends_the_streams_of_a_person_at_once() -> None:
    """They are told first; others hear on."""
    async with _room() as room:
        pages = [room.listen(ANN, "page-one", watching=True), room.listen(ANN, "page-two")]
        other = room.listen(BEN)
        for page in (*pages, other):
            await page.hear("now")
        room.live_state.take_signed_out(SignedOut("ann"))
        assert room.watchers() == []
        assert sorted(room.gone()) == ["page-one", "page-two"]
        for page in pages:
            assert (await page.hear_rest())[-1] == ("signed_out", {})
        await other.hear("now")


async def test_signing_one_session_out_leaves_the_others() -> None:
    """A person may sit at two desks."""
    async with _room() as room:
        here = room.listen(ANN)
        there = room.listen(Person("ann", "spotter", session="elsewhere"))
        room.live_state.take_signed_out(SignedOut("ann", "elsewhere"))
        await there.hear_rest()
        await here.hear("now")


async def test_a_stream_ends_with_the_session_that_it_was_opened_in() -> None:
    """Whoever is signed out by time hears nothing more, and holds no frame."""
    async with _room() as room:
        page = room.listen(attrs.evolve(ANN, expires_s=_now().wall_s + 60.0), watching=True)
        other = room.listen(BEN)
        await trio.sleep(59.0)
        room.live_state.look()
        assert room.watchers() == ["ann"]
        await trio.sleep(1.0)
        room.live_state.look()
        assert room.gone() == [PAGE]
        assert (await page.hear_rest())[-1] == ("signed_out", {})
        await other.hear("now")


async def test_a_page_is_told_of_its_own_leases_alone() -> None:
    """Also when it is just coming again."""
    async with _room() as room:
        ann, ben = room.listen(ANN, "page-one"), room.listen(BEN, "page-two")
        await ann.hear("now")
        room.live_state.take_unheld(Unheld("page-one", ANN.session, "lease-1"))
        assert (await ann.hear("unheld"))[-1] == ("unheld", "lease-1")
        await ann.stream.aclose()
        await trio.testing.wait_all_tasks_blocked()
        room.live_state.take_unheld(Unheld("page-one", ANN.session, "lease-2"))
        ann = room.listen(ANN, "page-one")
        assert ("unheld", "lease-2") in await ann.hear("now")
        assert "unheld" not in dict(await ben.hear("now"))


async def test_who_borrows_the_name_of_a_page_hears_nothing_of_its_leases() -> None:
    """A page of that name in another session is another page, also while the first is away."""
    async with _room() as room:
        ann, ben = room.listen(ANN, "page-one"), room.listen(BEN, "page-one")
        await ann.hear("now")
        await ben.hear("now")
        room.live_state.take_unheld(Unheld("page-one", ANN.session, "lease-1"))
        assert (await ann.hear("unheld"))[-1] == ("unheld", "lease-1")
        await ann.stream.aclose()
        await trio.testing.wait_all_tasks_blocked()
        room.live_state.take_unheld(Unheld("page-one", ANN.session, "lease-2"))
        assert ("unheld", "lease-2") in await room.listen(ANN, "page-one").hear("now")
        assert "unheld" not in dict(await ben.hear("now"))


async def test_a_page_that_comes_back_to_very_much_still_gets_http() -> None:
    """The oldest of what was kept for it is dropped, and never the head."""
    async with _room() as room:
        await room.listen(ANN).stream.aclose()
        await trio.testing.wait_all_tasks_blocked()
        for number in range(3 * subscriber.DIRECT_KEPT):
            room.live_state.take_unheld(Unheld(PAGE, ANN.session, f"lease-{number}"))
        page = room.listen(ANN)
        told = [data for name, data in await page.hear("now") if name == "unheld"]
        assert page.head.startswith("HTTP/1.1 200 OK")
        assert told[-1] == f"lease-{3 * subscriber.DIRECT_KEPT - 1}"


async def test_a_page_that_ends_while_much_is_written_to_it_upsets_nobody() -> None:
    """Whatever comes first: its end, or the room for more."""
    async with _room() as room:
        stays = room.listen(BEN, "page-stays")
        for number in range(50):
            page = room.listen(ANN, f"page-{number:04}")
            room.show(number, 10 * subscriber.SEND_BUFFER_BYTES)
            for _ in range(number % 5):
                await trio.lowlevel.checkpoint()
            page.stream.socket.close()
            await trio.sleep(0.05)
        await trio.sleep(5)
        assert len(room.live_state.streams) == 1
        await stays.hear("tile")


async def test_a_request_that_makes_no_sense_is_refused() -> None:
    """In words: the parser has let it through by mistake."""
    async with _room() as room:
        refused = room.live_state.streams.refusal(ask_events(ANN, "x"), ANN)
        assert refused is not None
        assert refused.answer.status == 400


async def test_a_slow_reader_skips_what_was_overtaken_and_holds_nobody_up() -> None:
    """R26: the newest of each key, whole, in the end."""
    count = 80  # in less time than after which it would be cut
    async with _room() as room:
        slow, quick = room.listen(ANN, "page-one"), room.listen(ANN, "page-two")
        for page in (slow, quick):
            await page.hear("now")
        for number in range(count):
            room.show(number, 50_000)
            [tile] = _of("tile", await quick.hear("tile"))
            assert tile["number"] == number
        numbers: list[object] = []
        while not numbers or numbers[-1] != count - 1:
            numbers += [tile["number"] for tile in _of("tile", await slow.hear("tile"))]
        assert len(numbers) < count / 2


async def test_who_takes_nothing_is_cut() -> None:
    """After a while in which there was something to take."""
    async with _room() as room:
        room.listen(ANN)
        for number in range(1000):
            room.show(number, 4 * subscriber.SEND_BUFFER_BYTES)
            await trio.sleep(1)
            if not len(room.live_state.streams):
                break
        assert number >= subscriber.STALL_LIMIT_S
        assert number < 10 * subscriber.STALL_LIMIT_S


async def test_who_says_something_on_a_stream_is_cut() -> None:
    """Nothing is expected there; nobody's bytes pile up."""
    async with _room() as room:
        page = room.listen(ANN)
        await page.hear("now")
        await page.stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
        assert _of("tile", await page.hear_rest()) == []
        assert len(room.live_state.streams) == 0


async def test_a_stream_is_told_to_come_again_and_ends_if_it_does_not() -> None:
    """So that whoever listens for long is asked again who they are."""
    async with _room() as room:
        page = room.listen(ANN)
        began_s = trio.current_time()
        told = await page.hear_rest()
        assert ("again", {}) in told
        took_s, life_s = trio.current_time() - began_s, event_streams.LIFE_S
        assert life_s <= took_s <= life_s * 1.5 + 100


async def test_nobody_has_more_than_their_share_of_streams() -> None:
    """In words, and with a status; a page that is there already may always come again."""
    settings = Settings(web=Web(connections_max=2 * (event_streams.STREAMS_PER_PERSON + 1)))
    async with _room(settings) as room:
        for number in range(event_streams.STREAMS_PER_PERSON):
            room.listen(ANN, f"page-{number:04}")
        refused = room.live_state.streams.refusal(ask_events(ANN, "one-too-many"), ANN)
        assert refused is not None
        assert refused.answer.status == 429
        assert room.live_state.streams.refusal(ask_events(ANN, "page-0000"), ANN) is None
        room.listen(BEN)
        refused = room.live_state.streams.refusal(ask_events(person("cleo")), person("cleo"))
        assert refused is not None
        assert refused.answer.status == 503
        assert ("retry-after", str(event_streams.RETRY_AFTER_S)) in refused.answer.headers


async def test_nothing_is_left_open() -> None:
    """Descriptors before and after many pages that come and go in every manner."""
    async with _room() as room:
        await room.listen(ANN).stream.aclose()
        await trio.sleep(10)
        gc.collect()
        before = _descriptors()
        for number in range(200):
            page = room.listen(ANN, f"page-{number % 20:04}", watching=bool(number % 2))
            if number % 3:
                await page.hear("now")
            if number % 5:
                await page.stream.aclose()
            else:
                page.stream.socket.close()
        room.live_state.take_signed_out(SignedOut("ann"))
        await trio.sleep(10)
        gc.collect()
        assert _descriptors() <= before
        assert len(room.live_state.streams) == 0


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _of(name: str, told: Told) -> list[dict[str, object]]:
    return [data for found, data in told if found == name and isinstance(data, dict)]


async def test_a_page_that_reviews_is_nobodys_presence_and_gives_back_what_it_holds() -> None:
    """It decides what is old, so a watch with nobody else on it has nobody on it."""
    async with _room() as room:
        ask = ask_events(ANN, PAGE, reviewing="page-reviews")
        ours, theirs = _pair()
        room.live_state.streams.open(ask, ANN, ours)
        assert room.watchers() == []
        await Page(theirs).stream.aclose()
        await trio.sleep(GRACE_S + 1.0)
        assert "page-reviews" in room.gone()
