"""How events are worked on: from the queue into calls, from calls to results or to a repeat.

An async handler that ends takes many events with it, and nobody knows which of them it ended over.
All of them are suspects from then on, of which only one is out at a time: if the handler ends once
more, it is that one's failure, and whatever it had besides are new suspects.

An event with a connection is handed out at most once: nobody knows what its client has been sent
already, so where a handler ends over it the connection is closed and the event is dropped.

Events that will take far longer than others have calls of their own and half of the handlers at
most, and while others have to wait their keys get no more than a fair share of all service: a call
cannot be interrupted, so that whoever comes next waits for its end. Keys whose calls are ended at
their deadline twice are set aside (set_aside.py). What is perishable gives way to newer events of
its key once it is no longer fresh: a camera that falls behind shows what is there now, not what was
there a minute ago.
"""

import math

from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.item import Item
from controller.core.order import Order
from controller.core.policies.batching import Batching
from controller.core.policies.overload import HIGHEST_LEVEL, Backlog, Overload
from controller.core.policies.service_times import ServiceTimes
from controller.core.pool import Call, Handler, Pool
from controller.core.queue import FairQueue
from controller.core.set_aside import SetAsideKeys
from controller.core.settling import OVERTAKEN, Settling
from controller.core.sharing import HandlerSharing, is_own_end
from seda.protocol import DATAGRAM_BYTES, DESCRIPTORS_PER_DATAGRAM, Result

DEATHS_ALLOWED = 3
"""An event that so many controllers died over goes to the quarantine."""
FAILURES_ALLOWED = 2
"""An event is tried alone twice: once may have been the machine's fault."""
LATE = "deadline"
"""The cause of an end for which the call's own key is to blame."""
STOPPING = "stopping"
SET_ASIDE = "set aside"
SLOW_SHARE = 0.5
"""Of the handlers that slow events may have together, one at least."""
CALL_SHARE = 0.5
"""Of the target, that one call of several may take."""
PRESSED_AFTER_S, PRESSED_FOR_S = 1.0, 20.0
"""Whoever is not slow and waits longer makes slow keys keep to their share, for so long."""
_HEADER_BYTES = 512
"""What an event's header takes in a datagram at most, its body aside."""


