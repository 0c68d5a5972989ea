"""The settings that a person may write, with their defaults, ranges and reasons. Nothing else.

Every class is frozen; conf/loading.py makes them from the file. What is None is taken from the
stage's row in the pipeline table. Ranges stand in the types; what concerns several settings at once
is in conf/consistency.py.
"""

from datetime import datetime
from typing import Annotated, Literal

import attrs
from msgspec import Meta

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Size = Annotated[int, Meta(ge=1, le=2**50)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Share = Annotated[float, Meta(ge=0, le=1)]
Text = Annotated[str, Meta(min_length=1)]
_NAMING = r"^(?!\s|\.{1,2}$)[^\x00-\x1f\x7f]+(?!\n)$"
"""In an address, in logs and in tables alike: no control characters, and no dots alone."""
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=_NAMING)]
Moment = Annotated[datetime, Meta(tz=True)]
Isolation = Literal["auto", "pooled", "per_event"]
Start = Literal["fork", "exec"]


@attrs.frozen
class StageSettings:
    """Numbers of one stage: its row in the table has them all, `[stage.NAME]` overrides."""

    handlers_min: Count = 1
    handlers_max: Count = 4
    grow_at_events: Count = 4
    """Queued events per handler above which one more is started (R14)."""
    idle_s: Seconds = 10.0
    """A handler that had nothing to do for so long is shut down (R15)."""
    queue_events: Count = 512
    queue_bytes: Size = 256 * 1024 * 1024
    queue_descriptors: Count = 1024
    events_per_call: Count = 1
    """Upper bound of the batch; the batching controller finds the size."""
    isolation: Isolation = "pooled"
    isolation_share: Share = 0.5
    """`auto` takes per_event where a fork, with what a process's first call takes longer, costs at
    most this share of what a call takes."""
    recycle_after_events: Count = 10_000
    memory_limit_bytes: Size = 2 * 1024 * 1024 * 1024
    deadline_floor_s: Seconds = 1.0
    deadline_ceiling_s: Seconds = 30.0
    target_s: Seconds | None = None
    """p90 of the response time to keep: by leaving out what the ladder says, then by refusing work;
    where old events give way (`fresh_s`) nothing is refused. None where people are waited for."""
    fresh_s: Seconds | None = None
    """What came from its camera longer ago gives way to newer events of that camera, so that who is
    behind shows what is there now; None where nothing does."""
    start_limit_s: Seconds = 30.0
    """A handler that is not ready by then is killed and counted as one that cannot start."""
    start: Start | None = None
    """How handlers come to be; None as the row and the machine's GPU say."""


