"""From what the code gave to what the controller is told: results, outputs, descriptors.

Everything that the code can get wrong ends here in a failed result with a sentence for people. The
descriptors collected belong to the caller, who closes them once they are sent.
"""

import os
import socket
import types
from collections.abc import Iterable, Sequence

import attrs

from runtime.work import Draft, Dropped, Header, Input, Received
from seda import payload
from seda.codec import TooLarge, Undecodable, decode_body, encode, encode_body, own_payloads
from seda.messages import Event, Output, Payload
from seda.pipeline import Stage
from seda.protocol import DESCRIPTORS_PER_DATAGRAM, Done, Result
from seda.wire import close_all

_REASON_CHARACTERS = 400
_NOBODY = Event("none", "none", "")
"""Whose header an output inherits that no input asked for."""
_HEADER = Header.__annotations__.keys()
_TOO_LARGE = "too large together"
"""Short, because a call of very many events has room for no more."""


class Garbage(Exception):
    """The code gave something that is not an output, or none that this stage may give."""


@attrs.define
class Collected:
    """What one input or one call leads to."""

    results: list[Result] = attrs.Factory(list)
    descriptors: list[int] = attrs.Factory(list)


class NotGiven(Garbage):
    """What the row of the stage does not give: the table is a part, or the code is wrong."""


class Collector:
    """Turns what a stage's code gives into outputs."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._package = stage.code.partition(":")[0]
        self._successors: dict[str, list[str]] = {}
        for output in stage.gives:
            self._successors.setdefault(output.kind, []).append(output.to)

    def collect(self, source: Input, products: object, into: Collected) -> None:
        """Add this input's result; what the code raises meanwhile passes through."""
        if products is None:
            into.results.append(Result(source.header.id, "done"))
            return
        descriptors: list[int] = []
        try:
            result = self._result(source, _iterable(products), descriptors)
        except BaseException:
            close_all(descriptors)
            raise
        into.results.append(result)
        into.descriptors += descriptors

    def sorted_by_input(
        self, inputs: Sequence[Input], products: object
    ) -> list[tuple[Input, list[object]]]:
        """Return what was given for each of a call's inputs, in the order of the inputs."""
        given: dict[Input, list[object]] = {event: [] for event in inputs}
        for product in _iterable(() if products is None else products):
            source = getattr(product, "source", None)
            if source not in given:
                raise Garbage(f"it gave {_shown(product)}, made from none of the call's inputs")
            given[source].append(product)
        return list(given.items())

    def _result(self, source: Input, products: Iterable[object], descriptors: list[int]) -> Result:
        outputs: list[Output] = []
        dropped: Dropped | None = None
        for product in products:
            if isinstance(product, Dropped):
                dropped = product
            else:
                identity = f"{source.header.id}.{len(outputs)}"
                outputs.append(self.output(product, identity, source, descriptors))
        if dropped is None:
            return Result(source.header.id, "done", "", tuple(outputs))
        if outputs:
            raise Garbage(f"it gave outputs and dropped the same input ({dropped.reason})")
        return Result(source.header.id, "dropped", _short(dropped.reason, _REASON_CHARACTERS))

    def output(
        self, draft: object, identity: str, source: Input | None, descriptors: list[int]
    ) -> Output:
        """Return the checked output and add the descriptors that go with it."""
        if not isinstance(draft, Draft):
            raise Garbage(
                f"it gave {_shown(draft)}, which is no output: make outputs with event.output(...)"
            )
        if draft.source is not source:
            raise Garbage(f"it gave {draft.kind!r} for one input while it handled another")
        to = self._successor(draft)
        first = len(descriptors)
        payloads = tuple(_payload(content, source, descriptors) for content in draft.contents)
        if len(descriptors) - first > DESCRIPTORS_PER_DATAGRAM:
            raise Garbage(f"{draft.kind!r} has more than {DESCRIPTORS_PER_DATAGRAM} payloads")
        return Output(to, _event(draft, identity, payloads))

    def _successor(self, draft: Draft) -> str:
        """Return to whom it goes, by the row of the pipeline table."""
        successors = self._successors.get(draft.kind, [])
        to = draft.header.get("to")
        if to is None and len(successors) == 1:
            return successors[0]
        if to in successors:
            return to
        gives = (
            ", ".join(f"{output.kind} to {output.to}" for output in self._stage.gives) or "nothing"
        )
        wanted = f"{draft.kind!r}" + (f" to {to!r}" if to else "")
        raise NotGiven(f"it gave {wanted}, the row of stage {self._stage.name!r} says: {gives}")

    def failed(self, identity: str, error: BaseException) -> Result:
        """Return the result of an input over which the code raised, naming its last frame."""
        text = f"{type(error).__name__}: {error}{self._where(error.__traceback__)}"
        return Result(identity, "failed", _short(text, _REASON_CHARACTERS))

    def _where(self, trace: types.TracebackType | None) -> str:
        """Name the deepest frame that belongs to the stage's own code."""
        found = ""
        while trace is not None:
            module = str(trace.tb_frame.f_globals.get("__name__", ""))
            if module == self._package or module.startswith(f"{self._package}."):
                found = f" ({module}:{trace.tb_lineno} in {trace.tb_frame.f_code.co_name})"
            trace = trace.tb_next
        return found


