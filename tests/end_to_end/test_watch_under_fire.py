"""A watch over HTTP while the processes between the browsers and the store are killed.

Eight people decide, one of five stages loses its handler or its controller every second or so, and
the duty phone takes no message at the first attempt. Counted are screens, answers, and what is in
the store afterwards. Frames are fed in the detector's place.
"""

import http.server
import os
import random
import signal
import stat
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from seda import payload
from seda.codec import encode_body
from seda.messages import Event, Payload, ScoredFacts
from seda.supervisor import directory, leftovers
from store.file.database import Store, Transaction, read, verify
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.messages.figures import scored_facts
from testing.people.deciders import Book, Spotter
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.source import Source
from testing.running.supervised import wait_end
from testing.waiting import PATIENCE_S, wait_until
from tests.end_to_end.watching import outputs

PEOPLE = 8
CAMERAS = 12
STAGES = ("http_parser", "assignment", "alarm", "http_reply", "live")
HITS = 20
DECISIONS = 100
SEED = 7
SECRETS = ("urlsecret", "headersecret", "signingsecret")
_SETTINGS = """
[web]
address = "127.0.0.1:{web}"
[watch]
incident_threat = 0.25
sample_every_s = 0
review_after_s = 86400
test_every = 0
second_threat = 1.0
second_clear_share = 0.0
lease_s = 600.0
[stage.assignment]
queue_descriptors = 1024
[[channel]]
name = "duty"
url = "http://127.0.0.1:{hook}/alarm?key=urlsecret"
headers = {{ Authorization = "Bearer headersecret" }}
secret = "signingsecret"
"""

pytestmark = pytest.mark.slow


class DutyPhone(http.server.ThreadingHTTPServer):
    """Takes every message, but not at once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ringing)
        self.attempts: Counter[str] = Counter()
        """By key of the message."""


class _Ringing(http.server.BaseHTTPRequestHandler):
    server: DutyPhone

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        self.server.attempts[key] += 1
        self.send_response(200 if self.server.attempts[key] > 1 else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def duty_phone() -> Iterator[DutyPhone]:
    """Have one answer for as long as the block lasts."""
    with DutyPhone() as phone:
        thread = threading.Thread(target=phone.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield phone
        finally:
            phone.shutdown()
            thread.join()


def sign_in_people(rig: Rig) -> list[str]:
    """Write people with sessions into the store; return their secrets."""
    path = store_path(rig.data)
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)

    def sign_in(tx: Transaction) -> list[str]:
        names = [f"spotter{number}" for number in range(PEOPLE)]
        for name in names:
            add_user(tx, User(name=name, role="spotter", scope=None), "", "test")
        return [issue(tx, "session", name, 86_400.0) for name in names]

    with closing(Store(path)) as store:
        secrets: list[str] = store.write_one(time.time(), sign_in)
    return secrets


def feed(rig: Rig, book: Book) -> None:
    """Be the detector."""
    chance, number = random.Random(SEED), 0
    with closing(Source(rig.socket_of("assignment"))) as source:
        while not book.over.is_set():
            if source.unsettled < 20:
                number += 1
                camera = f"camera{chance.randrange(CAMERAS)}"
                facts = score(camera, number, 0.25 + 0.6 * chance.random())
                contents = (b"\xff\xd8" + bytes(20_000), b"heat", b"usual")
                payloads = tuple(Payload("memory", len(it)) for it in contents)
                event = Event(f"f:{number}", "scored_frame", camera, encode_body(facts), payloads)
                source.submit(event, tuple(payload.make(it) for it in contents))
            source.pump(0.02)
            book.over.wait(0.02)


def score(camera: str, number: int, threat: float) -> ScoredFacts:
    """Return the facts of a frame."""
    said = {"threat": threat, "band": "unusual", "captured_s": time.time()}
    return scored_facts(camera, 10 * number, **said)


def fire(rig: Rig, book: Book) -> None:
    """Kill handlers, and now and then a controller, while a hundred decisions are made."""
    chance, hits = random.Random(SEED), 0
    until_s = time.monotonic() + PATIENCE_S
    while hits < HITS or len(book.recorded) <= DECISIONS:
        assert time.monotonic() < until_s, (hits, len(book.recorded))
        book.over.wait(0.6 + 0.8 * chance.random())
        stage = chance.choice(STAGES)
        controller = rig.controller(stage)
        is_large = chance.random() < 0.25
        found = [controller] if controller and is_large else rig.handlers(stage)
        for pid in found[:1]:
            with suppress(ProcessLookupError):  # it ended by itself, or is being replaced
                os.kill(pid, signal.SIGKILL)
                hits += 1


def open_files(pid: int) -> int:
    """Count a process's descriptors, those of pictures that are kept in memory aside."""
    links = [os.readlink(it) for it in Path(f"/proc/{pid}/fd").iterdir()]  # noqa: PTH115 - as text
    return sum("payload" not in link for link in links)


