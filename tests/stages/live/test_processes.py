"""The stage as it runs: real processes, real sockets, its neighbours noting what it gives them."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from seda.codec import encode_body
from seda.decisions import Gone
from seda.messages import Event, Payload
from seda.overview import CameraView
from seda.requests import Answer, Ask, Person
from seda.sender import Sender
from spotter_web.views import Watch
from stages.live import notebook
from store.alarms import Occasion, raise_alarm
from store.file.database import Store
from store.file.places import store_path
from testing.controllers.stations import pump_until
from testing.messages.asking import PAGE, ask, ask_events, person
from testing.messages.camera_facts import WALL_S, connection, look, pictures
from testing.running.rig import Rig
from testing.waiting import PATIENCE_S, wait_until

ANN = person("ann")
pytestmark = pytest.mark.slow


class Ring:
    """A running `live`, and the place of the parser before it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self._sender = Sender(rig.socket_of("live"), "test")
        self._asked = 0

    def close(self) -> None:
        self._sender.close()

    def give(self, request: Ask) -> socket.socket:
        """Return a request with a new connection on; return the browser's end of that."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            browser = socket.create_connection(listening.getsockname(), timeout=PATIENCE_S)
            connection = listening.accept()[0]
        connection.setblocking(False)
        self._asked += 1
        body = encode_body(request)
        event = Event(f"ask/{self._asked}", "ask", "ann", body, (Payload("connection", 0),))
        self.tell(event, connection.detach())
        return browser

    def tell(self, event: Event, *descriptors: int) -> None:
        """Submit an event, and wait until it is settled."""
        self._sender.submit(event, descriptors)
        pump_until(self._sender, lambda _: not self._sender.unsettled)

    def camera(self) -> CameraView:
        """Ask for the one camera that there is."""
        with self.give(ask("cameras", person("root", "admin"))) as browser:
            [view] = msgspec.json.decode(browser.recv(65536), type=tuple[CameraView, ...])
        return view

    def listen(self, who: Person, page: str = PAGE) -> tuple[socket.socket, bytes]:
        """Begin an event stream that watches; return it and its first picture."""
        browser = self.give(ask_events(who, page, is_watching="true"))
        heard = b""
        while b"event: now" not in heard:
            more = browser.recv(65536)
            assert more, heard
            heard += more
        return browser, heard

    def noted(self, stage: str, kind: str, count: int) -> list[bytes]:
        """Return what a neighbour was given, once it is so much."""
        path = Path(self.rig.data, stage, kind)

        def lines() -> list[bytes]:
            return path.read_bytes().splitlines() if path.exists() else []

        wait_until(lambda: len(lines()) >= count, f"{stage} to be given {count} of {kind}")
        return lines()

    def replaced(self, stage: str, handler: int) -> None:
        """Wait for a successor: what one that dies is given is closed, and browsers come again."""
        wait_until(lambda: set(self.rig.handlers(stage)) - {handler}, f"a new handler of {stage}")


@pytest.fixture(scope="module")
def ring() -> Iterator[Ring]:
    """Run `live` between its neighbours."""
    camera = '[[camera]]\nname = "gate"\nurl = "http://127.0.0.1:9/"\n'
    with Rig("testing.handlers.ring:AROUND_LIVE", camera) as rig:
        running = Ring(rig)
        yield running
        running.close()


def test_an_ask_is_answered_through_http_reply(ring: Ring) -> None:
    """The connection travels with the answer."""
    with ring.give(ask("watch", ANN)) as browser:
        watch = msgspec.json.decode(browser.recv(65536), type=Watch)
    assert watch.people == ()
    assert watch.unwatched_since_s is not None
    last = msgspec.json.decode(ring.noted("http_reply", "answer", 1)[-1], type=Answer)
    assert last.status == 200


def test_metrics_travel_whole_however_long(ring: Ring) -> None:
    """More than fits a message goes as memory."""
    with ring.give(ask("metrics", person("root", "admin"))) as browser:
        content = b""
        while more := browser.recv(65536):
            content += more
    assert b"seda_event_streams 0.0" in content
    assert b'seda_frame_latency_seconds_bucket{le="+Inf",reached="screen"} 0.0' in content


def _uncounted(what: str) -> None:
    raise AssertionError(what)


def test_a_killed_browser_is_told_to_assignment(ring: Ring) -> None:
    """Its leases go back (R29); whoever is still there stays on watch."""
    killed, stays = ring.listen(ANN, "page-killed")[0], ring.listen(ANN, "page-stays")[0]
    killed.close()
    lines = ring.noted("assignment", "gone", 1)
    assert msgspec.json.decode(lines[-1], type=Gone) == Gone("page-killed", ANN.session)
    with ring.give(ask("watch", ANN)) as browser:
        watch = msgspec.json.decode(browser.recv(65536), type=Watch)
    assert [watcher.name for watcher in watch.people] == ["ann"]
    stays.close()
    ring.noted("assignment", "gone", 2)
    notes = notebook.read(ring.rig.data / "live", _uncounted)
    assert notes.is_in_service, "that somebody was on watch has to outlive this process"


def test_a_camera_is_as_it_was_for_the_next_handler(ring: Ring) -> None:
    """That its picture is frozen takes long to see, and is known at once all the same (R24)."""
    facts = [connection(), *(pictures(it, looks=(look(WALL_S + 2 * it),)) for it in range(20))]
    for number, fact in enumerate(facts):
        ring.tell(Event(f"fact/{number}", "camera_fact", "gate", encode_body(fact)))
    before = ring.camera()
    assert before.state == "frozen"

    def noted() -> list[str]:
        cameras = notebook.read(ring.rig.data / "live", _uncounted).cameras
        return [note.state for note in cameras.values()]

    wait_until(lambda: noted() == ["frozen"], "the frozen camera to be noted", so_far=noted)
    [handler] = ring.rig.handlers("live")
    os.kill(handler, signal.SIGKILL)
    ring.replaced("live", handler)
    after = ring.camera()
    assert after.state == "frozen"
    assert after.state_for_s > before.state_for_s


def test_streams_end_with_their_handler_and_come_again(ring: Ring) -> None:
    """Nobody is left with a connection that says nothing (R24); open alarms are shown again."""
    store_path(ring.rig.data).parent.mkdir(exist_ok=True)
    with closing(Store(store_path(ring.rig.data))) as store:
        occasion = Occasion(root="r/1", camera="gate", cause="verdict", actor="ann")
        store.write_one(10.0, lambda tx: raise_alarm(tx, occasion, ()))
        browser, heard = ring.listen(ANN, "page-before")
        assert b"event: alarm" not in heard, "nobody has told of it"
        [handler] = ring.rig.handlers("live")
        os.kill(handler, signal.SIGKILL)
        while browser.recv(65536):
            pass
        browser.close()
        ring.replaced("live", handler)
        browser, heard = ring.listen(ANN, "page-after")
        browser.close()
        assert heard.count(b"event: alarm") == 1