CameraFormat = Literal["mjpeg", "jpeg", "mpegts", "fmp4", "flv", "hls"]
ChunkLength = Annotated[float, Meta(ge=0.5, le=30)]
Pixels = Annotated[int, Meta(ge=16, le=16_384)]
Rate = Annotated[float, Meta(gt=0, le=120)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Point = tuple[Fraction, Fraction]
Polygon = Annotated[tuple[Point, ...], Meta(min_length=3)]


ZonePolygon = Annotated[tuple[Point, ...], Meta(min_length=3, max_length=64)]
Hour = Annotated[int, Meta(ge=0, le=24)]
Hours = tuple[Hour, Hour]
"""From when to when, in `time_zone`; over midnight where the first is the later."""
PerHour = Annotated[float, Meta(ge=0.02, le=1800)]
"""Chunks an hour and camera; what is rarer than once in two days nobody could tell apart."""


@attrs.frozen
class Bands:
    """How often each band is reached on a camera, at most, in ordinary times."""

    noticeable_per_h: PerHour = 30.0
    unusual_per_h: PerHour = 6.0
    alarming_per_h: PerHour = 0.5


@attrs.frozen
class ObjectDetector:
    """A model that names what is to be seen; `[[object_detector]]`, named by cameras."""

    name: Name
    path: Text
    """Of the ONNX file; relative to the file that says so."""
    adapter: Text = "yolox"
    """Its layout, or `package.module:name` of what makes one of anomaly/plugins's protocol."""
    labels: tuple[Text, ...] = ()
    """Of its classes, in its order; the 80 of COCO where none are named."""


@attrs.frozen
class Zone:
    """A part of a camera's picture in which unusual things count differently."""

    name: Name
    corners: ZonePolygon
    weight: Annotated[float, Meta(ge=0, le=10)]
    """0 ignores what is in it, 1 changes nothing, 2 counts double."""
    hours: Hours = (0, 24)
    minimum_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    """What does not last as long counts for nothing there."""


Spot = tuple[float, float]
"""Share of the picture's width and of its height, from the top left."""
RuleHours = tuple[Hour | Text, ...]
"""`["22:00-06:00"]`, `["mon-fri 08:00-18:00", "sat 00:00-24:00"]`, or whole hours, `[22, 6]`."""


@attrs.frozen
class Rule:
    """What must not happen on a camera, whatever the camera is used to.

    One type for every kind. Which keys a kind takes, and which it cannot do without, is in
    conf/rule_keys.py.
    """

    kind: Literal["object", "enter", "direction", "stay", "line"] = "object"
    """`object`: its object detector sees a label. `enter`: something is in the place. `direction`:
    it goes along an arrow, or against it. `stay`: it is there for too long. `line`: it crosses."""
    name: Name | None = None
    """As people read it beside the frame; a rule for a label goes without."""
    band: Literal["noticeable", "unusual", "alarming"] = "unusual"
    """A picture that breaks the rule is in this band at least."""
    zone: Name | None = None
    """Where: name of one of the camera's zones; the thing's foot has to be in it."""
    corners: tuple[Spot, ...] | None = None
    """Where: a place of its own. With neither it is the whole picture."""
    hours: RuleHours = (0, 24)
    """When, in `time_zone`; over midnight where the first is the later."""
    again_s: Seconds = 300.0
    """The same thing is told again after so long; or once it has left and come back."""
    things: Literal["anything", "person", "vehicle"] = "anything"
    """By their motion and shape, without an object detector."""
    label: Text | None = None
    """As the camera's object detector says it."""
    strength_min: Share = 0.4
    """How sure the object detector has to be."""
    inside_s: Seconds = 1.0
    """How long something has to be in the place: a single blob of noise is not somebody."""
    longest_s: Seconds | None = None
    """How long something may be in the place, wherever in it it stands or walks up and down."""
    arrow: tuple[Spot, ...] | None = None
    """From where to where, as drawn on the picture."""
    line: tuple[Spot, ...] | None = None
    """Two points or more, as drawn on the picture."""
    way: Literal["along", "against", "either", "left_to_right", "right_to_left"] | None = None
    """Which way is told. Of an arrow `along` (or `against`); of a line `either`, or over it from
    its left to its right for who looks from its first point to its last (or the other way)."""
    tolerance_deg: Annotated[float, Meta(gt=0, le=90)] = 45.0
    """How far from the arrow's direction still counts as along it."""
    heights_min: Annotated[float, Meta(gt=0, le=100)] = 1.0
    """How far that way, in heights of the thing itself: near and far it is the same path."""


@attrs.frozen
class Maintenance:
    """Somebody works on a camera: its alarms are held back until then."""

    reason: Text
    end: Moment


@attrs.frozen
class Timeouts:
    """How long to wait for a camera."""

    connect_s: Seconds = 5.0
    answer_s: Seconds = 10.0
    """From the request to the first bytes of the answer's body."""
    silence_s: Seconds = 10.0
    """Without any byte."""
    piece_s: Seconds = 30.0
    """Without a complete picture, access unit or fragment, however many bytes trickle in."""


@attrs.frozen
class TrustedCertificate:
    """Which certificate to trust beside those of the system; shown wherever the camera is."""

    fingerprint: str = ""
    """SHA-256 of the camera's certificate, in hex, colons allowed."""
    pem: str = ""
    """Name of a file with the camera's certificate, relative to the file that says so."""


@attrs.frozen
class Camera:
    """One `[[camera]]`; credentials stand beside the address, never in it."""

    name: Name
    url: Text = attrs.field(repr=False)
    """Without user and password, which conf/loading.py takes out; a query may hold others."""
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    format: CameraFormat | None = None
    """Where what the server sends is not to be believed."""
    headers: dict[str, str] = attrs.field(factory=dict, repr=False)
    proxy: Text | None = attrs.field(default=None, repr=False)
    trust: TrustedCertificate | None = None
    timeouts: Timeouts = attrs.Factory(Timeouts)
    chunk_s: ChunkLength = 2.0
    snapshot_every_s: Seconds = 1.0
    height_px: Pixels = 720
    """Which variant of HLS to choose: the best one up to this height."""
    replay: Literal["real_time", "fast"] = "real_time"
    """Of files: as fast as they were filmed, or as fast as possible."""
    instructions: str = ""
    """What the spotter should know; shown with the camera's frames and alarms."""
    privacy: tuple[Polygon, ...] = ()
    """Blacked out before anyone sees or keeps a picture; shares of its width and height."""
    maintenance: Maintenance | None = None
    zone: tuple[Zone, ...] = ()
    object_detector: Name | None = None
    """Name of one of `[[object_detector]]`."""
    rule: tuple[Rule, ...] = ()


@attrs.frozen
class Transcoder:
    """Which pictures are made of the cameras' video."""

    rate_per_s: Rate = 5.0
    """Frames a second at most; every chunk gives one at least."""
    width_max_px: Pixels = 1920
    """Video that is wider is made smaller; MJPEG is not, since to pass it on costs less."""
    quality: Annotated[int, Meta(ge=1, le=100)] = 80
    small_width_px: Annotated[int, Meta(ge=0, le=1920)] = 320
    """Of the grey picture that the detector sees."""
    ring_s: Seconds = 60.0
    """How long the pictures before an event are kept."""
    ring_per_s: Rate = 2.0


@attrs.frozen
class Tls:
    """HTTPS without a proxy in front: both files are read again when they change."""

    certificate: Text
    """PEM, with the chain; relative to the file that says so."""
    key: Text
    """PEM without a password; relative to the file that says so."""


@attrs.frozen
class Web:
    """The pages and /api/v1: where they answer, and to how much."""

    address: Text = "127.0.0.1:8080"
    tls: Tls | None = None
    trusted_proxies: tuple[Text, ...] = ()
    """Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    hosts: tuple[Text, ...] = ()
    """Names that requests may be for; left out, all of them."""
    connections_max: Count = 1024
    connections_per_address_max: Count = 128
    """Of one address on which nobody is signed in; more of them end its slowest."""
    connections_per_network_max: Count = 256
    """The same of a network: a /64 of IPv6, a /24 of public IPv4."""
    reserved_share: Share = 0.25
    """Of all connections, for those on which somebody is signed in."""
    idle_s: Seconds = 30.0
    """Between two requests."""
    head_s: Seconds = 10.0
    """From a request's first byte to the end of its head."""
    body_s: Seconds = 30.0
    """Of a picture; what has up to 16 KiB has `small_body_s`."""
    small_body_s: Seconds = 5.0
    answer_s: Seconds = 60.0
    """For the whole of an answer to be taken, whatever its size."""
    session_s: Seconds = 12 * 3600.0
    sign_in_tries: Count = 5
    """Failed sign-ins of a name or an address before it waits, twice as long each time."""
    hsts_s: Annotated[int, Meta(ge=0)] = 180 * 86_400
    """Over HTTPS: how long browsers shall not come without it."""


@attrs.frozen
class Watch:
    """What spotters are shown, in which order, and what becomes of what they say."""

    lease_s: Seconds = 60.0
    """A frame on a screen that is not decided for so long goes to somebody else."""
    pages_per_person: Count = 8
    """So many pages of one person are served at once; more for an account that many share."""
    undo_s: Seconds = 30.0
    """How long a verdict can be taken back."""
    age_limit_s: Seconds = 120.0
    """A frame that is older is marked."""
    doubling_s: Seconds = 20.0
    """Waiting for so long counts as much as twice the threat."""
    rotation_every: Annotated[int, Meta(ge=2, le=100)] = 3
    """Every n-th frame goes to the camera that is longest without a look."""
    incident_threat: Share = 0.5
    """From here on a frame is work: an incident that its camera's next frames may belong to."""
    sample_every_s: Annotated[float, Meta(ge=0, le=86_400)] = 60.0
    """So often a spotter is shown a frame below that; 0 for whenever nothing else waits."""
    review_after_s: Seconds = 120.0
    """A frame that waited for so long is decided in review, where there is no clock."""
    near_zero_threat: Share = 0.05
    """Frames below this threat are dropped when the load is high."""
    common_share: Share = 0.05
    """A change of light on so many of the cameras within a minute, at least 4, is one item."""
    second_threat: Share = 0.9
    """From here on a second person is asked, blind to the first, where that one raised no alarm."""
    second_clear_share: Share = 0.02
    """The share of *clear* that a second person is asked about."""
    top_target_s: Seconds = 30.0
    """A frame of the top band that nobody took within this is an alarm itself."""
    nobody_s: Annotated[float, Meta(ge=0, le=86_400)] = 300.0
    """With nobody on watch for so long there is an alarm; 0 for never."""
    rest_after_s: Seconds = 1800.0
    """After so long on watch a rest is suggested."""
    test_every: Annotated[int, Meta(ge=0, le=10_000)] = 50
    """On average one frame in so many is one whose answer is known; 0 for none."""


@attrs.frozen
class Channel:
    """One `[[channel]]`: a webhook that is told of every alarm until it has taken it."""

    name: Name
    url: Text = attrs.field(repr=False)
    headers: dict[str, str] = attrs.field(factory=dict, repr=False)
    secret: str | None = attrs.field(default=None, repr=False)
    """Signs what is sent (HMAC-SHA256), where given."""
    cameras: tuple[Name, ...] | None = None
    """Of which cameras; None for all, and for alarms that are about none."""


@attrs.frozen
class RetentionSettings:
    """How long decisions and their evidence are kept."""

    evidence_days: Annotated[float, Meta(gt=0, le=36_500)] = 30.0
    flagged_days: Annotated[float, Meta(gt=0, le=36_500)] = 365.0
    decisions_days: Annotated[float, Meta(gt=0, le=36_500)] = 730.0
    evidence_bytes: Size = 20 * 1024**3


@attrs.frozen
class Settings:
    """The whole file."""

    run_directory: Text = "run"
    """Sockets and the lock; relative to the file that says so."""
    data_directory: Text = "data"
    operations_address: Text = "127.0.0.1:9464"
    """Where /metrics, /healthz, /readyz and /api/v1/ answer; loopback unless told."""
    stop_limit_s: Seconds = 20.0
    time_zone: Text | None = None
    """Of hours in zones and rules, as in Europe/Berlin; the machine's where left out."""
    log: Literal["auto", "human", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    quarantine_bytes: Size = 256 * 1024 * 1024
    disk_floor_bytes: Annotated[int, Meta(ge=0, le=2**50)] = 512 * 1024 * 1024
    """Below so many free bytes the disk is called full, and what can be spared gives way."""
    stage: dict[str, dict[str, object]] = attrs.Factory(dict)
    """Overrides by stage: the names are those of StageSettings."""
    transcoder: Transcoder = attrs.Factory(Transcoder)
    web: Web = attrs.Factory(Web)
    watch: Watch = attrs.Factory(Watch)
    keep: RetentionSettings = attrs.Factory(RetentionSettings)
    channel: tuple[Channel, ...] = ()
    bands: Bands = attrs.Factory(Bands)
    object_detector: tuple[ObjectDetector, ...] = ()
    camera: tuple[Camera, ...] = ()
