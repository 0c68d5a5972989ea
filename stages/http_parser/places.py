"""How many connections one handler holds, and of whom. Pure.

Held are connections that wait for a request or send one; a request that was given on takes its
connection along. So what counts against a client is what it makes us hold.
"""

from collections import Counter


class Places:
    """The connections of one handler."""

    def __init__(self, limit: int, limit_for_address: int) -> None:
        self._limit = limit
        self._limit_for_address = limit_for_address
        self._by_address: Counter[str] = Counter()
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
