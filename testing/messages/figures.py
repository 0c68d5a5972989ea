"""Figures as a controller would give them."""

from typing import Any

import attrs

from seda.messages import (
    Band,
    HandlerFigures,
    HandlerState,
    Mark,
    ProcessFigures,
    ScoredFacts,
    StageFigures,
    SupervisorFigures,
)


def stage_figures(
    stage: str = "sink", pid: int = 100, at_s: float = 0.0, **other: Any
) -> StageFigures:
    """Return figures of a stage that serves; give what is to differ."""
    figures = StageFigures(
        stage=stage,
        pid=pid,
        at_s=at_s,
        state="serving",
        queue_events=3,
        queue_bytes=400,
        queue_age_s=0.5,
        in_flight=1,
        awaiting=2,
        descriptors=7,
        pressure=1,
        handlers=(HandlerState(0, 200, "busy", 0.0, 5, HandlerFigures(cpu_s=0.5)),),
        handlers_wanted=1,
        handlers_max=4,
        events_per_call=1,
        isolation="pooled",
        admitted_per_s=None,
        events={"arrived": 14, "done": 10, "dropped": 3, "quarantined": 1},
        drops={"overload": {"gate": 2, "yard": 1}},
        restarts={"signal-9": 1},
        refused={"version": 1},
        counts={"pictures": 4.0},
        service_buckets=((0.1, 7), (0.2, 3)),
        service_sum_s=1.25,
    )
    return attrs.evolve(figures, **other)


def supervisor_figures(*stages: str, at_s: float = 0.0) -> SupervisorFigures:
    """Return figures of a supervisor that runs these stages."""
    processes = tuple(
        ProcessFigures(stage, 100 + place, "running", 0.0, 2) for place, stage in enumerate(stages)
    )
    return SupervisorFigures(pid=99, at_s=at_s, state="running", processes=processes)


def scored_facts(camera: str = "gate", sequence: int = 0, **other: Any) -> ScoredFacts:
    """Return what the detector says of a chunk; give what is to differ."""
    facts = ScoredFacts(
        camera=camera,
        epoch=1,
        sequence=sequence,
        index=0,
        captured_s=1e9,
        raw=2.0,
        threat=0.3,
        band=Band.NOTICEABLE,
        is_learning=False,
        cause="speed",
        words="Faster than usual.",
        boxes=(),
        mark=Mark("moving", 0.5, 0.5),
    )
    return attrs.evolve(facts, **other)
