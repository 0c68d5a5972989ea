"""How long somebody waits who could not sign in: twice as long each time. Pure.

A try counts as failed from when it begins until it is known to be right, so that many at once are
as many. Counted are names and addresses apart, each bounded; the one that was not heard of for
longest is forgotten first. What a name waits is bounded low, because anybody can make it wait.
"""

from collections import OrderedDict

import attrs

NAME_WAIT_MAX_S = 60.0
ADDRESS_WAIT_MAX_S = 900.0
FORGET_S = 3600.0
SUBJECTS_MAX = 4096
_DOUBLINGS_MAX = 20


@attrs.define
class _Count:
    failed: int
    last_s: float


class _Counts:
    def __init__(self, free: int, wait_max_s: float) -> None:
        self._free = free
        self._wait_max_s = wait_max_s
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def wait_s(self, subject: str, now_s: float) -> float:
        count = self._counts.get(subject)
        if count is None or count.failed < self._free or now_s - count.last_s >= FORGET_S:
            return 0.0
        doublings = min(count.failed - self._free, _DOUBLINGS_MAX)
        return max(count.last_s + min(2.0**doublings, self._wait_max_s) - now_s, 0.0)

    def note(self, subject: str, now_s: float) -> None:
        count = self._counts.pop(subject, None)
        if count is None or now_s - count.last_s >= FORGET_S:
            count = _Count(0, now_s)
        count.failed += 1
        count.last_s = now_s
        self._counts[subject] = count
        if len(self._counts) > SUBJECTS_MAX:
            self._counts.popitem(last=False)

    def take_back(self, subject: str) -> None:
        """One that had begun was right; the failures before it stay."""
        if count := self._counts.get(subject):
            count.failed -= 1

    def forget(self, subject: str) -> None:
        self._counts.pop(subject, None)


class Tries:
    """Of one handler."""

    def __init__(self, free: int) -> None:
        self._names = _Counts(free, NAME_WAIT_MAX_S)
        self._addresses = _Counts(free, ADDRESS_WAIT_MAX_S)

    def wait_s(self, name: str, address: str, now_s: float) -> float:
        """Return how long this name has to wait here before it may try."""
        return max(self._names.wait_s(name, now_s), self._addresses.wait_s(address, now_s))

    def begin(self, name: str, address: str, now_s: float) -> None:
        """Count a try as failed until it turns out to be right."""
        self._names.note(name, now_s)
        self._addresses.note(address, now_s)

    def succeed(self, name: str, address: str) -> None:
        """The try was right: the name starts anew, the address gets this one back.

        Not all of them: whoever has an account could guess at others by signing in between.
        """
        self._names.forget(name)
        self._addresses.take_back(address)
