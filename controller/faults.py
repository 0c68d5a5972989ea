"""What may be wrong with what a handler gives. Pure."""

import attrs

from seda.messages import Output
from seda.protocol import Result

_OUTCOMES = frozenset({"done", "dropped", "failed"})


def fault_of_outcome(result: Result) -> str:
    """Return what is wrong with a result's outcome, or nothing."""
    if result.outcome not in _OUTCOMES:
        return f"the outcome {result.outcome!r}, which is none"
    if result.outcome == "failed" and result.outputs:
        return "outputs of an event that failed"
    return ""


@attrs.frozen
class Origin:
    """The input of outputs."""

    id: str
    """The outputs' ids have to derive from it."""
    payloads: int
    """So many may be passed on."""
    key: str | None
    """The outputs' too, or None where the row lets them have others."""


NOTHING = Origin("", 0, None)
"""Of outputs that no input asked for."""


def fault_of(
    outputs: tuple[Output, ...], declared: frozenset[tuple[str, str]], origin: Origin
) -> str:
    """Return what is wrong with outputs of this origin, or nothing."""
    for output in outputs:
        event = output.event
        if origin.id and not event.id.startswith(f"{origin.id}."):
            return f"an output with the id {event.id!r}, which does not derive from {origin.id!r}"
        if (event.kind, output.to) not in declared:
            return f"{event.kind!r} to {output.to!r}, which the stage's row does not give"
        if origin.key is not None and event.key != origin.key:
            return f"{event.kind!r} about {event.key!r}, of an event about {origin.key!r}"
        if any(payload.of_input >= origin.payloads for payload in event.payloads):
            return f"a payload of its input, which has {origin.payloads}, in {event.id!r}"
    return ""
