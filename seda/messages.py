"""What travels: events, and the bodies they carry, in the order in which data flows.

Frozen attrs classes only. Nothing here knows a socket, a clock or how it is
encoded (seda/codec.py).
"""

import enum
from typing import Annotated, Literal

import attrs
from msgspec import Meta

ID_BYTES = 120
"""Upper bound of an event's id: ids are kept by the thousand in a mapped table of fixed slots."""

Id = Annotated[str, Meta(min_length=1, max_length=ID_BYTES, pattern="^[!-~]*$")]
Key = Annotated[str, Meta(max_length=ID_BYTES)]
Bytes = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
"""Bounded, because one NaN or infinity would stay in every average that it enters."""
TROUBLE_CHARACTERS = 500
Amount = Annotated[float, Meta(ge=-1e15, le=1e15)]
Threat = Annotated[float, Meta(ge=0, le=1)]
Units = Annotated[float, Meta(gt=0, le=1e6)]

PayloadKind = Literal["memory", "connection"]
Outcome = Literal["done", "dropped", "quarantined"]
Stream = Literal["moving", "standing", "place", "low", "overall"]
"""The kinds of evidence that verdicts teach about, each with its own account."""
StageState = Literal["starting", "serving", "draining", "gave_up"]


class Band(enum.StrEnum):
    """How unusual a frame is for its camera: one of four words, in rising order."""

    ORDINARY = "ordinary"
    NOTICEABLE = "noticeable"
    UNUSUAL = "unusual"
    ALARMING = "alarming"


@attrs.frozen
class Payload:
    """One descriptor of an event: sealed memory of a known size, or somebody's connection."""

    kind: PayloadKind
    size_bytes: Bytes
    of_input: int = -1
    """In an output only: the index of the input's payload that is passed on as it is."""


@attrs.frozen
class Event:
    """A small header; its payload descriptors travel beside it, in the order of `payloads`."""

    id: Id
    """Unique; an output's id derives from its input's, so that a repeat is recognised."""
    kind: str
    key: Key
    """What the event is fair and ordered by: the camera, or for requests the spotter."""
    body: bytes = b""
    """The kind's own frozen attrs class, encoded."""
    payloads: tuple[Payload, ...] = ()
    priority: int = 0
    """Within a key, higher goes first."""
    threat: Threat | None = None
    """0..1 where the event is scored; None says that nobody has judged it yet."""
    units: Units = 1.0
    """Work in the stage's own measure; service times and fairness are per unit."""
    born_s: Seconds = 0.0
    """Monotonic time of arrival at the source, for the age of what people see."""


@attrs.frozen
class Output:
    """An event that a handler gives to a successor."""

    to: str
    event: Event


@attrs.frozen
class Settlement:
    """An event's final state, told to whoever sent it."""

    id: str
    outcome: Outcome
    reason: str = ""


@attrs.frozen
class ConnectionFacts:
    """How the camera stage stands with one camera: all of it each time.

    So only the newest counts. Times are wall time; what is counted is so since `watched_since_s`,
    when a handler took the camera over.
    """

    state: Literal["connecting", "connected", "lost"]
    """lost: it ended, or there was none; the next try is due at `retry_at_s`."""
    since_s: float
    """When this state began."""
    watched_since_s: float
    epoch: int
    """Of the connection or try; grows with each one."""
    tries: int = 0
    connections: int = 0
    """How many tries came to video."""
    format: str = ""
    """Of the last connection: mjpeg, jpeg, mpegts, fmp4, flv or hls."""
    authentication: str = ""
    """none, basic, digest or libav."""
    is_trusted_by_hand: bool = False
    """The configuration names the one certificate that is accepted."""
    clock_offset_s: float | None = None
    """How far the camera's clock is ahead, where it tells."""
    fault: str = ""
    """Name of why it was lost last; stays until there is video again."""
    sentence: str = ""
    """The same for people, without a secret."""
    retry_at_s: float | None = None
    chunks: int = 0
    chunk_at_s: float | None = None
    """When the last chunk was complete."""
    chunks_dropped: int = 0
    """Because the transcoder was full."""
    counts: dict[str, int] = attrs.Factory(dict)
    """Odd things in the stream, by name."""
    sentences: dict[str, str] = attrs.Factory(dict)
    """What an operator should know of them, by the same names."""


@attrs.frozen
class Look:
    """What is kept of one picture to tell frozen and dark: 2 bytes a cell, 1152 in all."""

    captured_s: float
    cells: bytes
    """Means of the cells in 1/256 of a grey level, rows from the top, little endian."""
    mean: float
    """Grey level, 0..255."""
    spread: float
    """Standard deviation of the grey level."""


@attrs.frozen
class PictureFacts:
    """What the transcoder saw in one chunk."""

    epoch: int
    sequence: int
    looks: tuple[Look, ...] = ()
    """One for each second or chunk, in order; to be judged by media/stillness.py."""
    width_px: int = 0
    height_px: int = 0
    """Of the newest frame; 0 where none could be made."""
    frames: int = 0
    counts: dict[str, int] = attrs.Factory(dict)
    """Outcomes in this chunk, by name."""
    sentences: dict[str, str] = attrs.Factory(dict)


@attrs.frozen
class CameraFact:
    """Body of "camera_fact", whose key is the camera: what one stage knows of it, for `live`."""

    camera: str
    at_s: float
    """Wall time."""
    connection: ConnectionFacts | None = None
    """From the camera stage."""
    picture: PictureFacts | None = None
    """From the transcoder."""


