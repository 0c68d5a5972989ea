"""How many connections one handler holds, of whom, and which goes when there is no place. Pure.

Held are connections that wait for a request or send one; a request that was given on takes its
connection along. So what counts against a client is what it makes us hold.
"""

from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

C = TypeVar("C", bound=Hashable)


class Places(Generic[C]):
    """The connections of one handler."""

    def __init__(self, limit: int, limit_for_address: int) -> None:
        self._limit = limit
        self._limit_for_address = limit_for_address
        self._by_address: Counter[str] = Counter()
        self._idle: OrderedDict[C, None] = OrderedDict()
        self.held = 0

    @property
    def is_full(self) -> bool:
        """Say whether nobody new is to be accepted."""
        return self.held >= self._limit

    def has_too_many(self, address: str) -> bool:
        """Say whether this address has as many connections as it may."""
        return self._by_address[address] >= self._limit_for_address

    def enter(self, address: str) -> None:
        """One more is held."""
        self.held += 1
        self._by_address[address] += 1

    def leave(self, address: str) -> None:
        """One fewer is held."""
        self.held -= 1
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def rest(self, connection: C) -> None:
        """A connection is between two requests from now on."""
        self._idle[connection] = None

    def wake(self, connection: C) -> None:
        """It is not any more."""
        self._idle.pop(connection, None)

    def longest_idle(self) -> C | None:
        """Return the connection that would be missed least."""
        return next(iter(self._idle), None)

    @property
    def idle(self) -> tuple[C, ...]:
        """Return all that are between two requests."""
        return tuple(self._idle)
