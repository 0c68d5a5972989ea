"""The pipelines of the benches: tables like the real one, with handlers that load and mark."""

import attrs

from conf.schema import StageSettings
from seda.pipeline import (
    ANOMALY,
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

_CODE = "testing.handlers.loads"
_HOP = StageSettings(
    handlers_min=1,
    handlers_max=1,
    queue_events=1024,
    recycle_after_events=10**6,
    events_per_call=16,
)
DEADLINE_S = 0.5
"""Of every call in the recovery bench: floor and ceiling alike, so that it is known."""
_FAULTY = StageSettings(
    handlers_min=2, handlers_max=2, deadline_floor_s=DEADLINE_S, deadline_ceiling_s=DEADLINE_S
)
_LEARNING = attrs.evolve(_FAULTY, deadline_ceiling_s=30.0, isolation="per_event")
"""The same deadline, but only where it was learned that calls take little; else the ceiling."""


def _row(name: str, function: str, to: str | None, settings: StageSettings) -> Stage:
    gives = (StageOutput("number", to),) if to else ()
    code = f"{_CODE}:{function}"
    is_marking = function.startswith("mark")  # by a datagram, which others are refused
    return Stage(name, code, ("number",), gives, has_network=is_marking, settings=settings)


def _faulty(prefix: str) -> Pipeline:
    first, second, third = (f"{prefix}{place}" for place in ("1", "2", "3"))
    return only(
        _row(first, "mark_and_pass_on", second, _FAULTY),
        _row(second, "mark_and_pass_on", third, _FAULTY),
        _row(third, "mark_and_take_effect", None, _FAULTY),
        LIVE,
    )


def _hop(settings: StageSettings) -> Pipeline:
    return only(
        _row("first", "pass_on", "second", settings),
        _row("second", "pass_on", "third", settings),
        _row("third", "swallow", None, settings),
        LIVE,
    )


HOP = _hop(_HOP)
HOP_ONE_A_CALL = _hop(attrs.evolve(_HOP, events_per_call=1))
RECOVERY = _faulty("light")
RECOVERY_HEAVY = _faulty("heavy")
RECOVERY_PER_EVENT = only(_row("alone", "hang_once", None, _LEARNING), LIVE)
STEPLOAD = only(
    _row(
        "work",
        "wait",
        None,
        StageSettings(handlers_min=1, handlers_max=4, grow_at_events=2, idle_s=5.0),
    ),
    LIVE,
)
OVERLOAD = only(
    _row(
        "work",
        "compute",
        None,
        StageSettings(handlers_min=1, handlers_max=2, target_s=1.0, queue_events=4096),
    ),
    LIVE,
)
SHIPPED = only(
    CAMERA,
    TRANSCODER,
    ANOMALY,
    Stage(
        ASSIGNMENT.name,
        f"{_CODE}:note_scored",
        ("scored_frame", "gone", "camera_state"),
        settings=StageSettings(handlers_min=1, handlers_max=1, queue_events=4096),
    ),
    LIVE,
)
"""The rows as they are, up to where a frame may be given to somebody; there it is noted."""
_FACTS = tuple(output for output in TRANSCODER.gives if output.is_fact)
CAMERAS = only(
    CAMERA,
    attrs.evolve(TRANSCODER, gives=(*_FACTS, StageOutput("batch", "sink"))),
    Stage(
        "sink",
        f"{_CODE}:note_batch",
        ("batch",),
        settings=StageSettings(handlers_min=1, handlers_max=1),
    ),
    LIVE,
)
"""The real stages, and one that notes when which batch came."""
SPOTTERS = only(LIVE, HTTP_PARSER, ASSIGNMENT, HTTP_REPLY)
"""The real stages between a browser and its frame; nobody writes, and cameras are stood in for."""
