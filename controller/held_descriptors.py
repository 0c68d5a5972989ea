"""The descriptors that a controller holds, by event: inputs until settled, outputs until forgotten.

A payload that an output passes on from its input is one descriptor with two holders; it is closed
when the last one lets go. A connection is closed here as soon as it was given to a successor: it
must end when whoever serves it ends it.
"""

from collections.abc import Iterator
from itertools import chain

from seda.messages import Event
from seda.wire import close_all

SPENT = -1
"""In place of a connection that was given away."""


class HeldDescriptors:
    """Descriptors by event id, inputs and outputs apart."""

    def __init__(self) -> None:
        self._inputs: dict[str, list[int]] = {}
        self._outputs: dict[str, list[int]] = {}
        self._shares: dict[int, int] = {}
        """How many more holders than one a descriptor has."""

    def __len__(self) -> int:
        """Count the descriptors, each once."""
        lists = chain(self._inputs.values(), self._outputs.values())
        held = sum(len(kept) - kept.count(SPENT) for kept in lists)
        return held - sum(self._shares.values())

    def keep_input(self, event_id: str, descriptors: list[int]) -> None:
        """Hold an arrived event's descriptors; those of a repeat are closed at once."""
        if event_id in self._inputs:
            close_all(descriptors)
        elif descriptors:
            self._inputs[event_id] = descriptors

    def of_input(self, event: Event) -> list[int]:
        """Return what is held for an arrived event."""
        return self._inputs.get(event.id, []) if event.payloads else []

    def count_input(self, event_id: str) -> int:
        """Count the descriptors of an arrived event."""
        return len(self._inputs.get(event_id, ()))

    def release_input(self, event_id: str) -> None:
        """Let go of an arrived event's descriptors."""
        if self._inputs:
            self._release(self._inputs.pop(event_id, ()))

    def keep_output(self, event: Event, own: Iterator[int], input_id: str = "") -> None:
        """Hold an output's descriptors: the next own ones, and its input's where it says so."""
        given = self._inputs.get(input_id, [])
        kept = [given[p.of_input] if p.of_input >= 0 else next(own) for p in event.payloads]
        for payload, descriptor in zip(event.payloads, kept, strict=True):
            if payload.of_input >= 0:
                self._shares[descriptor] = self._shares.get(descriptor, 0) + 1
        if event.id in self._outputs:
            self._release(kept)
        elif kept:
            self._outputs[event.id] = kept

    def of_output(self, event: Event) -> list[int] | None:
        """Return what is held for an output; None once it is forgotten."""
        return self._outputs.get(event.id) if event.payloads else []

    def spend_connections(self, event: Event) -> None:
        """Let go of the connections of an output that was given to a successor."""
        kept = self._outputs.get(event.id, [])
        for index, payload in enumerate(event.payloads):
            if payload.kind == "connection" and kept[index] != SPENT:
                self._release((kept[index],))
                kept[index] = SPENT

    def release_output(self, event_id: str) -> None:
        """Let go of an output's descriptors."""
        if self._outputs:
            self._release(self._outputs.pop(event_id, ()))

    def _release(self, descriptors: list[int] | tuple[int, ...]) -> None:
        for descriptor in descriptors:
            further = self._shares.get(descriptor, 0)
            if further > 1:
                self._shares[descriptor] = further - 1
            elif further:
                del self._shares[descriptor]
            elif descriptor != SPENT:
                close_all((descriptor,))