@attrs.frozen
class FrameFacts:
    """One frame of a batch: where its pictures lie in the batch's payload."""

    captured_s: float
    """Wall time."""
    width_px: int
    height_px: int
    offset: int
    size_bytes: int
    """Of the JPEG that people see."""
    small_offset: int = 0
    small_width_px: int = 0
    small_height_px: int = 0
    """Of the grey picture that the detector sees, a byte a pixel; 0 where the JPEG has to do."""


@attrs.frozen
class BatchFacts:
    """The body of a batch; its one payload holds all pictures, one after the other."""

    camera: str
    epoch: int
    """Of the camera's connection; grows with each one."""
    sequence: int
    """Of the chunk within its epoch."""
    frames: tuple[FrameFacts, ...]


@attrs.frozen
class Box:
    """A rectangle in shares of the picture, and what it shows."""

    left: float
    top: float
    right: float
    bottom: float
    label: str
    strength: float
    """0..1."""


@attrs.frozen
class Mark:
    """What a verdict on a frame is about: the kind of evidence, where, and the pattern."""

    stream: Stream
    x: float
    """Share of the picture's width."""
    y: float
    pattern: tuple[int, ...] = ()


@attrs.frozen
class ScoredFacts:
    """The body of a chunk's one scored frame.

    As a frame it has three payloads: its JPEG, the heat map (PNG, grey, a pixel a cell) and the
    camera's usual view (JPEG, grey). As a fact for `live` it has none.
    """

    camera: str
    epoch: int
    sequence: int
    index: int
    """Of the frame in its batch."""
    captured_s: float
    """Wall time."""
    raw: float
    """Before calibration: comparable within one camera only."""
    threat: Threat
    """Equally rare on every camera."""
    band: Band
    is_learning: bool
    """The camera is too new for its scores to mean much."""
    cause: str
    """One word, the same for every frame with such a cause."""
    words: str
    """The cause for people."""
    boxes: tuple[Box, ...]
    mark: Mark
    problems: tuple[str, ...] = ()
    """What could not be used."""
    breaks_rule: bool = False
    """A rule of the camera names it: somebody is to see it, whatever its threat."""
    device: str = ""
    """Of a fact: on what the detector runs, and why there."""


@attrs.frozen
class Lesson:
    """The body of a lesson, whose key is the camera: a verdict on a frame, or its undoing."""

    id: Id
    """Of the verdict; undoing names the same one."""
    verdict: Literal["clear", "suspicious", "undone"]
    person: str
    at_s: float
    """Wall time."""
    mark: Mark
    """As the frame carried it."""


@attrs.frozen
class HandlerFigures:
    """What one handler says of itself, in every `done` and heartbeat."""

    cpu_s: Seconds = 0.0
    memory_bytes: Bytes = 0
    counts: dict[Annotated[str, Meta(max_length=ID_BYTES)], Amount] = attrs.Factory(dict)
    """What the stage's code counted since the last time, by name."""
    trouble: Annotated[str, Meta(max_length=TROUBLE_CHARACTERS)] = ""
    """What the code cannot mend by itself and what to do, in words; empty when all is well."""


@attrs.frozen
class HandlerState:
    """One handler as its controller sees it."""

    handler: int
    pid: int
    state: Literal["starting", "idle", "busy", "retiring", "dying"]
    since_s: float
    events: int
    figures: HandlerFigures


@attrs.frozen
class OtherProcess:
    """A process of a stage that is neither its controller nor one of its handlers."""

    role: Literal["template", "helper"]
    """A helper stands below a handler: a program that reads one camera."""
    pid: int


@attrs.frozen
class StageFigures:
    """A controller's figures: a fact, replaced by the newest, given to `live` once a second."""

    stage: str
    pid: int
    at_s: float
    state: StageState
    queue_events: int
    queue_bytes: int
    queue_age_s: float
    in_flight: int
    awaiting: int
    """Handled, but their outputs are not settled yet."""
    descriptors: int
    pressure: int
    handlers: tuple[HandlerState, ...]
    handlers_wanted: int
    handlers_max: int
    events_per_call: int
    isolation: Literal["pooled", "per_event"]
    admitted_per_s: float | None
    """The overload controller's present rate; None while nothing needs to be refused."""
    events: dict[str, int]
    """Counted by the stage's controllers together since the start, by outcome."""
    drops: dict[str, dict[str, int]]
    """Counted by reason, then by key."""
    restarts: dict[str, int]
    """Handlers that ended other than politely, by reason."""
    refused: dict[str, int]
    """Datagrams that were not understood, by reason."""
    counts: dict[str, float]
    """What the stage's own code counted, by name."""
    service_buckets: tuple[tuple[float, int], ...]
    """Seconds a call took: (upper bound, count), ascending, not cumulative."""
    service_sum_s: float
    trouble: str = ""
    """What is wrong and what to do, in words; empty when all is well."""
    set_aside: dict[str, Seconds] = attrs.Factory(dict)
    """Keys whose calls were ended at their deadline again and again, and for how long they wait."""
    others: tuple[OtherProcess, ...] = ()


@attrs.frozen
class ProcessFigures:
    """One child of the supervisor."""

    name: str
    pid: int
    state: Literal["running", "restarting", "stopped"]
    since_s: float
    restarts: int
    role: Literal["controller", "program"] = "controller"
    """A program runs beside the controllers and is no stage."""


@attrs.frozen
class SupervisorFigures:
    """The supervisor's figures: a fact like those of the controllers."""

    pid: int
    at_s: float
    state: Literal["starting", "running", "stopping"]
    processes: tuple[ProcessFigures, ...]
