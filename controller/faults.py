"""What may be wrong with what a handler gives. Pure."""

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


def fault_of(
    outputs: tuple[Output, ...], gifts: frozenset[tuple[str, str]], given: int, source: str
) -> str:
    """Return what is wrong with outputs whose input has so many payloads, or nothing.

    `source` is the input's id, which the outputs' ids have to derive from; empty where outputs
    have no input.
    """
    for output in outputs:
        event = output.event
        if source and not event.id.startswith(f"{source}."):
            return f"an output with the id {event.id!r}, which does not derive from {source!r}"
        if (event.kind, output.to) not in gifts:
            return f"{event.kind!r} to {output.to!r}, which the stage's row does not give"
        if any(payload.of_input >= given for payload in event.payloads):
            return f"a payload of its input, which has {given}, in {event.id!r}"
    return ""
