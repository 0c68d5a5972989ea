"""The fair queue of a controller.

Theory of operation. Every key has a lane. Between lanes serves deficit round robin (Shreedhar &
Varghese, SIGCOMM 1995): a lane whose turn it is gets one quantum of work and is served while that
lasts. In a lane the higher priority goes first, then the older. A key that may not be served now
(its events go one at a time, and one is out) is passed over without losing its turn's credit.

Work is seconds of service, measured in units of the stage's ordinary work. What an event will take
is guessed from its units and its key's *pace*, what a unit of this key took lately; what it did
take is told when its call is over (`charge`), and the lane owes or is owed the difference. Debts
outlast an empty lane, or a camera whose one chunk takes seconds would owe nothing by the time its
next one comes; they are forgotten as service is. Credit does not: idle keys save nothing up.

When something must go, it comes from the lane furthest above its fair share. All shares are equal,
so that is the lane which used most: what it was served lately, forgotten with a time constant, plus
what it has waiting. Waiting work alone would do for long queues; with short ones every lane holds
an event or none, and a camera that asks for little would lose as often as the one that floods.
The decay is forward (Cormode et al., ICDE 2009): new work is weighed more and more instead of old
work less and less, so nothing has to be touched as time goes by.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable

import attrs

from controller.core.item import Item

QUANTUM_UNITS = 1.0
FORGET_S = 20.0
"""Time constant of the memory of service. Keys that are served once in some seconds need so long a
memory to be told apart: at 25 events a second and 64 keys Jain's index is 0.97 with 5 s, 0.99 with
20 s."""
_RESCALE_AFTER = 25.0
"""Time constants after which the weights start again from one, far from what a float holds."""
_NEGLIGIBLE_UNITS = 0.01
SLOW = 8.0
"""An event that takes so many times what most keys' events take is no neighbour for others."""
_TYPICAL_SHARE = 0.75
"""Few keys that wait long are their own affair."""
_LEAST_PACE, _MOST_PACE = 0.1, 1e5
_NEW_SHARE = 0.5
"""Of the last measurement in a pace: contents change, and one call may have had bad luck."""


@attrs.define(eq=False)
class _Lane:
    key: str
    waiting: list[tuple[int, int, Item]] = attrs.Factory(list)
    """A heap by priority, then by number."""
    waiting_units: float = 0.0
    """As they are; the pace changes while they wait."""
    deficit_units: float = 0.0
    """Negative is a debt."""
    has_quantum: bool = False
    pace: float = 1.0
    """What a unit of this key takes lately, in the stage's ordinary units."""
    event_units: float = 0.0
    """What an event of this key took lately; 0 while nobody knows."""
    rested_s: float = 0.0
    """When it was empty last."""
    served_scaled: float = 0.0
    threat: float = 0.0
    """The key's latest threat, which stands for events that nobody has scored."""

    def worth(self, item: Item) -> tuple[int, float, int]:
        """Order what may go: the least important first, then the least threat, then the oldest."""
        event = item.event
        threat = self.threat if event.threat is None else event.threat
        return event.priority, threat, item.number


