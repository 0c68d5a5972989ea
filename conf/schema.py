"""The settings that a person may write, with their defaults and their reasons. Nothing else.

Every class is frozen; conf/loading.py makes them from the file. What is None is taken from the
stage's row in the pipeline table.
"""

from typing import Literal

import attrs

Isolation = Literal["auto", "pooled", "per_event"]


@attrs.frozen
class StageSettings:
    """Numbers of one stage: its row in the table has them all, `[stage.NAME]` overrides."""

    handlers_min: int = 1
    handlers_max: int = 4
    grow_at_events: int = 4
    """Queued events per handler above which one more is started (R14)."""
    idle_s: float = 10.0
    """A handler that had nothing to do for so long is shut down (R15)."""
    queue_events: int = 512
    queue_bytes: int = 256 * 1024 * 1024
    queue_descriptors: int = 1024
    events_per_call: int = 1
    """Upper bound of the batch; the batching controller finds the size."""
    isolation: Isolation = "pooled"
    isolation_share: float = 0.5
    """`auto` takes per_event where a fork costs at most this share of the work itself."""
    recycle_after_events: int = 10_000
    memory_limit_bytes: int = 2 * 1024 * 1024 * 1024
    deadline_floor_s: float = 1.0
    deadline_ceiling_s: float = 30.0
    target_s: float | None = None
    """p90 of the response time to keep by refusing work; None where people are waited for."""
    start_limit_s: float = 30.0
    """A handler that is not ready by then is killed and counted as one that can not start."""


@attrs.frozen
class Settings:
    """The whole file."""

    run_directory: str = "run"
    """Sockets and the lock; relative to the file that says so."""
    data_directory: str = "data"
    operations_address: str = "127.0.0.1:9464"
    """Where /metrics, /healthz, /readyz and /api/v1/stages answer; loopback unless told."""
    stop_limit_s: float = 20.0
    log: Literal["auto", "human", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    quarantine_bytes: int = 256 * 1024 * 1024
    stage: dict[str, dict[str, object]] = attrs.Factory(dict)
    """Overrides by stage: the names are those of StageSettings."""
