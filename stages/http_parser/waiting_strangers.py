"""Strangers who wait to have their passwords looked at, in the rounds of `rounds`.

Where many wait, the worker rests after each round for as long as it took, up to REST_MAX_S: the
processors are others' half of the time. Who comes meanwhile is in the next round.
"""

import random
from collections import Counter

import trio

from http_common.refused import Refused
from stages.http_parser.password_rounds import HASHED_MAX, Attempt, answer, choose
from store.people.passwords import is_password

WAITING_MAX = 512
"""They cost a connection each: what has come whole is nobody's to end."""
WAITING_OF_PLACE_MAX = 16
REST_MAX_S = 0.5
"""A round that takes longer had to wait for a processor itself."""


class Strangers:
    """Those who wait, and the one thread that works for them."""

    def __init__(self, waiting_max: int) -> None:
        self._waiting_max = waiting_max
        self._waiting: set[Attempt] = set()
        self._places = Counter[str]()
        self._limiter = trio.CapacityLimiter(1)
        self._parked = trio.lowlevel.ParkingLot()
        self._is_working = False
        self._round_number = 0
        self._rests_until_s = 0.0

    def check_room(self, place: str) -> None:
        """Raise Refused where as many wait as may, of this place or of all."""
        is_full = len(self._waiting) >= self._waiting_max
        if is_full or self._places[place] >= WAITING_OF_PLACE_MAX:
            raise busy()

    async def look_at(
        self, name: str, place: str, password: str, password_hash: str | None, failed: int
    ) -> Attempt:
        """Wait until this was looked at, and return what became of it."""
        lot = random.random()  # noqa: S311 - it decides who waits, and guards nothing
        attempt = Attempt(name, place, password, password_hash, failed, self._round_number, lot)
        self._waiting.add(attempt)
        self._places[place] += 1
        try:
            while not attempt.is_answered:
                if self._is_working:
                    await self._parked.park()
                else:
                    await self._work()
        finally:
            self._waiting.discard(attempt)
            self._places -= Counter([place])
        return attempt

    async def _work(self) -> None:
        """Do one round, for all; who waits then goes on, or does the next."""
        self._is_working = True
        try:
            await trio.sleep_until(self._rests_until_s)
            began_s, is_crowd = trio.current_time(), len(self._waiting) > HASHED_MAX
            self._round_number += 1
            found = choose(self._waiting)
            for attempt in found.hashed:
                await self._hash(attempt)
            answer(found)
            if is_crowd:
                ended_s = trio.current_time()
                self._rests_until_s = ended_s + min(ended_s - began_s, REST_MAX_S)
        finally:
            self._is_working = False
            self._parked.unpark_all()

    async def _hash(self, attempt: Attempt) -> None:
        """Find out whether one is right; who is need not wait for the others."""
        attempt.is_right = attempt.is_answered = await trio.to_thread.run_sync(
            is_password,
            attempt.password_hash,
            attempt.password,
            limiter=self._limiter,
            abandon_on_cancel=True,
        )
        if attempt.is_right:
            self._parked.unpark_all()


def busy() -> Refused:
    """Return what is told where too many wait, and to those of many who were wrong."""
    words = "too many passwords are being checked now; try again in a moment"
    return Refused(503, words, ("Retry-After", "2"))
