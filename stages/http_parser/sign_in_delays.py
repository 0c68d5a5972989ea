"""How long somebody waits who could not sign in: twice as long each time. Pure.

A try counts as failed from when it begins until it is known to be right, so that many at once are
as many. Counted are names and addresses apart, each bounded; of those that failed as often, the
one that was not heard of for longest is forgotten first, so that names that are tried once push out
none that was tried again and again. What a name waits is bounded low, because anybody can make it
wait.

Who has signed in by this name before, from the same place or by the same browser, is known: their
failures are counted by that place or browser alone, so that strangers cannot keep them out.
"""

from collections import OrderedDict

import attrs

NAME_WAIT_MAX_S = 60.0
ADDRESS_WAIT_MAX_S = 900.0
FORGET_S = 3600.0
SUBJECTS_MAX = 32768
"""Of each level. A stranger who wants to be forgotten has to try so many other names meanwhile,
as often each: at the 600 a second that are looked at, that wins no more than the longest wait."""
_LEVELS = 5
_DOUBLINGS_MAX = 20


@attrs.define
class _Count:
    failed: int
    last_s: float


class _Counts:
    def __init__(self, free: int, wait_max_s: float) -> None:
        self._free = free
        self._wait_max_s = wait_max_s
        self._levels = [OrderedDict[str, _Count]() for _ in range(_LEVELS)]

    def wait_s(self, subject: str, now_s: float) -> float:
        count = self._find(subject)
        if count is None or count.failed < self._free or now_s - count.last_s >= FORGET_S:
            return 0.0
        doublings = min(count.failed - self._free, _DOUBLINGS_MAX)
        return max(count.last_s + min(2.0**doublings, self._wait_max_s) - now_s, 0.0)

    def note(self, subject: str, now_s: float) -> None:
        count = self._take(subject)
        if count is None or now_s - count.last_s >= FORGET_S:
            count = _Count(0, now_s)
        count.failed += 1
        count.last_s = now_s
        self._put(subject, count)

    def failed(self, subject: str) -> int:
        count = self._find(subject)
        return 0 if count is None else count.failed

    def take_back(self, subject: str) -> None:
        """One that had begun was right; the failures before it stay."""
        count = self._take(subject)
        if count is not None and count.failed > 1:
            count.failed -= 1
            self._put(subject, count)

    def forget(self, subject: str) -> None:
        self._take(subject)

    def _find(self, subject: str) -> _Count | None:
        return next((level[subject] for level in self._levels if subject in level), None)

    def _take(self, subject: str) -> _Count | None:
        return next((level.pop(subject) for level in self._levels if subject in level), None)

    def _put(self, subject: str, count: _Count) -> None:
        level = self._levels[min(count.failed, _LEVELS) - 1]
        level[subject] = count
        if len(level) > SUBJECTS_MAX:
            level.popitem(last=False)


class SignInDelays:
    """Of one handler."""

    def __init__(self, free: int) -> None:
        self._names = _Counts(free, NAME_WAIT_MAX_S)
        self._addresses = _Counts(free, ADDRESS_WAIT_MAX_S)
        self._known = _Counts(free, NAME_WAIT_MAX_S)

    def wait_s(self, name: str, address: str, now_s: float, known: str = "") -> float:
        """Return how long this name has to wait here before it may try."""
        if known:
            return self._known.wait_s(known, now_s)
        return max(self._names.wait_s(name, now_s), self._addresses.wait_s(address, now_s))

    def failed(self, name: str) -> int:
        """Return how often this name was tried by strangers."""
        return self._names.failed(name)

    def begin(self, name: str, address: str, now_s: float, known: str = "") -> None:
        """Count a try as failed until it turns out to be right."""
        if known:
            self._known.note(known, now_s)
            return
        self._names.note(name, now_s)
        self._addresses.note(address, now_s)

    def succeed(self, name: str, address: str, known: str = "") -> None:
        """The try was right: the name starts anew, the address gets this one back.

        Not all of them: whoever has an account could guess at others by signing in between. Where
        one is known, strangers' failures stay as they are: they shall not be given new tries.
        """
        if known:
            self._known.forget(known)
            return
        self._names.forget(name)
        self._addresses.take_back(address)


class KnownSignIns:
    """Which names were signed in from where, the last of them."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def note(self, name: str, address: str) -> None:
        """Note that the right password for a name came from an address."""
        self._seen[name, address] = None
        self._seen.move_to_end((name, address))
        if len(self._seen) > SUBJECTS_MAX:
            self._seen.popitem(last=False)

    def has(self, name: str, address: str) -> bool:
        """Return whether it did before."""
        return (name, address) in self._seen
