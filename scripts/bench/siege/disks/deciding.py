"""Spotters who look and decide over HTTP, and know which of their verdicts were acknowledged."""

import http.client
import json
import random
import threading
from typing import Any

LOOK_S = 0.5
"""Faster than anybody decides for long."""
_WAIT_S = 5
_LIMIT_S = 30.0
_WORDS = ("clear", "clear", "suspicious")


class Spotter(threading.Thread):
    """Somebody with a page; what is refused is sent once more."""

    def __init__(self, address: str, name: str, secret: str) -> None:
        super().__init__(name=name, daemon=True)
        self._address = address
        self._headers = {
            "Cookie": f"seda_session={secret}",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
        }
        self._chance = random.Random(name)  # noqa: S311 - invented chance, seeded
        self._over = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self.acknowledged: list[str] = []
        """Leases of which the server said that the verdict is recorded."""
        self.refused = 0
        """Verdicts that it said are not recorded."""
        self.frames = 0

    def run(self) -> None:
        """Take frames and decide about them until it is over."""
        while not self._over.wait(LOOK_S):
            frame = self._take()
            if frame is not None:
                self.frames += 1
                self._over.wait(LOOK_S)
                self._decide(frame)

    def end(self) -> None:
        """Let the spotter finish what is under way."""
        self._over.set()
        if self.is_alive():
            self.join()

    def _take(self) -> dict[str, Any] | None:
        path = f"/api/v1/next?page=page-of-{self.name}&wait={_WAIT_S}"
        status, facts, _ = self._send("GET", path)
        return dict(json.loads(facts)) if status == http.client.OK else None

    def _decide(self, frame: dict[str, Any]) -> None:
        body = json.dumps({"lease": frame["lease"], "verdict": self._chance.choice(_WORDS)})
        path = f"/api/v1/frames/{frame['frame_id']}/verdict"
        for _ in range(2):
            status, _, _ = self._send("POST", path, body)
            if status == http.client.OK:
                self.acknowledged.append(frame["lease_id"])
                return
            self.refused += 1
            self._over.wait(1.0)

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, str, bytes]:
        """Return status, facts of a frame, and content; 0 where there was no answer."""
        try:
            self._connection = self._connection or http.client.HTTPConnection(
                self._address, timeout=_LIMIT_S
            )
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            return answer.status, answer.headers.get("Seda-Frame", ""), answer.read()
        except (OSError, http.client.HTTPException):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, "", b""
