"""Tables of stages: for the scripted controller, which does what the code says, and real ones."""

import attrs

from conf.schema import StageSettings
from seda.pipeline import (
    ALARM,
    ASSIGNMENT,
    CAMERA,
    HTTP_PARSER,
    HTTP_REPLY,
    LIVE,
    TRANSCODER,
    Pipeline,
    Stage,
    StageOutput,
    only,
)


def _row(name: str, does: str, to: str = "", listens: tuple[str, ...] = ()) -> Stage:
    gives = (StageOutput("thing", to),) if to else ()
    return Stage(name, f"fake:{does}", takes=("thing",), gives=gives, listens=listens)


GOOD = Pipeline(
    (_row("source", "good", "middle"), _row("middle", "good", "sink"), _row("sink", "good"))
)
CRASHING = Pipeline((_row("source", "good", "sink"), _row("sink", "crash")))
STUBBORN = Pipeline((_row("source", "stubborn", "sink"), _row("sink", "good")))
LEAVING = Pipeline((_row("source", "leave", "sink"), _row("sink", "good")))
NUMB = Pipeline((_row("source", "numb", "sink"), _row("sink", "good")))
LISTENING = Pipeline((_row("source", "good", listens=("operations",)),))
TANGLED = Pipeline(
    (
        _row("source", "good", "nowhere"),
        _row("source", "good", listens=("unheard",)),
    )
)

_ECHO = Stage("echo", "testing.handlers.echo:handle", takes=("thing",))
"""Needs the real controller."""
WATCHED = only(_ECHO, LIVE)
UNWATCHED = only(_ECHO, attrs.evolve(LIVE, code="testing.handlers.nowhere:serve"))
"""`live` cannot start."""

_NOTING = Stage(
    "live",
    "testing.handlers.camera_sinks:note_fact",
    takes=LIVE.takes,
    settings=StageSettings(handlers_min=1, handlers_max=1),
)
_FACTS = tuple(output for output in TRANSCODER.gives if output.is_fact)
CAMERAS = Pipeline(
    (
        CAMERA,
        attrs.evolve(TRANSCODER, gives=(*_FACTS, StageOutput("batch", "sink"))),
        Stage("sink", "testing.handlers.camera_sinks:note_batch", takes=("batch",)),
        _NOTING,
    )
)
"""The real stages, and two that write down what comes of them."""
_STUCK = StageSettings(handlers_min=1, handlers_max=1, queue_events=2, deadline_floor_s=30.0)
STUCK = Pipeline(
    (
        CAMERA,
        Stage(
            "transcoder", "testing.handlers.camera_sinks:stand_still", ("chunk",), settings=_STUCK
        ),
        _NOTING,
    )
)


def _answering(name: str, takes: str) -> Stage:
    """Return a row that answers what it takes itself."""
    return Stage(
        name,
        "testing.handlers.replies:serve",
        takes=(takes,),
        handler="async",
        has_network=True,
        listens=("return",),
        absorbs_pressure=True,
        concurrency=1024,
        settings=StageSettings(handlers_min=1, handlers_max=1, queue_events=4096),
    )


DOOR = Pipeline(
    (
        attrs.evolve(
            HTTP_PARSER, gives=tuple(it for it in HTTP_PARSER.gives if it.to != LIVE.name)
        ),
        _answering("assignment", "request"),
        _answering("alarm", "write"),
        _answering("http_reply", "ask"),
        attrs.evolve(LIVE, gives=()),
    )
)
"""The parser, TLS where it is configured, and everybody behind them answering at once."""

RING = only(LIVE, HTTP_PARSER, ASSIGNMENT, ALARM, HTTP_REPLY)
"""The spotter's side with nobody who films."""
_TAUGHT = Stage("anomaly", "testing.handlers.loads:swallow", takes=("lesson",))
WATCH = only(_TAUGHT, LIVE, HTTP_PARSER, ASSIGNMENT, ALARM, HTTP_REPLY)
"""The spotter's side, for tests that give it scored frames in the detector's place."""