def wait_until_taken(path: Path) -> int:
    """Wait until every message was taken; return how many there are."""

    def count() -> tuple[int, int]:
        with read(path) as tx:
            (row,) = tx.run("SELECT count(*) AS n, count(delivered_s) AS done FROM deliveries")
        return row["n"], row["done"]

    wait_until(lambda: len(set(count())) == 1, "every message to be taken", so_far=count)
    return count()[0]


def prove_nothing_is_lost(path: Path, book: Book) -> None:
    """Every answer stands in the store as it was given, the chain holds, and alarms are once."""
    with read(path) as tx:
        assert verify(tx) is None
        rows = list(tx.run("SELECT * FROM verdicts WHERE undone_s IS NULL"))
        alarms = Counter(row["root"] for row in tx.run("SELECT root FROM alarms"))
        lines = Counter(
            row["subject"] for row in tx.run("SELECT * FROM ledger WHERE kind='verdict'")
        )
    stored = {row["lease_id"]: (row["incident_id"], row["verdict"]) for row in rows}
    assert book.recorded.items() <= stored.items()
    assert all(lines[lease_id] == 1 for lease_id in stored)
    suspicious = {row["root"] for row in rows if row["verdict"] == "suspicious"}
    assert suspicious <= alarms.keys()
    assert set(alarms.values()) == {1}


def prove_nothing_is_open(rig: Rig, secrets: list[str]) -> None:
    """Nobody else may read what is kept, and no secret is in it or in what seda says."""
    kept = [it for it in rig.data.rglob("*") if it.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    assert [str(it) for it in kept] == []
    said = outputs(rig)
    leaks = {place for place, words in said.items() for it in (*secrets, *SECRETS) if it in words}
    assert leaks == set()


def test_a_watch_under_fire_shares_no_frame_and_loses_no_decision() -> None:
    """No frame on two screens, no answered verdict lost, one alarm each, delivered."""
    web, book = free_port(), Book()
    with duty_phone() as phone:
        rig = Rig(
            "testing.running.pipelines:WATCH", _SETTINGS.format(web=web, hook=phone.server_port)
        )
        secrets: list[str] = []
        rig.prepare = lambda: secrets.extend(sign_in_people(rig))
        with rig:
            path = store_path(rig.data)
            before = open_files(rig.pid)
            people = [
                Spotter(f"127.0.0.1:{web}", f"spotter{number}", secret, book)
                for number, secret in enumerate(secrets)
            ]
            feeding = threading.Thread(target=feed, args=(rig, book))
            for thread in (feeding, *people):
                thread.start()
            try:
                fire(rig, book)
            finally:
                book.over.set()
                for thread in (feeding, *people):
                    thread.join()
            assert book.faults == []
            assert 0 < wait_until_taken(path) == len(phone.attempts)
            prove_nothing_is_lost(path, book)
            prove_nothing_is_open(rig, secrets)
            assert open_files(rig.pid) <= before + 1
            holder = directory.find_holder(rig.run)
            assert holder is not None
            os.kill(rig.pid, signal.SIGINT)
            assert wait_end(rig.pid)
            assert rig.end() == 0, rig.words[-4000:]
            assert leftovers.end_leftovers(holder.instance) == 0
