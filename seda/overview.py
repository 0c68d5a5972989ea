"""Everything that runs, as `/api/v1/stages` answers and `seda status` shows it. Data only.

What is not known is None, never zero: a stage that was not heard of lately has no figures here.
"""

from typing import Literal

import attrs

from seda.messages import StageFigures


@attrs.frozen
class ProcessView:
    """One process."""

    role: Literal["supervisor", "controller", "handler", "program"]
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
    """The newest, its counters added up over all its controllers; None while it is missing."""


@attrs.frozen
class Overview:
    """The whole."""

    source: Literal["live", "supervisor's state file"]
    supervisor: Literal["starting", "running", "stopping", "missing"]
    processes: tuple[ProcessView, ...]
    stages: tuple[StageView, ...]
    problem: str = ""
    """Why there is no more to see than this."""
