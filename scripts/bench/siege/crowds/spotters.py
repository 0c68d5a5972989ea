"""The people of `siege/crowd`: spotters on kept connections, and others who sign in anew."""

import contextlib
import http.client
import json
import ssl
import threading
import time
from typing import Self

import attrs

PASSWORD = "a long watch begins"  # noqa: S105 - of nobody
PATIENCE_S = 30.0
"""An answer that takes longer is counted as having taken so long."""
QUICK_EVERY_S = 0.1
SLOW_EVERY_S = 2.0
SIGN_IN_EVERY_S = 0.5


@attrs.define
class Site:
    """Where it is asked."""

    host: str
    port: int
    context: ssl.SSLContext | None = None

    def connect(self, source: str) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        bound, timeout_s = (source, 0), PATIENCE_S
        if self.context is None:
            return http.client.HTTPConnection(self.host, self.port, timeout_s, bound)
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout_s, source_address=bound, context=self.context
        )


@attrs.define
class Noted:
    """What people have seen."""

    asked_s: list[float] = attrs.Factory(list)
    signed_in_s: list[float] = attrs.Factory(list)
    cut: int = 0
    """Kept connections of people that ended."""
    refused: int = 0
    """Answers that were none."""


class People:
    """Spotters and newcomers, a thread each, until told to stop."""

    def __init__(
        self, site: Site, secrets: list[str], names: list[str], sources: list[str]
    ) -> None:
        self._site = site
        self._stopping = threading.Event()
        self.noted = Noted()
        self._begun_s: dict[str, float] = {}
        """When each person who waits now began to wait."""
        self._newcomer_s: float | None = None
        self._threads = [
            threading.Thread(
                target=self._watch,
                args=(secret, source, SLOW_EVERY_S if number % 2 else QUICK_EVERY_S),
            )
            for number, (secret, source) in enumerate(zip(secrets, sources, strict=False))
        ]
        newcomers = (names, sources[len(secrets) :])
        self._threads.append(threading.Thread(target=self._come, args=newcomers))

    def __enter__(self) -> Self:
        """Begin to watch, on connections that stand."""
        for thread in self._threads:
            thread.start()
        return self

    def forget(self) -> Noted:
        """Begin to note anew; return what was noted so far, including people who still wait."""
        noted, self.noted = self.noted, Noted()
        now_s = time.monotonic()
        noted.asked_s += [now_s - begun_s for begun_s in list(self._begun_s.values())]
        if self._newcomer_s is not None:
            noted.signed_in_s.append(now_s - self._newcomer_s)
        return noted

    def __exit__(self, *_: object) -> None:
        """End the watch."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, secret: str, source: str, every_s: float) -> None:
        headers = {"Cookie": f"seda_session={secret}"}
        connection = self._site.connect(source)
        is_standing = False
        while not self._stopping.is_set():
            began_s = time.monotonic()
            self._begun_s.setdefault(source, began_s)
            try:
                connection.request("GET", "/api/v1/session", headers=headers)
                answer = connection.getresponse()
                answer.read()
                self.noted.refused += answer.status != 200
                is_standing = True
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = self._site.connect(source)
                # Whoever was cut has not been answered: they ask again at once.
                self.noted.cut += is_standing
                is_standing = False
                if time.monotonic() - began_s < PATIENCE_S:
                    continue
            # From when they first asked: a person who was cut has waited all the while.
            self.noted.asked_s.append(time.monotonic() - self._begun_s.pop(source))
            self._stopping.wait(every_s)
        connection.close()

    def _come(self, names: list[str], sources: list[str]) -> None:
        number = 0
        while not self._stopping.is_set():
            name, source = names[number % len(names)], sources[number % len(sources)]
            self._newcomer_s = began_s = time.monotonic()
            while not self._sign_in(name, source) and time.monotonic() - began_s < PATIENCE_S:
                pass
            self.noted.signed_in_s.append(time.monotonic() - began_s)
            self._newcomer_s = None
            number += 1
            self._stopping.wait(SIGN_IN_EVERY_S)

    def _sign_in(self, name: str, source: str) -> bool:
        body = json.dumps({"name": name, "password": PASSWORD})
        headers = {"Content-Type": "application/json"}
        with contextlib.closing(self._site.connect(source)) as connection:
            try:
                connection.request("POST", "/api/v1/session", body, headers)
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException):
                return False
