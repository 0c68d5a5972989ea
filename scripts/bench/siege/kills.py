"""`siege/kills`: random processes are killed while three spotters decide over HTTP.

Any process below the supervisor may be hit: controllers, templates and handlers of every stage
between a browser and the store; now and then the supervisor itself, which is started again at once.
Frames are fed in the detector's place. Outside stands a `Book` of what was on which screen and what
was answered; in the end it is compared with the store.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import attrs

from scripts.bench.report import Figure, progress
from seda import payload
from seda.codec import encode_body
from seda.messages import Event, Payload
from store.file.database import Store, Transaction, read, verify
from store.file.places import store_path
from store.people.people import User, add_user, issue
from testing.people.deciders import Book, Spotter
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.scored import facts_of
from testing.running.source import Source

KILLS = 1000
EVERY_S = (0.2, 0.6)
DECISION_EVERY, DECISION_LIMIT_S = 10, 15.0
"""After so many kills somebody has to have decided something, or the next ones would hit processes
that had no time to begin; on a busy machine that takes a while."""
SUPERVISOR_EVERY = 150
"""A start of everything takes seconds in which there is nobody else to hit."""
PEOPLE = 3
CAMERAS = 8
SEED = 31
LIMIT_S = 1500.0
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
doubling_s = 600.0
[stage.assignment]
queue_descriptors = 1024
"""
"""Nothing is asked twice on purpose: a second opinion or a frame that yields would look doubled."""


@attrs.define
class Tally:
    """What the kills cost."""

    kills: int = 0
    supervisors: int = 0
    decisions: int = 0
    lost: int = 0
    doubled: int = 0
    alarms_missing: int = 0
    chains_broken: int = 0
    faults: list[str] = attrs.Factory(list)


def run(kills: int = KILLS) -> dict[str, Figure]:
    """Kill, compare, and count."""
    tally = Tally()
    web, book = free_port(), Book()
    rig = Rig("testing.running.pipelines:RING", _SETTINGS.format(web=web))
    secrets: list[str] = []
    rig.prepare = lambda: secrets.extend(_sign_in(rig))
    with rig:
        people = [
            Spotter(f"127.0.0.1:{web}", f"spotter{number}", secret, book)
            for number, secret in enumerate(secrets)
        ]
        threads = [threading.Thread(target=_feed, args=(rig, book)), *people]
        for thread in threads:
            thread.start()
        try:
            _fire(rig, kills, book, tally)
        finally:
            book.over.set()
            for thread in threads:
                thread.join()
        _compare(store_path(rig.data), book, tally)
    for words in tally.faults[:5]:
        progress(words)
    return {
        "kills_made": Figure(tally.kills, ""),
        "kills_of_the_supervisor": Figure(tally.supervisors, ""),
        "kills_decisions": Figure(tally.decisions, ""),
        "kills_lost": Figure(tally.lost, ""),
        "kills_doubled": Figure(tally.doubled, ""),
        "kills_alarms_missing": Figure(tally.alarms_missing, ""),
        "kills_chains_broken": Figure(tally.chains_broken, ""),
        "kills_faults": Figure(len(tally.faults), ""),
    }


def _sign_in(rig: Rig) -> list[str]:
    """Write people with sessions into the store; return their secrets."""
    names = [f"spotter{number}" for number in range(PEOPLE)]

    def sign_in(tx: Transaction) -> list[str]:
        for name in names:
            add_user(tx, User(name=name, role="spotter", scope=None), "", "bench")
        return [issue(tx, "session", name, 86_400.0) for name in names]

    with closing(Store(store_path(rig.data))) as store:
        secrets: list[str] = store.write_one(time.time(), sign_in)
    return secrets


def _feed(rig: Rig, book: Book) -> None:
    """Be the detector."""
    chance, number = random.Random(SEED), 0  # noqa: S311 - a choice, not a secret
    contents = (b"\xff\xd8" + bytes(20_000), b"heat", b"usual")
    payloads = tuple(Payload("memory", len(it)) for it in contents)
    with closing(Source(rig.socket_of("assignment"))) as source:
        while not book.over.is_set():
            if source.unsettled < 20:
                number += 1
                camera = f"camera{chance.randrange(CAMERAS)}"
                facts = facts_of(camera, 10 * number, 0.5 + 0.2 * chance.random())
                event = Event(f"f:{number}", "scored_frame", camera, encode_body(facts), payloads)
                source.submit(event, tuple(payload.make(it) for it in contents))
            source.pump(0.02)
            book.over.wait(0.02)


def _fire(rig: Rig, kills: int, book: Book, tally: Tally) -> None:
    """Kill so many processes, or as many as the time allows."""
    chance = random.Random(SEED)  # noqa: S311 - a choice, not a secret
    until_s = time.monotonic() + LIMIT_S
    while tally.kills < kills and time.monotonic() < until_s:
        book.over.wait(chance.uniform(*EVERY_S))
        if tally.kills % SUPERVISOR_EVERY == SUPERVISOR_EVERY - 1:
            rig.kill()
            rig.start()
            tally.supervisors += 1
            tally.kills += 1
        elif below := [pid for pid in rig.processes() if pid != rig.pid]:
            with suppress(ProcessLookupError):  # it ended by itself
                os.kill(chance.choice(below), signal.SIGKILL)
                tally.kills += 1
        if tally.kills % DECISION_EVERY == 0:
            _wait_for_decision(book)
        if tally.kills % 100 == 0:
            progress(f"{tally.kills} of {kills} kills, {len(book.recorded)} decisions")


def _wait_for_decision(book: Book) -> None:
    """Wait until one more decision is recorded, for a while."""
    known, until_s = len(book.recorded), time.monotonic() + DECISION_LIMIT_S
    while len(book.recorded) == known and time.monotonic() < until_s:
        book.over.wait(0.1)


def _compare(path: Path, book: Book, tally: Tally) -> None:
    """Compare what was answered with what is stored."""
    with read(path) as tx:
        tally.chains_broken = int(verify(tx) is not None)
        rows = list(tx.run("SELECT * FROM verdicts WHERE undone_s IS NULL"))
        roots = Counter(row["root"] for row in tx.run("SELECT root FROM alarms"))
        lines = Counter(
            row["subject"] for row in tx.run("SELECT subject FROM ledger WHERE kind = 'verdict'")
        )
    stored = {row["lease_id"]: (row["incident_id"], row["verdict"]) for row in rows}
    frames = Counter(row["incident_id"] for row in rows)
    suspicious = {row["root"] for row in rows if row["verdict"] == "suspicious"}
    tally.decisions = len(book.recorded)
    tally.lost = sum(stored.get(lease) != said for lease, said in book.recorded.items())
    tally.doubled = sum(
        number > 1 for counted in (frames, lines, roots) for number in counted.values()
    )
    tally.alarms_missing = len(suspicious - roots.keys())
    tally.faults += book.faults