def datagram(done: Done, descriptors: list[int]) -> tuple[bytes, list[int]]:
    """Encode a call's end; what does not fit makes all of its events fail.

    The controller repeats a failed call one by one, so that only what is too large alone stays so.
    """
    own = sum(own_payloads(result.outputs) for result in done.results)
    try:
        if own > DESCRIPTORS_PER_DATAGRAM:
            raise TooLarge(f"{own} payloads, a datagram holds {DESCRIPTORS_PER_DATAGRAM}")
        return encode(done), descriptors
    except TooLarge as error:
        close_all(descriptors)
        reason = str(error) if len(done.results) == 1 else _TOO_LARGE
        failed = tuple(Result(result.id, "failed", reason) for result in done.results)
        return encode(attrs.evolve(done, results=failed)), []


def _iterable(products: object) -> Iterable[object]:
    if isinstance(products, (types.GeneratorType, list, tuple)):
        return products
    if isinstance(products, (Draft, Dropped)):
        return (products,)
    if isinstance(products, Iterable) and not isinstance(products, str | bytes):
        return products
    raise Garbage(f"it gave {_shown(products)} instead of outputs")


def _event(draft: Draft, identity: str, payloads: tuple[Payload, ...]) -> Event:
    """Return the event, decoded once as its receivers will, so that no doubtful one leaves."""
    header = draft.header
    if not header.keys() <= _HEADER:
        unknown = ", ".join(sorted(header.keys() - _HEADER))
        raise Garbage(f"{draft.kind!r} has no {unknown} in its header")
    inherited = _NOBODY if draft.source is None else draft.source.header
    event = Event(
        identity,
        draft.kind,
        header.get("key", inherited.key),
        draft.body,
        payloads,
        header.get("priority", inherited.priority),
        header.get("threat", inherited.threat),
        header.get("units", 1.0),
        header.get("born_s", inherited.born_s),
    )
    try:
        return decode_body(encode_body(event), Event)
    except (Undecodable, TypeError, ValueError, OverflowError) as error:
        raise Garbage(f"{draft.kind!r} is no proper event: {error}") from error


def _payload(content: object, source: Input | None, descriptors: list[int]) -> Payload:
    """Describe a payload; add its descriptor unless it is the input's own, passed on."""
    match content:
        case bytes() | bytearray() | memoryview():
            descriptors.append(payload.make(content))
            return Payload("memory", memoryview(content).nbytes)
        case tuple() | list():
            descriptors.append(payload.make_of(content))
            return Payload("memory", sum(map(len, content)))
        case socket.socket():
            descriptors.append(content.detach())
            return Payload("connection", 0)
        case Received() if source is not None and content in source.payloads:
            index = source.payloads.index(content)
            return Payload(content.kind, content.size_bytes, index)
        case Received():
            descriptors.append(os.dup(content.descriptor))
            return Payload(content.kind, content.size_bytes)
        case _:
            raise Garbage(f"a payload is bytes, a socket or a received one, not {_shown(content)}")


def _shown(thing: object) -> str:
    return _short(repr(thing), 80)


def _short(text: str, characters: int) -> str:
    """Bound what the code made: one line, not too long."""
    line = " ".join(str(text).split()).encode(errors="replace").decode()
    return line if len(line) <= characters else f"{line[: characters - 3]}..."