class FairQueue:
    """Items by key; bounded by its owner, who asks for a victim."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._turns: deque[_Lane] = deque()
        self._scale_from_s = 0.0
        self._next_number = 1
        self._ordinary_units = math.inf
        """What an event of the middle one of all keys takes."""
        self.events = 0
        self.size_bytes = 0
        self.descriptors = 0

    def __len__(self) -> int:
        """Count what waits."""
        return self.events

    def put(self, item: Item) -> None:
        """Queue an item: behind its key's others when it is new, in its old place when not."""
        if not item.number:
            item.number = self._next_number
            self._next_number += 1
        lane = self._lanes.get(item.event.key)
        if lane is None:
            lane = self._lanes[item.event.key] = _Lane(item.event.key)
        if not lane.waiting:
            self._turns.append(lane)
            lane.deficit_units *= math.exp(min(0.0, lane.rested_s - item.arrived_s) / FORGET_S)
        heapq.heappush(lane.waiting, (-item.event.priority, item.number, item))
        lane.waiting_units += item.event.units
        self._count(item, 1)

    def take(self, may_take: Callable[[Item], bool], now_s: float) -> Item | None:
        """Remove and return the next item that may be taken, in fair order."""
        missing_units = self._one_round(may_take)
        if isinstance(missing_units, Item):
            return self._serve(missing_units, now_s)
        if missing_units is None:
            return None
        # Every lane that could be served needs more than one quantum: give them all at once as
        # many rounds as the first of them needs.
        rounds_units = math.ceil(missing_units / QUANTUM_UNITS) * QUANTUM_UNITS
        for lane in self._turns:
            if may_take(lane.waiting[0][2]):
                lane.deficit_units += rounds_units
        found = self._one_round(may_take)
        return self._serve(found, now_s) if isinstance(found, Item) else None

    def _one_round(self, may_take: Callable[[Item], bool]) -> Item | float | None:
        """Return the item whose turn it is, or how many units the nearest lane lacks."""
        turns = self._turns
        missing_units: float | None = None
        for _ in range(len(turns)):
            lane = turns[0]
            item = lane.waiting[0][2]
            if may_take(item):
                if not lane.has_quantum:
                    lane.deficit_units += QUANTUM_UNITS
                    lane.has_quantum = True
                lacks_units = item.event.units * lane.pace - lane.deficit_units
                if lacks_units <= 0:
                    return item
                if missing_units is None or lacks_units < missing_units:
                    missing_units = lacks_units
            lane.has_quantum = False
            turns.rotate(-1)
        return missing_units

    def _serve(self, item: Item, now_s: float) -> Item:
        lane = self._turns[0]
        heapq.heappop(lane.waiting)
        units = item.event.units
        item.charged_units = units * lane.pace
        lane.deficit_units -= item.charged_units
        lane.waiting_units -= units
        lane.served_scaled += item.charged_units * self._scale_at(now_s)
        self._count(item, -1)
        if not lane.waiting:
            self._turns.popleft()
            self._rest(lane, now_s)
        return item

    def charge(self, item: Item, cost_units: float, now_s: float) -> None:
        """Put right what an event was thought to take: it took so much."""
        key = item.event.key
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(key, rested_s=now_s)
        lane.deficit_units += item.charged_units - cost_units
        if not lane.waiting:
            lane.deficit_units = min(0.0, lane.deficit_units)
        more = (cost_units - item.charged_units) * self._scale_at(now_s)
        lane.served_scaled = max(0.0, lane.served_scaled + more)
        measured = min(max(cost_units / item.event.units, _LEAST_PACE), _MOST_PACE)
        lane.pace += _NEW_SHARE * (measured - lane.pace)
        lane.event_units += _NEW_SHARE * (cost_units - lane.event_units)
        item.charged_units = 0.0

    def note_ordinary(self) -> None:
        """Find what most keys' events take; to be called now and then."""
        known = sorted(lane.event_units for lane in self._lanes.values() if lane.event_units)
        self._ordinary_units = known[(len(known) - 1) // 2] if known else math.inf

    def is_slow(self, item: Item) -> bool:
        """Say whether an event will take far longer than most keys' events do."""
        lane = self._lanes.get(item.event.key)
        pace = lane.pace if lane else 1.0
        return item.event.units * pace >= SLOW * self._ordinary_units

    def is_over_share(self, key: str) -> bool:
        """Say whether a key was served more lately than it would be if all were served alike."""
        lane = self._lanes.get(key)
        total = sum(other.served_scaled for other in self._lanes.values())
        return lane is not None and lane.served_scaled * len(self._lanes) > total

    def longest_wait_s(self, now_s: float) -> float:
        """Return for how long the first of any key waits that is not slow."""
        heads = (lane.waiting[0][2] for lane in self._turns)
        return max((now_s - it.arrived_s for it in heads if not self.is_slow(it)), default=0.0)

    def typical_wait_s(self, now_s: float, counts: Callable[[Item], bool]) -> float:
        """Return how long three quarters of all keys wait at most; those that do not wait, 0.

        A key whose first event does not count waits for nothing.
        """
        heads = (lane.waiting[0][2] for lane in self._turns)
        since_s = [now_s - item.arrived_s for item in heads if counts(item)]
        idle = len(self._lanes) - len(since_s)
        place = int(_TYPICAL_SHARE * (len(self._lanes) - 1)) - idle
        return sorted(since_s)[place] if since_s and place >= 0 else 0.0

    def take_overtaken(self, is_old: Callable[[Item], bool]) -> list[Item]:
        """Remove and return what is old and has a newer one of its key behind it."""
        found: list[Item] = []
        for lane in [lane for lane in self._turns if len(lane.waiting) > 1]:
            newest = max(number for _, number, _ in lane.waiting)
            old = [entry for entry in lane.waiting if entry[1] != newest and is_old(entry[2])]
            found += [self._remove(lane, entry) for entry in old]
        return found

    def take_all(self, key: str, is_wanted: Callable[[Item], bool]) -> list[Item]:
        """Remove and return what waits of a key and is wanted."""
        lane = self._lanes.get(key)
        wanted = [entry for entry in lane.waiting if is_wanted(entry[2])] if lane else []
        return [self._remove(lane, entry) for entry in wanted if lane]

    def _remove(self, lane: _Lane, entry: tuple[int, int, Item]) -> Item:
        lane.waiting.remove(entry)
        heapq.heapify(lane.waiting)
        item = entry[2]
        lane.waiting_units -= item.event.units
        self._count(item, -1)
        if not lane.waiting:
            self._turns.remove(lane)
            self._rest(lane, item.arrived_s)
        return item

    def take_victim(self, may_go: Callable[[Item], bool], now_s: float) -> Item | None:
        """Remove and return what has to go first when something must; None where nothing may."""
        scale = self._scale_at(now_s)
        lanes = [lane for lane in self._turns if any(may_go(entry[2]) for entry in lane.waiting)]
        if not lanes:
            return None
        lane = max(lanes, key=lambda it: it.served_scaled + it.waiting_units * it.pace * scale)
        entries = (entry for entry in lane.waiting if may_go(entry[2]))
        return self._remove(lane, min(entries, key=lambda entry: lane.worth(entry[2])))

    def note_threat(self, key: str, threat: float) -> None:
        """Remember a key's latest threat, for events of it that are not scored yet."""
        lane = self._lanes.get(key)
        if lane is not None:
            lane.threat = threat

    def oldest_s(self) -> float | None:
        """Return when the item that waits longest arrived."""
        if not self._turns:
            return None
        return min(entry[2].arrived_s for lane in self._turns for entry in lane.waiting)

    def forget_idle_keys(self, now_s: float) -> None:
        """Drop lanes that hold nothing and used nothing lately, so that keys do not pile up."""
        least = _NEGLIGIBLE_UNITS * self._scale_at(now_s)
        for key in [k for k, v in self._lanes.items() if not v.waiting and v.served_scaled < least]:
            del self._lanes[key]

    def _count(self, item: Item, sign: int) -> None:
        self.events += sign
        self.size_bytes += sign * item.size_bytes
        self.descriptors += sign * len(item.event.payloads)

    def _rest(self, lane: _Lane, now_s: float) -> None:
        """Take an empty lane's credit, as deficit round robin must: idle keys save nothing up."""
        lane.deficit_units = min(0.0, lane.deficit_units)
        lane.rested_s = now_s
        lane.waiting_units = 0.0
        lane.has_quantum = False

    def _scale_at(self, now_s: float) -> float:
        """Return the weight of work that is done now."""
        elapsed = (now_s - self._scale_from_s) / FORGET_S
        if elapsed < _RESCALE_AFTER:
            return math.exp(elapsed)
        fade = math.exp(-elapsed)
        for lane in self._lanes.values():
            lane.served_scaled *= fade
        self._scale_from_s = now_s
        return 1.0
