"""Everything that runs, as `/api/v1/stages` answers and `seda status` shows it. Data only.

What is not known is None, never zero: a stage that was not heard of lately has no figures here.
"""

from typing import Literal

import attrs

from seda.messages import Band, StageFigures


@attrs.frozen
class ProcessView:
    """One process."""

    role: Literal["supervisor", "controller", "template", "handler", "helper", "program"]
    stage: str
    """Empty for the supervisor; a program's own name."""
    pid: int | None
    """None while there is no process."""
    state: str
    age_s: float | None
    """How long it has been in this state."""
    counters: dict[str, float] | None
    """None where nobody knows them now."""


@attrs.frozen
class StageView:
    """One stage."""

    stage: str
    state: Literal["starting", "serving", "draining", "gave_up", "missing"]
    heard_s: float | None
    """Seconds since its figures came last; None if they never did."""
    controller_restarts: int | None
    figures: StageFigures | None
    """The newest, its counters over all its controllers; None while it is missing."""


CameraState = Literal["connecting", "live", "stalled", "frozen", "dark", "offline"]


@attrs.frozen
class CameraView:
    """One camera; nothing in it is a secret."""

    camera: str
    state: CameraState
    state_for_s: float
    why: str
    """Why it is not live, in words; empty when it is."""
    picture_age_s: float | None
    """None where there was never a picture."""
    frames_per_s: float | None
    """None while pictures do not come."""
    width_px: int | None
    height_px: int | None
    format: str
    authentication: str
    """none, basic, digest or libav."""
    is_trusted_by_hand: bool
    """The configuration names the one certificate that is accepted."""
    clock_offset_s: float | None
    """How far the camera's clock is ahead, where it tells."""
    retry_in_s: float | None
    """Until the next try, where its connection was lost."""
    last_error: str
    """In words; stays when the camera is live again."""
    remarks: dict[str, str]
    """What is odd in what it sends, by name."""
    tries: int
    reconnects: int
    chunks: int
    chunks_dropped: int
    frames: dict[str, int]
    """By outcome."""
    entered: dict[str, int]
    """How often it came into each state."""
    times_s: dict[str, float]
    """How long it was in each state, the present time included."""
    same_since_s: float | None = None
    """Wall time since which a frozen or dark camera shows the same; None where it does not."""


@attrs.frozen
class ScoreView:
    """One camera's newest score: an old one is not taken for what is there now."""

    camera: str
    heard_s: float
    """Seconds since what it is about came from the camera."""
    captured_s: float
    threat: float
    band: Band
    is_learning: bool
    words: str
    problems: tuple[str, ...]


@attrs.frozen
class DiskView:
    """The room in one directory in which seda writes."""

    directory: str
    free_bytes: int
    floor_bytes: int
    """So much should be free."""
    why: str
    """Why it counts as full, in words; empty where it does not."""


@attrs.frozen
class Overview:
    """The whole."""

    source: Literal["live", "supervisor's state file"]
    supervisor: Literal["starting", "running", "stopping", "missing"]
    processes: tuple[ProcessView, ...]
    stages: tuple[StageView, ...]
    cameras: tuple[CameraView, ...] = ()
    disks: tuple[DiskView, ...] = ()
    full_disks: dict[str, str] = attrs.Factory(dict)
    """What to know of each disk that is full, by one of its directories."""
    detector: str = ""
    """On what the detector runs, and why there; empty until it has judged something."""
    problem: str = ""
    """Why there is no more to see than this."""
