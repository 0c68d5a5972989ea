"""The settings that a person may write, with their defaults, ranges and reasons. Nothing else.

Every class is frozen; conf/loading.py makes them from the file. What is None is taken from the
stage's row in the pipeline table. Ranges stand in the types; what concerns several settings at once
is in conf/rules.py.
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
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]")]
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
    """`auto` takes per_event where a fork costs at most this share of the work itself."""
    recycle_after_events: Count = 10_000
    memory_limit_bytes: Size = 2 * 1024 * 1024 * 1024
    deadline_floor_s: Seconds = 1.0
    deadline_ceiling_s: Seconds = 30.0
    target_s: Seconds | None = None
    """p90 of the response time to keep by refusing work; None where people are waited for."""
    start_limit_s: Seconds = 30.0
    """A handler that is not ready by then is killed and counted as one that can not start."""
    start: Start | None = None
    """How handlers come to be; None as the row says. exec where one opens a GPU (`anomaly`)."""


Fraction = Annotated[float, Meta(ge=0, le=1)]
Point = tuple[Fraction, Fraction]
Polygon = Annotated[tuple[Point, ...], Meta(min_length=3)]


@attrs.frozen
class Maintenance:
    """Somebody works on a camera: its alarms are held back until then."""

    reason: Text
    end: Moment


@attrs.frozen
class Camera:
    """One `[[camera]]`; credentials stand beside the address, never in it."""

    name: Name
    url: Text = attrs.field(repr=False)
    """Without user and password, which conf/loading.py takes out; a query may hold others."""
    user: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    instructions: str = ""
    """What the spotter should know; shown with the camera's frames and alarms."""
    privacy: tuple[Polygon, ...] = ()
    """Blacked out before anyone sees or keeps a picture; shares of its width and height."""
    maintenance: Maintenance | None = None


@attrs.frozen
class Settings:
    """The whole file."""

    run_directory: Text = "run"
    """Sockets and the lock; relative to the file that says so."""
    data_directory: Text = "data"
    operations_address: Text = "127.0.0.1:9464"
    """Where /metrics, /healthz, /readyz and /api/v1/stages answer; loopback unless told."""
    stop_limit_s: Seconds = 20.0
    log: Literal["auto", "human", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    quarantine_bytes: Size = 256 * 1024 * 1024
    stage: dict[str, dict[str, object]] = attrs.Factory(dict)
    """Overrides by stage: the names are those of StageSettings."""
    camera: tuple[Camera, ...] = ()