class Work:
    """The queue, the calls that handlers have, and what became of them."""

    def __init__(
        self, context: EngineContext, pool: Pool, settling: Settling, now_s: float
    ) -> None:
        self._context = context
        self._row = context.row
        self._settings = context.settings
        self._kept_state = context.kept_state
        self._pool = pool
        self._settling = settling
        self._out = context.out
        self._is_async = context.is_async
        self._order = None if context.is_async or context.row.one_at_a_time else Order()
        self._busy_keys: set[str] = set()
        self._suspects_out = 0
        """Async only: events that are tried alone, among whatever else the handlers have."""
        self._last_call = 0
        self._slow_out = 0
        self._pressed_until_s = -math.inf
        self.is_ending = False
        """Nothing comes any more: whatever is left is worked on at once."""
        self.is_per_event = False
        """Every call is the first one of its process."""
        self.set_aside = SetAsideKeys()
        self.sharing = HandlerSharing(self.set_aside)
        self.lacks_handler = False
        """Something that lasts may share none of the handlers that there are."""
        self.queue = FairQueue()
        self.batching = Batching(context.settings.events_per_call, now_s)
        gives_way = context.settings.fresh_s is not None
        self.overload = Overload(context.settings.target_s, now_s, refuses=not gives_way)
        self.service = ServiceTimes(context.kept_state.service_times())
        self._costs = ServiceTimes()
        """What calls are charged for: the processor's time, which no busy machine stretches."""
        self.calls, self.first_calls = ServiceTimes(), ServiceTimes()
        """What calls take as a whole, and what the first one of a process does."""
        self.in_flight = 0
        self._has_given_up = False
        self.first_deadline_s = math.inf
        """Of the calls that began since the last tick."""

    def arrive(self, happening: h.Arrived, now_s: float) -> None:
        """Queue an event, unless it is here already or was settled before."""
        event, sender = happening.event, happening.sender
        item = self._settling.items.get(event.id)
        if item is not None:
            item.sender = sender
            return
        settled = self._kept_state.settled(event.id)
        if settled is not None:
            self._out.append(h.Settle(sender, settled))
            return
        self._context.counters.events["arrived"] += 1
        item = Item(event, sender, now_s)
        self._settling.items[event.id] = item
        if self._kept_state.deaths(event.id) >= DEATHS_ALLOWED:
            self._settling.quarantine(item, f"{DEATHS_ALLOWED} controllers died over it")
            return
        if self._is_perishable(item) and self.set_aside.holds(event.key, now_s):
            self._finish(item, Result(event.id, "dropped", SET_ASIDE))
            return
        self._take_back(item)
        self._make_room(now_s)

    def _is_perishable(self, item: Item) -> bool:
        """Say whether an event gives way to newer ones: played files (born never) do not."""
        return item.event.kind in self._row.perishable and item.event.born_s > 0

    def _is_played(self, item: Item) -> bool:
        """Say whether an event is of a film that is played fast: what has no age presses nobody."""
        return item.event.kind in self._row.perishable and not item.event.born_s

    def backlog(self, now_s: float) -> Backlog:
        """Return what this stage has before it."""
        wait_s = self.queue.typical_wait_s(now_s, self._is_perishable)
        return Backlog(self.queue.events, wait_s, self._window_share())

    def _window_share(self) -> float:
        """Return how much of one sender's window is taken.

        A sender waits until its events are settled. But with an async stage requests stay for as
        long as people wait: of those only what no handler has yet tells anything.
        """
        queue, window = self.queue, self._context.window
        events, size_bytes, descriptors = queue.events, queue.size_bytes, queue.descriptors
        if not self._is_async:
            items = [it for it in self._settling.items.values() if not self._is_played(it)]
            events, size_bytes = len(items), sum(item.size_bytes for item in items)
            descriptors = sum(len(item.event.payloads) for item in items)
        shares = (
            events / window.events,
            size_bytes / window.size_bytes,
            descriptors / window.descriptors,
        )
        return max(shares)

    def look(self, now_s: float) -> None:
        """See what is ordinary now, and whether anybody waits too long."""
        self.queue.note_ordinary()
        if self.queue.longest_wait_s(now_s) > PRESSED_AFTER_S:
            self._pressed_until_s = now_s + PRESSED_FOR_S
        self.drop_overtaken(now_s)

    def drop_overtaken(self, now_s: float) -> None:
        """Let what is no longer fresh give way to newer events of its key.

        At the highest level that is whatever misses the target anyway: what is left is newer then.
        """
        fresh_s = self._settings.fresh_s
        if fresh_s is None or not self._row.perishable:
            return
        if self.overload.level == HIGHEST_LEVEL:
            fresh_s = min(fresh_s, self._settings.target_s or fresh_s)
        born_s = now_s - fresh_s
        for item in self.queue.take_overtaken(
            lambda item: self._is_perishable(item) and item.event.born_s < born_s
        ):
            self._finish(item, Result(item.event.id, "dropped", OVERTAKEN))

    def _make_room(self, now_s: float) -> None:
        """Hold the queue's bounds, and the overload controller's rate while work waits.

        Of what is never shed there is no more than the senders' windows allow.
        """
        queue, limit = self.queue, self._settings
        while queue.events > limit.queue_events or (
            queue.events > 1
            and (
                queue.size_bytes > limit.queue_bytes or queue.descriptors > limit.queue_descriptors
            )
        ):
            if not self.shed("queue_full", now_s):
                break
        least = max(len(self._pool), self.overload.harmless)
        if not self.overload.admit(now_s) and queue.events > least:
            self.shed("overload", now_s)

    def shed(self, reason: str, now_s: float) -> bool:
        """Drop the event that has to go first; say whether there was one that may."""
        victim = self.queue.take_victim(self._may_be_shed, now_s)
        if victim is not None:
            self._finish(victim, Result(victim.event.id, "dropped", reason))
        return victim is not None

    def _may_be_shed(self, item: Item) -> bool:
        return item.event.kind not in self._row.never_shed

    def dispatch(self, now_s: float) -> None:
        """Give work to the handlers that can take it."""
        self.lacks_handler = False
        while self.queue.events and not self._settling.is_behind:
            if self._row.is_lasting:
                if not self._begin_lasting(now_s):
                    return
                continue
            handler = self._pool.free()
            if handler is None:
                return
            items = self._take_batch(now_s)
            if not items:
                return
            self._begin(handler, items, now_s)

    def _begin_lasting(self, now_s: float) -> bool:
        """Give a handler the next event that it may hold; say whether there was one."""

        def find(item: Item) -> Handler | None:
            if self.set_aside.holds(item.event.key, now_s):
                return None
            found = self.sharing.find(item.event.key, has_room, now_s)
            self.lacks_handler |= found is None and bool(has_room)
            return found

        has_room = self._pool.with_room()

        item = self.queue.take(lambda item: find(item) is not None, now_s)
        handler = None if item is None else find(item)
        if item is None or handler is None:
            return False
        self._begin(handler, [item], now_s)
        return True

    def _take_batch(self, now_s: float) -> list[Item]:
        first = self.queue.take(lambda item: self._may_begin(item, now_s), now_s)
        if first is None:
            return []
        self._busy_keys.add(first.event.key)
        items = [first]
        room_bytes = DATAGRAM_BYTES - _HEADER_BYTES - len(first.event.body)
        room_descriptors = DESCRIPTORS_PER_DATAGRAM - len(first.event.payloads)

        def may_join(item: Item) -> bool:
            event = item.event
            return (
                not item.is_alone
                and not self.queue.is_slow(item)
                and len(event.body) + _HEADER_BYTES <= room_bytes
                and len(event.payloads) <= room_descriptors
                and self._may_take(item)
            )

        is_apart = first.is_alone or self.queue.is_slow(first)
        most_units = self._units_a_call() - first.charged_units
        while not is_apart and len(items) < self.batching.size and most_units > 0:
            item = self.queue.take(may_join, now_s)
            if item is None:
                break
            self._busy_keys.add(item.event.key)
            items.append(item)
            most_units -= item.charged_units
            room_bytes -= len(item.event.body) + _HEADER_BYTES
            room_descriptors -= len(item.event.payloads)
        return items

    def _units_a_call(self) -> float:
        """Return how much work a call may gather: what comes meanwhile waits for its end."""
        target_s, ordinary_s = self._settings.target_s, self.service.ordinary_s
        if target_s is None:
            return math.inf
        return CALL_SHARE * target_s / ordinary_s if ordinary_s else 0.0

    def _may_begin(self, item: Item, now_s: float) -> bool:
        """Say whether a call may begin with an event; with a slow one there are conditions."""
        if not self._may_take(item):
            return False
        if self._is_async or self.is_ending or not self.queue.is_slow(item):
            return True
        handlers = self._pool.count("starting", "idle", "busy")
        if self._slow_out >= max(1, int(handlers * SLOW_SHARE)):
            return False
        return now_s >= self._pressed_until_s or not self.queue.is_over_share(item.event.key)

    def _may_take(self, item: Item) -> bool:
        if item.is_alone and self._suspects_out:
            return False
        return not self._row.one_at_a_time or item.event.key not in self._busy_keys

    def _begin(self, handler: Handler, items: list[Item], now_s: float) -> None:
        self._last_call += 1
        units = items[0].event.units if len(items) == 1 else sum(i.event.units for i in items)
        call = Call(self._last_call, items, now_s, math.inf, units)
        if not self._is_async:
            call.is_slow = self.queue.is_slow(items[0])
            self._slow_out += call.is_slow
            call.deadline_s = now_s + self.allowed_s(call)
            self.first_deadline_s = min(self.first_deadline_s, call.deadline_s)
            for item in items:
                self._kept_state.note_dispatched(item.event.id)
        if self._order is not None:
            for item in items:
                self._order.begin(item)
        if self._is_async:
            self._suspects_out += items[0].is_alone
        self.in_flight += len(items)
        self._pool.begin(handler, call, now_s)
        events = tuple(item.event for item in items)
        self._out.append(h.Dispatch(handler.number, call.number, events, self._context.pressure))

    def allowed_s(self, call: Call) -> float:
        """Return how long this call may take."""
        limit = self._settings
        return self.service.deadline_s(call.units, limit.deadline_floor_s, limit.deadline_ceiling_s)

    def done(self, handler: Handler, call: Call, happening: h.HandlerDone, now_s: float) -> None:
        """Sort out what became of a call's events."""
        self.service.count(happening.service_s)
        is_first = not handler.events and not self.is_per_event
        (self.calls if handler.events else self.first_calls).note(happening.service_s, 1.0)
        if not is_first and not self._is_async:
            cost_s = happening.cpu_s or happening.service_s
            self.service.note(happening.service_s, call.units)
            self._costs.note(cost_s, call.units)
            self._charge(call, cost_s, now_s)
        self._slow_out -= call.is_slow
        handler.events += len(call.items)
        self.batching.note(len(call.items))
        results = {result.id: result for result in happening.results}
        for item in call.items:
            self._return(item)
            result = results.get(item.event.id)
            self._judge(item, result, now_s, was_alone=len(call.items) == 1)

    def _charge(self, call: Call, took_s: float, now_s: float) -> None:
        """Charge a call's keys what it took; who shared it, in shares of what was expected."""
        ordinary_s = self._costs.ordinary_s
        expected_units = sum(item.charged_units for item in call.items)
        if ordinary_s is None or expected_units <= 0:
            return
        factor = took_s / ordinary_s / expected_units
        for item in call.items:
            self.queue.charge(item, item.charged_units * factor, now_s)

    def _judge(self, item: Item, result: Result | None, now_s: float, *, was_alone: bool) -> None:
        if result is None:
            reason = "its handler said nothing about it"
            self._fail(item, reason, now_s, was_alone=was_alone)
            return
        if result.outcome == "failed":
            self._fail(item, result.reason, now_s, was_alone=was_alone)
            return
        # Few keys that take long are their own affair: they press nobody.
        if self.overload.refuses or (self._is_perishable(item) and not self.queue.is_slow(item)):
            self.overload.note(now_s - item.arrived_s)
        for output in result.outputs:
            if output.event.threat is not None:
                self.queue.note_threat(item.event.key, output.event.threat)
        self._finish(item, result)

    def lose(self, handler: Handler, cause: str, reason: str, now_s: float) -> None:
        """A handler is gone: its events are tried again, or were once too often."""
        was_polite = not cause
        carried = sum(len(call.items) for call in handler.calls.values())
        if self._row.is_lasting and is_own_end(cause):
            calls = handler.calls.values()
            self.sharing.note_end((item.event.key for call in calls for item in call.items), now_s)
        for call in handler.calls.values():
            self._slow_out -= call.is_slow
            if not self._is_async:
                self._charge(call, now_s - call.started_s, now_s)
            if cause == LATE and carried == 1:
                self._note_kill(call.items[0].event.key, now_s)
            if self._row.is_lasting and carried == 1 and is_own_end(cause):
                self._note_kill(call.items[0].event.key, now_s)
            for item in call.items:
                self._return(item)
                if was_polite and not item.is_once:
                    self._take_back(item)
                else:
                    is_blamed = carried == 1 or (self._is_async and item.is_alone)
                    self._fail(item, reason, now_s, was_alone=is_blamed)
        handler.calls.clear()

    def _note_kill(self, key: str, now_s: float) -> None:
        """Set a key aside over which handlers end, with all of it that perishes."""
        wait_s = self.set_aside.note_kill(key, now_s)
        if wait_s is None:
            return
        about: dict[str, object] = {"key": key, "for_s": wait_s}
        words = "set aside: handlers end over it again and again; it is tried again"
        self._out.append(h.Say("warning", words, about))
        for item in self.queue.take_all(key, self._is_perishable):
            self._finish(item, Result(item.event.id, "dropped", SET_ASIDE))

    def _return(self, item: Item) -> None:
        """No handler has this item any more."""
        self.in_flight -= 1
        self._busy_keys.discard(item.event.key)
        if self._is_async:
            self._suspects_out -= item.is_alone
        else:
            self._kept_state.note_returned(item.event.id)

    def _fail(self, item: Item, reason: str, now_s: float, *, was_alone: bool) -> None:
        """Try an event again, alone; what failed alone often enough is kept aside."""
        if item.is_once:
            self._finish(item, Result(item.event.id, "dropped", f"closed on doubt: {reason}"))
            return
        if self._row.is_lasting:
            self._take_back(item)
            return
        item.is_alone = True
        item.failures_alone += was_alone
        if item.failures_alone >= FAILURES_ALLOWED:
            self._finish(item, Result(item.event.id, "quarantined", reason))
        elif self._is_perishable(item) and self.set_aside.holds(item.event.key, now_s):
            self._finish(item, Result(item.event.id, "dropped", SET_ASIDE))
        else:
            self.queue.put(item)

    def _take_back(self, item: Item) -> None:
        """Another handler may have it, unless it is over."""
        if self._has_given_up:
            self._finish(item, Result(item.event.id, "dropped", STOPPING))
        else:
            self.queue.put(item)

    def give_up_lasting(self, now_s: float) -> None:
        """At a stop what lasts is not handed on any more, or it would never end."""
        self._has_given_up = True
        while self.shed(STOPPING, now_s):
            pass

    def _finish(self, item: Item, result: Result) -> None:
        """No handler will have this item again: let it leave, and what waited for it."""
        item.result = result
        item.is_finished = True
        for released in [item] if self._order is None else self._order.finish(item):
            if released.result is not None and released.result.outcome == "quarantined":
                self._settling.quarantine(released, released.result.reason)
            else:
                self._settling.release(released)
