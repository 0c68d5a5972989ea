"""How many handlers there are: wanted against present, in one place."""

from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.policies.restarts import GIVE_UP_AFTER, Chance, Restarts
from controller.core.policies.scaling import Scaling
from controller.core.pool import Call, Handler, Pool
from controller.core.work import LATE, Work

BEAT_LIMIT_S = 3.5
"""An async handler that was not heard of for so long hangs (it beats once a second)."""
RETIRE_LIMIT_S = 5.0
"""A handler that was asked to stop and did not is killed after that."""
STALL_S = 0.5
"""If our own tick comes so late the machine or we stood still: the calls get that time back."""
SAMPLES_FOR_ISOLATION = 30
_STAGGER = 137


class HandlerManager:
    """Starts, retires, kills and replaces handlers."""

    def __init__(
        self, context: EngineContext, pool: Pool, work: Work, chance: Chance, now_s: float
    ) -> None:
        settings = context.settings
        self._row = context.row
        self._settings = settings
        self._is_async = context.is_async
        self._pool = pool
        self._work = work
        self._counters = context.counters
        self._out = context.out
        self._start_s = 0.0
        self._is_auto = settings.isolation == "auto" and not context.is_async
        self.per_event = settings.isolation == "per_event" and not context.is_async
        work.is_per_event = self.per_event
        lasting = context.row.concurrency if context.row.is_lasting else None
        self.scaling = Scaling(settings, now_s, lasting)
        self.restarts = Restarts(chance)
        self.is_draining = False

    @property
    def wanted(self) -> int:
        """Count the handlers there should be, a spare included where starting one takes long."""
        if self.is_draining and not self._work.queue.events and not self._work.in_flight:
            return 0
        has_spare = self._row.start == "exec" or self.per_event
        return self.scaling.wanted + has_spare

    @property
    def is_settled(self) -> bool:
        """Say whether there are the handlers that there should be, and no more than at least."""
        serving = self._pool.count("idle", "busy")
        is_least = self.scaling.wanted == self._settings.handlers_min
        return is_least and not self.is_draining and serving == len(self._pool) == self.wanted

    def trouble(self, now_s: float) -> str:
        """Say in words why a person has to look; empty where nobody has to."""
        if self.restarts.has_given_up:
            return self.restarts.trouble
        # A function stage's handler dies by an event, which is retried alone and then quarantined.
        if self._is_async and self.restarts.keeps_dying(now_s):
            return self.restarts.dying
        return next((it.figures.trouble for it in self._pool if it.figures.trouble), "")

    def reconcile(self, now_s: float) -> None:
        """Start what is missing, unless starts have been fruitless lately."""
        missing = self.wanted - self._pool.count("starting", "idle", "busy")
        if missing <= 0 or now_s < self.restarts.next_s:
            return
        if self.restarts.next_s:
            missing = min(missing, 1) - self._pool.count("starting")
        for _ in range(missing):
            self._out.append(h.Spawn(self._pool.add(now_s).number))

    def ready(self, handler: Handler, start_s: float, now_s: float) -> None:
        """A handler has started."""
        self._start_s = start_s
        handler.beat_s = now_s
        if handler.state == "starting":
            self._pool.make_idle(handler, now_s)

    def note_fruit(self, handler: Handler | None) -> None:
        """A handler gave something that no event asked for: its start was not in vain."""
        self.restarts.note_fruit()
        if handler is not None:
            handler.is_fruitful = True

    def free(self, handler: Handler, now_s: float) -> None:
        """A handler has finished a call: idle again, or at the end of its service."""
        self.restarts.note_fruit()
        if handler.state != "busy" or handler.calls:
            return
        if self.per_event or self._is_old(handler):
            self.retire(handler, now_s)
        else:
            self._pool.make_idle(handler, now_s)

    def _is_old(self, handler: Handler) -> bool:
        """Say whether a handler served long enough; neighbours get different lengths of service."""
        limit = self._settings.recycle_after_events
        return handler.events >= limit + handler.number * _STAGGER % max(limit // 4, 1)

    def retire(self, handler: Handler, now_s: float) -> None:
        """Ask a handler to finish."""
        handler.enter("retiring", now_s)
        self._out.append(h.Retire(handler.number))

    def kill(self, handler: Handler, cause: str, now_s: float) -> None:
        """End a handler; it keeps its events until it is reaped."""
        if handler.state != "dying":
            handler.enter("dying", now_s)
            self._out.append(h.Kill(handler.number, cause))

    def exited(self, handler: Handler, end: h.HandlerExited, now_s: float) -> None:
        """A handler is gone, politely or not."""
        cause = end.cause
        was_polite = handler.state == "retiring" and cause == "exited-0"
        self._pool.remove(handler)
        if not was_polite:
            self._counters.note_restart(cause)
            self.restarts.note_end(
                cause, now_s, was_fruitful=handler.events > 0 or handler.is_fruitful
            )
            self._say_end(handler, end)
        reason = f"its handler ended: {cause}" + (f" ({end.detail})" if end.detail else "")
        reason += f"; it printed last: {end.printed}" if end.printed else ""
        self._work.lose(handler, "" if was_polite else cause, reason, now_s)

    def _say_end(self, handler: Handler, end: h.HandlerExited) -> None:
        about: dict[str, object] = {"handler": handler.number, "pid": handler.pid}
        about["cause"] = end.cause
        if end.detail:
            about["detail"] = end.detail
        if end.printed:
            about["printed_last"] = end.printed
        self._out.append(h.Say("warning", "handler ended, starting another", about))
        if self.restarts.has_given_up:
            words = f"{GIVE_UP_AFTER} starts in a row brought nothing; trying once in a while"
            self._out.append(h.Say("error", words, about))

    def size(self, now_s: float) -> None:
        """Grow over the threshold, shrink what is idle."""
        self.grow(now_s)
        idle = self._pool.longest_idle()
        while idle is not None and self.scaling.shrink(idle.since_s, now_s):
            self.retire(idle, now_s)
            idle = self._pool.longest_idle()

    def grow(self, now_s: float) -> None:
        """Start one more if the queue says so."""
        work = self._work
        lacks = work.lacks_handler and not self._pool.count("starting")
        lacks |= work.overload.is_late and work.queue.events > 0
        if self.scaling.grow(work.queue.events, work.in_flight, now_s, lacks=lacks):
            self.reconcile(now_s)

    def choose_isolation(self) -> None:
        """Once a call's cost is known: a process of its own for each where that is cheap.

        What a start costs is compared with a call, however many units are in one; to the start
        belongs what the first call of a process takes longer than others.
        """
        calls, firsts = self._work.calls, self._work.first_calls
        if not self._is_auto or calls.samples < SAMPLES_FOR_ISOLATION or not self._start_s:
            return
        self._is_auto = False
        call_s = calls.quantile_s(0.5)
        cold_s = max(0.0, firsts.quantile_s(0.5) - call_s) if firsts.samples else 0.0
        share = (self._start_s + cold_s) / call_s
        self.per_event = share <= self._settings.isolation_share
        self._work.is_per_event = self.per_event
        words = "isolation is per_event" if self.per_event else "isolation is pooled"
        about: dict[str, object] = {"start_share": round(share, 3), "start_s": self._start_s}
        self._out.append(h.Say("info", words, about))

    def watch(self, now_s: float, stalled_s: float) -> None:
        """Kill what is late; give time back that the machine took."""
        late = []
        for handler in self._pool:
            if stalled_s > STALL_S:
                handler.beat_s += stalled_s
                handler.since_s += stalled_s if handler.state in ("starting", "retiring") else 0
                for call in handler.calls.values():
                    call.deadline_s += stalled_s
            late += [(handler, call) for call in handler.calls.values() if call.deadline_s <= now_s]
            self._watch_state(handler, now_s)
        if len(late) > 1 and 2 * len(late) >= len(self._pool):
            late = [entry for entry in late if not self._extend(entry[1], now_s)]
        for handler, call in late:
            if handler.state != "dying":
                self._work.service.note(call.deadline_s - call.started_s, call.units)
                self.kill(handler, LATE, now_s)

    def _watch_state(self, handler: Handler, now_s: float) -> None:
        in_state_s = now_s - handler.since_s
        if handler.state == "starting" and in_state_s >= self._settings.start_limit_s:
            self.kill(handler, "cannot-start", now_s)
        elif handler.state == "retiring" and in_state_s >= RETIRE_LIMIT_S:
            self.kill(handler, "would-not-stop", now_s)
        elif (
            self._is_async
            and handler.state in ("idle", "busy", "retiring")
            and now_s - handler.beat_s >= BEAT_LIMIT_S
        ):
            self.kill(handler, "no-heartbeat", now_s)

    def _extend(self, call: Call, now_s: float) -> bool:
        """Half the pool is late at once: suspect the machine and give more time, once a call."""
        if call.is_extended:
            return False
        call.is_extended = True
        call.deadline_s = now_s + self._work.allowed_s(call)
        return True

    def next_s(self, now_s: float) -> float:
        """Return when the next of all these wants to be looked at."""
        times = [self.restarts.next_s] if self.restarts.next_s > now_s else []
        limits = self._settings
        for handler in self._pool:
            if handler.state == "dying":
                continue
            times += [call.deadline_s for call in handler.calls.values()]
            if self._is_async and handler.state != "starting":
                times.append(handler.beat_s + BEAT_LIMIT_S)
            if handler.state == "starting":
                times.append(handler.since_s + limits.start_limit_s)
            elif handler.state == "retiring":
                times.append(handler.since_s + RETIRE_LIMIT_S)
            elif handler.state == "idle" and self.scaling.wanted > limits.handlers_min:
                times.append(handler.since_s + limits.idle_s)
        return min(times, default=now_s + 1.0)
