"""Spotters who decide over HTTP as the console does, and the book in which an outsider keeps watch.

A decision is sent until it is answered, whatever happens to the connection; so is the question for
the next frame, with what the page holds. The book knows what stands on which screen.
"""

import http.client
import json
import random
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import attrs

HELD = 2
WORDS = ("clear", "clear", "suspicious")
"""Who is unsure has somebody else asked, and then a frame comes again."""
_AGAIN_S = 0.05
_ANSWER_LIMIT_S = 240.0
"""No measure: only a seda that is broken takes so long to answer."""


@attrs.define(eq=False)
class Book:
    """What was shown to whom and what was answered, for as long as the watch lasts."""

    over: threading.Event = attrs.Factory(threading.Event)
    lock: threading.Lock = attrs.Factory(threading.Lock)
    shown: dict[str, str] = attrs.Factory(dict)
    """Who has a frame on the screen."""
    recorded: dict[str, tuple[str, str]] = attrs.Factory(dict)
    """Frame and verdict by lease, where the answer said so."""
    decided: set[str] = attrs.Factory(set)
    """Frames that somebody decided, answered or not."""
    faults: list[str] = attrs.Factory(list)

    def show(self, name: str, frame_id: str) -> None:
        """Note what is on a screen now."""
        with self.lock:
            holder = self.shown.setdefault(frame_id, name)
            if holder != name:
                self.faults.append(f"{frame_id} is on the screens of {holder} and {name}")
            if frame_id in self.decided:
                self.faults.append(f"{frame_id} came again to {name}")

    def decide(self, frame_id: str) -> None:
        """Note that a frame leaves a screen with a verdict."""
        with self.lock:
            self.decided.add(frame_id)
            self.shown.pop(frame_id, None)

    def record(self, frame: Mapping[str, Any], word: str, status: int, answer: bytes) -> None:
        """Note what was answered to a verdict."""
        with self.lock:
            if status != 200:
                self.faults.append(f"a verdict was answered with {status}: {answer[:200]!r}")
            else:
                self.recorded[frame["lease_id"]] = (frame["frame_id"], word)


class Spotter(threading.Thread):
    """Somebody with a page."""

    def __init__(self, address: str, name: str, secret: str, book: Book) -> None:
        super().__init__(name=name)
        self._address = address
        self._headers = {"Cookie": f"seda_session={secret}", "Sec-Fetch-Site": "same-origin"}
        self._book = book
        self._chance = random.Random(name)  # noqa: S311 - a choice, not a secret
        self._connection: http.client.HTTPConnection | None = None
        self._held: list[dict[str, Any]] = []
        """The one on the screen first."""
        self._ended: list[str] = []
        self.broken = 0
        """Connections that ended without an answer."""

    def run(self) -> None:
        """Ask and decide until the watch is over."""
        try:
            while not self._book.over.is_set():
                if len(self._held) < HELD:
                    self._take()
                if self._held and self._chance.random() < 0.7:
                    self._decide()
        finally:
            self._hang_up()

    def _take(self) -> None:
        leases = [frame["lease_id"] for frame in self._held]
        query = {
            "page": f"page-of-{self.name}",
            "wait": "1",
            "shown": leases[0] if leases else "",
            "holds": ",".join((*leases, *self._ended[-5:])),
        }
        status, facts, _ = self.send("GET", f"/api/v1/next?{urlencode(query)}")
        if status == 200:
            frame: dict[str, Any] = json.loads(facts)
            kept = [it for it in self._held if it["lease_id"] != frame["instead_of"]]
            self._held = [*kept, frame]
            self._book.show(self.name, self._held[0]["frame_id"])

    def _decide(self) -> None:
        frame = self._held.pop(0)
        word = self._chance.choice(WORDS)
        self._book.decide(frame["frame_id"])
        self._ended.append(frame["lease_id"])
        body = json.dumps({"lease": frame["lease"], "verdict": word})
        path = f"/api/v1/frames/{frame['frame_id']}/verdict"
        status, _, answer = self.send("POST", path, body)
        self._book.record(frame, word, status, answer)
        if self._held:
            self._book.show(self.name, self._held[0]["frame_id"])

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, str, bytes]:
        """Send until it is answered; return status, facts of a frame, and content."""
        headers = {**self._headers, "Content-Type": "application/json"}
        while True:
            try:
                self._connection = self._connection or http.client.HTTPConnection(
                    self._address, timeout=_ANSWER_LIMIT_S
                )
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                self.broken += 1
                self._hang_up()
            else:
                if answer.status != 503:
                    return answer.status, answer.headers.get("Seda-Frame", ""), content
            self._book.over.wait(_AGAIN_S)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
