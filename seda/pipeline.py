"""The pipeline: one table, one row a stage. Supervisor, controllers, metrics and pages read it.

Adding a stage is a row here and a function in stages/. A row names its code as text, so that
nobody who reads the table imports what the stage imports.
"""

from typing import Literal

import attrs

from conf.schema import StageSettings, Start


@attrs.frozen
class StageOutput:
    """What a stage gives to whom."""

    kind: str
    to: str
    is_fact: bool = False
    """Replaceable by the newest of its key: nobody on the stream waits until it is settled."""


@attrs.frozen
class Stage:
    """One row."""

    name: str
    code: str
    """`package.module:function`, imported by the stage's template alone."""
    takes: tuple[str, ...]
    gives: tuple[StageOutput, ...] = ()
    handler: Literal["function", "async"] = "function"
    start: Start = "fork"
    """exec where a fork is impossible (a GPU is open): one started spare always waits."""
    gpu_memory_bytes: int = 0
    """Where the machine has a GPU that the stage can use, its handlers are started by exec and may
    take so much memory at least, unless the configuration says otherwise; 0 where it uses none."""
    one_at_a_time: bool = False
    """Never two events of a key at once: the stage keeps state per key, or one key whose events
    take long is not to have every handler."""
    absorbs_pressure: bool = False
    """It takes over what comes from the cameras: the pressure of those that it gives to stays here.
    Otherwise slow readers would cost frames, and in a ring a pressure would keep itself up."""
    is_lasting: bool = False
    """An event lasts as long as what it names (a camera): whatever becomes of its handlers, another
    one takes it over. It is never quarantined, and given up at a stop. Async stages only."""
    has_network: bool = False
    listens: tuple[str, ...] = ()
    """Listening sockets of the supervisor that the handlers inherit."""
    has_channels: bool = False
    """The stage is told how to reach the channels, which is secret to all others."""
    has_models: bool = False
    """Its handlers may read the configured models; those of others read their own folder alone."""
    reads: tuple[str, ...] | None = None
    """Files and folders of the data directory that its handlers may read besides their own folder,
    code and what is granted; None: anything (async stages alone, a function stage has none)."""
    keeps_key: bool = False
    """What it gives has its input's key: a handler that a camera took over speaks for no other."""
    concurrency: int = 1
    """Events an async handler may have at once."""
    perishable: tuple[str, ...] = ()
    """Kinds that give way to newer ones of their key when they are no longer fresh: what it takes
    and what it gives."""
    patient: tuple[str, ...] = ()
    """Kinds that may wait for a moment, so that a call has many of them. Async stages only."""
    never_shed: tuple[str, ...] = ()
    """Kinds that no overload drops: what somebody decided, and what nobody says a second time."""
    ladder: tuple[str, ...] = ()
    """What the stage leaves out at pressure 1, 2, 3 and 4, in words."""
    settings: StageSettings = attrs.Factory(StageSettings)


