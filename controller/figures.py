"""The stage's figures, given to `live` once a second: a fact, of which only the newest counts.

What was told is in the kept state first, and a successor adds what it counts itself: so no counter
goes back, whichever of the processes ends.

They do not pass through the engine's outboxes: nothing of the stage may wait for them, and they say
how the engine fares. At most one is on its way; the next is made when that one was settled.
"""

import contextlib
import os
from collections.abc import Callable, Iterator

import attrs

from controller.core.counters import OTHERS
from controller.core.happenings import Arrived, Happening
from controller.counter_sums import added
from controller.held_descriptors import HeldDescriptors
from controller.hub import Hub
from controller.mapped_state import KeptStateError, MappedState
from controller.peers.successors import Successor
from controller.refusals import RefusalLog
from seda import payload, processes
from seda.codec import Undecodable, decode_body, encode_body
from seda.messages import Event, OtherProcess, Payload, Settlement, StageFigures
from seda.pipeline import STAGE_FIGURES

EVERY_S = 1.0
"""At whole seconds of the clock: what comes to `live` together costs it one wake and one call."""
ITSELF = 0
"""The number of the sender that `live`'s controller is to its own queue."""
_BODY_BYTES = 32 * 1024
"""Larger figures (counts of very many keys) travel as a payload."""

Figures = Callable[[float], StageFigures]


class Reporter:
    """Makes the figures and gives them away."""

    def __init__(
        self,
        stage: str,
        hub: Hub,
        held: HeldDescriptors,
        refusals: RefusalLog,
        kept_state: MappedState,
    ) -> None:
        self._stage = stage
        self._kept_state = kept_state
        self._before = _before(kept_state)
        self._hub = hub
        self._held = held
        self._refusals = refusals
        self._count = 0
        self._on_its_way = ""

    def open(
        self,
        figures: Figures,
        template: Callable[[], int],
        live: Successor | None,
        happen: Callable[[Happening], None],
    ) -> None:
        """Begin to report: to `live`, or, where this is its controller, to the own queue."""
        self._figures = figures
        self._template = template
        self._live = live
        self._happen = happen
        self.report()

    def report(self) -> None:
        """Give away the newest figures, unless the last ones are still on their way."""
        self._hub.later(EVERY_S - self._hub.now_s % EVERY_S, self.report)
        if self._stage == "live":
            if not self._on_its_way:
                self._happen(Arrived(ITSELF, self._make()))
        elif self._live is not None and self._live.is_up and not self._on_its_way:
            self._live.submit(self._make())

    def settled(self, settlement: Settlement) -> bool:
        """Say whether this settles figures, and let go of them."""
        if settlement.id != self._on_its_way:
            return False
        self._on_its_way = ""
        self._held.release_output(settlement.id)
        return True

    def lost(self) -> None:
        """The link to `live` ended: what was on its way is replaced by the next."""
        if self._on_its_way:
            self._held.release_output(self._on_its_way)
            self._on_its_way = ""

    def _make(self) -> Event:
        figures = attrs.evolve(
            self._figures(self._hub.now_s),
            pid=os.getpid(),
            descriptors=len(self._held),
            refused=dict(self._refusals.refused),
        )
        if self._before is not None:
            figures = added(self._before, figures)
        self._keep(figures)
        figures = attrs.evolve(figures, others=self._others(figures))
        self._count += 1
        event = Event(
            f"figures-{self._stage}-{os.getpid()}-{self._count}",
            STAGE_FIGURES,
            self._stage,
            encode_body(figures),
            born_s=self._hub.now_s,
        )
        self._on_its_way = event.id
        return event if len(event.body) <= _BODY_BYTES else self._as_payload(event)

    def _keep(self, figures: StageFigures) -> None:
        """Leave the counters to a successor; where there is no room for all, names go first."""
        for kept in _ever_shorter(attrs.evolve(figures, handlers=(), set_aside={})):
            with contextlib.suppress(KeptStateError):
                self._kept_state.note_counters(encode_body(kept))
                return

    def _others(self, figures: StageFigures) -> tuple[OtherProcess, ...]:
        """Return the processes that are neither controller nor handler."""
        pids = [handler.pid for handler in figures.handlers if handler.pid]
        below = [child for pid in pids for child in processes.children_seen_of(pid)]
        helpers = [OtherProcess("helper", pid) for pid in below]
        template = self._template()
        return (*([OtherProcess("template", template)] if template else []), *helpers)

    def _as_payload(self, event: Event) -> Event:
        large = attrs.evolve(event, body=b"", payloads=(Payload("memory", len(event.body)),))
        descriptor = payload.make(event.body, "figures")
        if self._stage == "live":
            self._held.keep_input(large.id, [descriptor])
        else:
            self._held.keep_output(large, iter((descriptor,)))
        return large


def _ever_shorter(figures: StageFigures) -> Iterator[StageFigures]:
    """Return the figures, then without the keys of drops, then without the names of all counts."""
    yield figures
    drops = {reason: {OTHERS: sum(it.values())} for reason, it in figures.drops.items()}
    yield attrs.evolve(figures, drops=drops)
    all_drops = {OTHERS: {OTHERS: sum(sum(it.values()) for it in drops.values())}}
    counts = {OTHERS: sum(figures.counts.values())}
    yield attrs.evolve(figures, drops=all_drops, counts=counts)


def _before(kept_state: MappedState) -> StageFigures | None:
    """Return what the controllers before have counted; None for the first one."""
    try:
        return decode_body(kept_state.counters(), StageFigures) if kept_state.counters() else None
    except Undecodable:  # killed in the middle of a write, which the sequence number should exclude
        return None
