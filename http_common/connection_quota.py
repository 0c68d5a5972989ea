"""Who holds a connection, and who goes when there are too many. Pure.

Strangers are connections on which nobody has shown yet who they are; the others are somebody's.
Anybody can make strangers, so a stranger only ever takes the place of a stranger: of the one that
takes longest, in its address, in its network, in all. A share of the places is for people alone,
and few are for strangers alone, because everybody comes as one. Among people the one who holds most
gives way. What waits for us and not for its client (a request that has come whole) is settled: it
holds its place until it is done, and is nobody's to end.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

import attrs

from conf.schema import Web
from http_common.origins import network_of

STRANGERS_SHARE = 1 / 8
"""Of all places, and at least one: however many people there are, another one may come in."""
_ALL = ""

T = TypeVar("T", bound=Hashable)


@attrs.frozen
class Limits:
    """How many places there are, and for whom."""

    places: int
    strangers: int
    of_address: int
    of_network: int

    @classmethod
    def of(cls, web: Web, places: int) -> "Limits":
        """Return the limits for this many of the configured places."""
        strangers = max(places - int(places * web.reserved_share), 1)
        by_address, by_network = web.connections_per_address_max, web.connections_per_network_max
        return cls(places, strangers, by_address, by_network)

    @property
    def people(self) -> int:
        """Return how many places people may have."""
        return max(self.places - max(int(self.places * STRANGERS_SHARE), 1), 1)


@attrs.frozen
class _Groups(Generic[T]):
    """Members by group, in each the one that came first first."""

    _groups: dict[str, OrderedDict[T, None]] = attrs.Factory(dict)

    def add(self, name: str, member: T) -> None:
        self._groups.setdefault(name, OrderedDict())[member] = None

    def remove(self, name: str, member: T) -> None:
        group = self._groups[name]
        del group[member]
        if not group:
            del self._groups[name]

    def count(self, name: str) -> int:
        return len(self._groups.get(name, ()))

    def first(self, name: str) -> T:
        return next(iter(self._groups[name]))

    def largest(self) -> str:
        return max(self._groups, key=self.count)


@attrs.frozen
class _Holding:
    address: str
    person: str
    groups: tuple[str, ...]
    """Of strangers; none for what is settled."""


class ConnectionQuota(Generic[T]):
    """The connections that one process holds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._holdings: dict[T, _Holding] = {}
        self._strangers: _Groups[T] = _Groups()
        self._people: _Groups[T] = _Groups()
        self._people_count = 0

    @property
    def held(self) -> int:
        """Return how many places are taken."""
        return len(self._holdings)

    @property
    def has_place(self) -> bool:
        """Return whether there is a place for a stranger, or one that can be made."""
        return self.held < self._limits.places or self._strangers.count(_ALL) > 0

    def come(self, member: T, address: str, person: str = "", *, is_proxy: bool = False) -> list[T]:
        """Take a connection in; return those that lost their place for it, maybe the newcomer.

        Behind a proxy are many: its address and network say nothing of them.
        """
        assert member not in self._holdings  # noqa: S101 - it would be counted twice
        groups = (_ALL,) if is_proxy else (_ALL, *_groups_of(address))
        self._enter(member, _Holding(address, person, groups))
        return self._make_room(self._holdings[member])

    def meet(self, member: T, person: str) -> list[T]:
        """Note who somebody has turned out to be; return who has lost their place by that."""
        holding = self._holdings.get(member)
        if holding is None or holding.person == person:
            return []
        self.leave(member)
        self._enter(member, attrs.evolve(holding, person=person))
        return self._make_room(self._holdings[member])

    def renew(self, member: T) -> None:
        """Note that somebody has got on: they are the last of their kind to go."""
        holding = self._holdings.get(member)
        if holding is not None:
            self.leave(member)
            self._enter(member, holding)

    def settle(self, member: T) -> None:
        """Note that somebody waits for us, and not we for them."""
        holding = self._holdings.get(member)
        if holding is not None and not holding.person:
            self.leave(member)
            self._enter(member, attrs.evolve(holding, groups=()))

    def leave(self, member: T) -> None:
        """Take a place back, if it was not lost already."""
        holding = self._holdings.pop(member, None)
        if holding is None:
            return
        if holding.person:
            self._people.remove(holding.person, member)
            self._people_count -= 1
            return
        for name in holding.groups:
            self._strangers.remove(name, member)

    def _enter(self, member: T, holding: _Holding) -> None:
        self._holdings[member] = holding
        if holding.person:
            self._people.add(holding.person, member)
            self._people_count += 1
            return
        for name in holding.groups:
            self._strangers.add(name, member)

    def _make_room(self, newcomer: _Holding) -> list[T]:
        limits, lost = self._limits, []
        if newcomer.person:
            while self._people_count > limits.people:
                lost.append(self._lose(self._people.first(self._people.largest())))
        else:
            for name in newcomer.groups:
                while self._strangers.count(name) > self._limit_of(name):
                    lost.append(self._lose(self._strangers.first(name)))
        while self.held > limits.places and self._strangers.count(_ALL):
            lost.append(self._lose(self._strangers.first(_ALL)))
        return lost

    def _lose(self, member: T) -> T:
        self.leave(member)
        return member

    def _limit_of(self, group: str) -> int:
        if group == _ALL:
            return self._limits.strangers
        return self._limits.of_network if "/" in group else self._limits.of_address


def _groups_of(address: str) -> tuple[str, ...]:
    network = network_of(address)
    return (address,) if network is None else (address, network)