@attrs.frozen
class Pipeline:
    """The rows, from the source to the people."""

    stages: tuple[Stage, ...]

    def stage(self, name: str) -> Stage:
        """Return the row of this name."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        known = ", ".join(stage.name for stage in self.stages)
        raise KeyError(f"no stage {name!r} in the pipeline; there are: {known}")

    def senders_to(self, name: str) -> tuple[Stage, ...]:
        """Return the rows that give something to this stage, facts not counted."""
        return tuple(
            stage
            for stage in self.stages
            if any(output.to == name and not output.is_fact for output in stage.gives)
        )


def only(*stages: Stage) -> Pipeline:
    """Return the pipeline of these rows alone: what they give to any other is left out."""
    names = {stage.name for stage in stages}
    return Pipeline(
        tuple(
            attrs.evolve(stage, gives=tuple(output for output in stage.gives if output.to in names))
            for stage in stages
        )
    )


STAGE_FIGURES = "stage_figures"
"""A kind that every stage gives to `live`, whatever its row says."""
_CAMERA_FACT = StageOutput("camera_fact", "live", is_fact=True)

CAMERA = Stage(
    name="camera",
    code="stages.camera.stage:serve",
    takes=("camera",),
    gives=(StageOutput("chunk", "transcoder"), _CAMERA_FACT),
    handler="async",
    is_lasting=True,
    perishable=("chunk",),
    has_network=True,
    concurrency=50,
    # No event of this stage has a descriptor; its chunks count where they are queued.
    settings=StageSettings(
        handlers_min=1, handlers_max=20, queue_events=2048, queue_descriptors=16, fresh_s=3.0
    ),
)

TRANSCODER = Stage(
    name="transcoder",
    code="stages.transcoder.stage:transcode_chunk",
    takes=("chunk",),
    gives=(StageOutput("batch", "anomaly"), _CAMERA_FACT),
    # No state, but video can be made to take seconds a chunk: one camera is to hold one handler.
    one_at_a_time=True,
    keeps_key=True,
    perishable=("chunk", "batch"),
    ladder=(
        "half as many frames",
        "at most one frame a second",
        "and pictures no wider than 960",
        "one frame a chunk",
    ),
    # A decoder that leaks or was taken over is gone after a thousand chunks. Pooled, not auto: a
    # handler knows which pictures of the store are due to go, and each process would look anew.
    settings=StageSettings(
        handlers_min=2,  # cameras that began together end their chunks together
        handlers_max=4,
        queue_events=256,
        queue_descriptors=256,
        recycle_after_events=1000,
        memory_limit_bytes=1024 * 1024 * 1024,
        # A chunk may take a second by its price, and on a busy machine several times that.
        deadline_floor_s=5.0,
        target_s=1.5,  # with a chunk's two seconds and what the detector takes: five in all
        fresh_s=3.0,
    ),
)

ANOMALY = Stage(
    name="anomaly",
    code="stages.anomaly.stage:judge",
    takes=("batch", "lesson"),
    gives=(
        StageOutput("scored_frame", "assignment"),
        StageOutput("scored_fact", "live", is_fact=True),
    ),
    one_at_a_time=True,
    keeps_key=True,
    has_models=True,
    gpu_memory_bytes=4 * 1024 * 1024 * 1024,
    perishable=("batch",),
    never_shed=("lesson",),
    settings=StageSettings(
        handlers_max=2,
        events_per_call=8,
        deadline_floor_s=5.0,  # as for the chunk that it is of
        target_s=1.0,
        fresh_s=3.0,
        isolation="auto",
        memory_limit_bytes=1024 * 1024 * 1024,
    ),
)

LIVE = Stage(
    name="live",
    code="stages.live:serve",
    takes=(
        STAGE_FIGURES,
        "supervisor_figures",
        "camera_fact",
        "scored_fact",
        "waiting_fact",
        "unheld",
        "alarm_fact",
        "signed_out",
        "ask",
    ),
    gives=(
        StageOutput("answer", "http_reply"),
        StageOutput("gone", "assignment"),
        StageOutput("camera_state", "assignment"),
        StageOutput("incident", "alarm"),
    ),
    handler="async",
    # What it shows of them changes twice a second at most.
    patient=("stage_figures", "supervisor_figures", "camera_fact", "scored_fact", "waiting_fact"),
    has_network=True,
    listens=("operations",),
    # An event stream is no event under way: its connection is taken and the ask settled at once.
    concurrency=256,
    # As rarely as can be said: with its handler go all event streams, which then come again.
    settings=StageSettings(
        handlers_min=1,
        handlers_max=1,
        queue_events=2048,
        events_per_call=16,  # all stages say how they fare at the same moment
        recycle_after_events=1_000_000,
    ),
)

TLS = Stage(
    name="tls",
    code="stages.tls:serve",
    takes=(),
    gives=(StageOutput("connection", "http_parser"),),
    handler="async",
    has_network=True,
    listens=("tls",),
    absorbs_pressure=True,
    # No event of this stage has a descriptor; its connections count where they are queued.
    settings=StageSettings(handlers_min=1, handlers_max=1, queue_descriptors=16),
)
"""Only where the configuration has a certificate: the pages then answer here (`with_tls`)."""

HTTP_PARSER = Stage(
    name="http_parser",
    code="stages.http_parser:serve",
    takes=("connection",),
    gives=(
        StageOutput("request", "assignment"),
        StageOutput("write", "alarm"),
        StageOutput("ask", "live"),
        StageOutput("ask", "http_reply"),
    ),
    handler="async",
    has_network=True,
    listens=("web", "returned", "return"),
    absorbs_pressure=True,
    concurrency=1024,  # all its connections may ask in the same moment
    # All handlers wait on the same sockets and all wake for each connection: a second one costs
    # more than it brings as long as one does not fill a processor.
    settings=StageSettings(handlers_min=1, handlers_max=1),
)

ASSIGNMENT = Stage(
    name="assignment",
    code="stages.assignment.stage:serve",
    takes=(
        "scored_frame",
        "request",
        "decided",
        "test_frame",
        "gone",
        "camera_state",
        "undelivered",
    ),
    gives=(
        StageOutput("pair", "http_reply"),
        StageOutput("answer", "http_reply"),
        StageOutput("incident", "alarm"),
        StageOutput("waiting_fact", "live", is_fact=True),
        StageOutput("unheld", "live", is_fact=True),
    ),
    handler="async",
    has_network=True,
    absorbs_pressure=True,
    never_shed=("decided", "test_frame", "gone", "undelivered"),
    concurrency=256,
    # One process holds the pool. A request stays as long as reply takes to have its answer.
    settings=StageSettings(
        handlers_min=1,
        handlers_max=1,
        queue_events=4096,
        queue_descriptors=4096,
        events_per_call=16,
        recycle_after_events=1_000_000,
    ),
)

ALARM = Stage(
    name="alarm",
    code="stages.alarm.stage:serve",
    takes=("write", "incident"),
    gives=(
        StageOutput("answer", "http_reply"),
        StageOutput("decided", "assignment"),
        StageOutput("test_frame", "assignment"),
        StageOutput("lesson", "anomaly"),
        StageOutput("alarm_fact", "live", is_fact=True),
        StageOutput("signed_out", "live", is_fact=True),
    ),
    handler="async",
    has_network=True,
    has_channels=True,
    absorbs_pressure=True,
    never_shed=("incident",),
    concurrency=64,
    settings=StageSettings(handlers_min=1, handlers_max=1),
)

HTTP_REPLY = Stage(
    name="http_reply",
    code="stages.http_reply:serve",
    takes=("pair", "answer", "ask"),
    gives=(StageOutput("undelivered", "assignment"),),
    handler="async",
    has_network=True,
    absorbs_pressure=True,
    listens=("return",),
    concurrency=256,
    # Answers leave at once, and many together cost less than each alone. Replaced as rarely as can
    # be said: whoever takes an answer slowly is cut with the handler.
    settings=StageSettings(
        handlers_min=1,
        handlers_max=2,
        queue_events=4096,
        queue_descriptors=4096,
        events_per_call=16,
        recycle_after_events=1_000_000,
    ),
)


def with_tls(pipeline: Pipeline) -> Pipeline:
    """Return the pipeline in which connections come by the TLS stage, in front of the parser.

    A pipeline without a parser stays as it is.
    """
    stages: list[Stage] = []
    for stage in pipeline.stages:
        if stage.name == HTTP_PARSER.name:
            listens = tuple(name for name in stage.listens if name != "web")
            stages += [TLS, attrs.evolve(stage, listens=listens)]
        else:
            stages.append(stage)
    return Pipeline(tuple(stages))


PIPELINE = Pipeline((CAMERA, TRANSCODER, ANOMALY, HTTP_PARSER, ASSIGNMENT, ALARM, HTTP_REPLY, LIVE))
