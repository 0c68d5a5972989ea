"""The gathered figures as the overview of what runs, and whether all is well. Pure."""

from collections.abc import Iterator

from seda.messages import HandlerState, ProcessFigures, StageFigures
from seda.overview import Overview, ProcessView, StageView
from stages.live.metrics.gathering import RESTARTS, RESTARTS_WITHIN_S, Gathering

SERVES = ("serving", "starting")
_RESTARTING = (
    f"its controller keeps ending, {RESTARTS} times or more within {RESTARTS_WITHIN_S:g} s: read"
    " the log of this stage"
)


def overview(gathering: Gathering, now_s: float) -> Overview:
    """Return everything that runs."""
    supervisor = gathering.present_supervisor(now_s)
    return Overview(
        source="live",
        supervisor=supervisor.state if supervisor else "missing",
        processes=tuple(_processes(gathering, now_s)),
        stages=tuple(_stage(gathering, name, now_s) for name in gathering.names()),
        cameras=gathering.cameras.views(now_s),
        disks=gathering.disks.views(now_s),
        full_disks=gathering.disks.full(now_s),
        detector=gathering.detector,
    )


def troubles(gathering: Gathering, now_s: float) -> dict[str, str]:
    """Return by stage or disk why the whole is not ready, in words; empty when it is."""
    full = gathering.disks.full(now_s)
    return {**stage_troubles(gathering, now_s), **{f"disk {it}": why for it, why in full.items()}}


def stage_troubles(gathering: Gathering, now_s: float) -> dict[str, str]:
    """Return what is wrong with stages alone."""
    found = {}
    if gathering.present_supervisor(now_s) is None:
        found["supervisor"] = "missing: its figures do not arrive"
    for name in gathering.names():
        figures = gathering.present(name, now_s)
        if figures is None:
            found[name] = "missing: its figures do not arrive"
        elif figures.state != "serving" or figures.trouble:
            found[name] = _wrong(figures)
        elif gathering.keeps_restarting(name, now_s):
            found[name] = f"in trouble: {_RESTARTING}"
    return found


def _wrong(figures: StageFigures) -> str:
    """Return what is wrong with a stage; one may serve and be in trouble, between two deaths."""
    state = "in trouble" if figures.state in SERVES and figures.trouble else figures.state
    return state + (figures.trouble and f": {figures.trouble}")


def _processes(gathering: Gathering, now_s: float) -> Iterator[ProcessView]:
    supervisor = gathering.present_supervisor(now_s)
    newest = gathering.supervisor
    yield ProcessView(
        role="supervisor",
        stage="",
        pid=newest.pid if newest else None,
        state=supervisor.state if supervisor else "missing",
        age_s=None,
        counters=None,
    )
    for name in gathering.names():
        figures = gathering.present(name, now_s)
        yield _controller(name, gathering.process(name), figures, now_s)
        for handler in figures.handlers if figures else ():
            yield _handler(name, handler, now_s)
        for other in figures.others if figures else ():
            yield ProcessView(other.role, name, other.pid, "running", None, None)
    for program in gathering.programs():
        state = program.state if supervisor else "missing"
        age_s = now_s - program.since_s
        yield ProcessView("program", program.name, program.pid or None, state, age_s, None)


def _controller(
    name: str, process: ProcessFigures | None, total: StageFigures | None, now_s: float
) -> ProcessView:
    """Describe a controller by what the supervisor knows of it and what it says itself."""
    state: str = total.state if total else "missing"
    if process and process.state != "running":
        state = process.state
    pid = process.pid if process else total.pid if total else 0
    return ProcessView(
        role="controller",
        stage=name,
        pid=pid or None,
        state=state,
        age_s=now_s - process.since_s if process else None,
        counters=_counters(total) if total else None,
    )


def _counters(total: StageFigures) -> dict[str, float]:
    return {
        **{f"events_{outcome}": count for outcome, count in total.events.items()},
        "drops": sum(sum(keys.values()) for keys in total.drops.values()),
        "handler_restarts": sum(total.restarts.values()),
        "refused": sum(total.refused.values()),
    }


def _handler(stage: str, handler: HandlerState, now_s: float) -> ProcessView:
    return ProcessView(
        role="handler",
        stage=stage,
        pid=handler.pid or None,
        state=handler.state,
        age_s=now_s - handler.since_s,
        counters={
            "events": handler.events,
            "cpu_s": handler.figures.cpu_s,
            "memory_bytes": handler.figures.memory_bytes,
        },
    )


def _stage(gathering: Gathering, name: str, now_s: float) -> StageView:
    figures = gathering.present(name, now_s)
    heard = gathering.stages.get(name)
    process = gathering.process(name)
    return StageView(
        stage=name,
        state=figures.state if figures else "missing",
        heard_s=now_s - heard.at_s if heard else None,
        controller_restarts=process.restarts if process else None,
        figures=figures,
    )
