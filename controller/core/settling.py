"""How events leave: outputs to the successors' outboxes, final states to the senders.

Every event that a controller has is in `items`; `settle` is the only way out of it.
"""

from controller.core import happenings as h
from controller.core.context import EngineContext
from controller.core.item import Item
from controller.core.outbox import Outbox
from seda.messages import Event, Outcome, Output, Settlement
from seda.protocol import Result

OVERTAKEN = "overtaken"


class Settling:
    """Outboxes, outputs that are awaited, and the answer to whoever sent an event."""

    def __init__(self, context: EngineContext) -> None:
        self._kept_state = context.kept_state
        self._counters = context.counters
        self._out = context.out
        self._fresh_s = context.settings.fresh_s
        row = context.row
        self._perishable = frozenset(row.perishable)
        self._facts = {(output.kind, output.to) for output in row.gives if output.is_fact}
        self._outboxes = {output.to: Outbox() for output in row.gives}
        streams = {output.to for output in row.gives if not output.is_fact}
        self._streams = [box for name, box in self._outboxes.items() if name in streams]
        self._stopped_earlier = [self._outboxes[name] for name in streams & context.stopped_earlier]
        self._stopped_later = [self._outboxes[name] for name in streams - context.stopped_earlier]
        self._parents: dict[str, Item] = {}
        self.items: dict[str, Item] = {}
        self.awaiting = 0
        self.quarantining = 0

    @property
    def is_behind(self) -> bool:
        """Say whether a successor is so slow that no more outputs should be made."""
        for box in self._streams:  # noqa: SIM110  # asked for every event; a generator costs more
            if box.is_behind:
                return True
        return False

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is left that somebody waits for."""
        return not self.quarantining and not any(len(box) for box in self._stopped_later)

    @property
    def undeliverable(self) -> int:
        """Count what a drain leaves to nobody, because who would take it has ended."""
        return sum(len(box) for box in self._stopped_earlier)

    def release(self, item: Item) -> None:
        """Give an item's outputs to the successors, or settle it if there is none to wait for."""
        result = item.result
        for output in result.outputs if result else ():
            self.give(output, item)
        if item.outputs_left:
            self.awaiting += 1
        else:
            self._settle_with_result(item)

    def give(self, output: Output, parent: Item | None) -> bool:
        """Take an output over; say whether it is more than a fact.

        Facts replace older ones and are not waited for.
        """
        box = self._outboxes[output.to]
        event = output.event
        is_fact = (event.kind, output.to) in self._facts
        if is_fact:
            replaced = box.replace(event)
            if replaced is not None:
                self._out.append(h.Forget(replaced))
        else:
            self._put(box, event)
            if parent is not None:
                self._parents[event.id] = parent
                parent.outputs_left += 1
        self._submit(output.to, box.take_submittable())
        return not is_fact

    def _put(self, box: Outbox, event: Event) -> None:
        if self._fresh_s is None or event.kind not in self._perishable:
            box.put(event)
            return
        for old in box.put_fresh(event, self._fresh_s):
            self._out.append(h.Forget(old.id))
            parent = self._parents.pop(old.id, None)
            if parent is None:
                self._counters.note_dropped_output(OVERTAKEN, old.key)
            else:
                parent.result = Result(parent.event.id, "dropped", OVERTAKEN)
                self._output_is_over(parent)

    def settle(self, item: Item, outcome: Outcome, reason: str = "") -> None:
        """Give an event its final state."""
        settlement = Settlement(item.event.id, outcome, reason)
        del self.items[item.event.id]
        self._kept_state.note_settled(settlement)
        self._counters.note_settled(settlement, item.event.key)
        self._out.append(h.Settle(item.sender, settlement))

    def quarantine(self, item: Item, reason: str) -> None:
        """Have an event written to the quarantine; it is settled when that is done."""
        item.result = Result(item.event.id, "quarantined", reason)
        self.quarantining += 1
        self._out.append(h.Quarantine(item.event, reason))

    def quarantined(self, happening: h.Quarantined) -> None:
        """An event was written, or could not be."""
        item = self.items.get(happening.id)
        if item is None:
            return
        self.quarantining -= 1
        reason = item.result.reason if item.result else ""
        if happening.problem:
            reason = f"{reason}; not kept: {happening.problem}"
        self.settle(item, "quarantined", reason)

    def output_settled(self, happening: h.OutputSettled) -> None:
        """A successor is done with an output; its parent may be settled now."""
        box = self._outboxes[happening.successor]
        event_id = happening.settlement.id
        if not box.settle(event_id):
            return
        self._out.append(h.Forget(event_id))
        self._submit(happening.successor, box.take_submittable())
        parent = self._parents.pop(event_id, None)
        if parent is not None:
            self._output_is_over(parent)

    def _output_is_over(self, parent: Item) -> None:
        parent.outputs_left -= 1
        if not parent.outputs_left:
            self.awaiting -= 1
            self._settle_with_result(parent)

    def submit_again(self, happening: h.SubmitAgain) -> None:
        """Send once more what arrived without its descriptors."""
        box = self._outboxes[happening.successor]
        self._submit(happening.successor, box.take_again(happening.ids))

    def open(self, happening: h.SuccessorUp) -> None:
        """A link stands: everything unsettled goes first, in order."""
        box = self._outboxes[happening.successor]
        box.open(happening.window)
        self._submit(happening.successor, box.take_submittable())

    def close(self, successor: str) -> None:
        """A link is gone; what was submitted is kept."""
        self._outboxes[successor].close()

    def _settle_with_result(self, item: Item) -> None:
        result = item.result
        if result is not None and result.outcome == "dropped":
            self.settle(item, "dropped", result.reason)
        else:
            self.settle(item, "done", result.reason if result else "")

    def _submit(self, successor: str, events: list[Event]) -> None:
        for event in events:
            self._out.append(h.Submit(successor, event))
