"""The stages around `live`, each writing down what it is given, a JSON line each."""

import msgspec

from conf.schema import StageSettings
from runtime import Context, Input
from seda.decisions import CameraStateFact, Gone, Incident
from seda.pipeline import LIVE, Pipeline, Stage
from seda.requests import Answer

_BODIES: dict[str, type[object]] = {
    "gone": Gone,
    "camera_state": CameraStateFact,
    "incident": Incident,
    "answer": Answer,
}
_ONE = StageSettings(handlers_min=1, handlers_max=1)


def note(event: Input, context: Context) -> None:
    """Write down what came, and answer on its connection that it did."""
    body = event.body(_BODIES[event.header.kind])
    with (context.directory / event.header.kind).open("ab") as file:
        file.write(msgspec.json.encode(body) + b"\n")
    if event.header.kind == "answer":
        with event.payloads[0].take_connection() as connection:
            content = event.body(Answer).body or bytes(event.payloads[1].view())
            connection.sendall(content)


def _taker(name: str, *takes: str) -> Stage:
    return Stage(name, "testing.handlers.ring:note", takes, settings=_ONE)


AROUND_LIVE = Pipeline(
    (
        LIVE,
        _taker("assignment", "gone", "camera_state"),
        _taker("alarm", "incident"),
        _taker("http_reply", "answer"),
    )
)
