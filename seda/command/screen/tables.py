"""The overview for people, drawn by rich. What is not known is a question mark, never a zero."""

from collections.abc import Mapping
from itertools import compress

import attrs
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from seda.command.screen.rates import Rates, drop_count
from seda.command.screen.reasons import in_words
from seda.messages import StageFigures
from seda.overview import Overview, ProcessView, StageView
from seda.pipeline import PIPELINE

UNKNOWN = "?"
_STYLES = {
    "missing": "bold red",
    "gave_up": "bold red",
    "restarting": "red",
    "dying": "red",
    "starting": "yellow",
    "draining": "yellow",
    "stopping": "yellow",
    "retiring": "yellow",
}
_REASONS_SHOWN = 3
_COLUMNS = (
    *("queue", "age", "out", "busy", "press", "done/s", "call"),
    *("done", "drops", "/s", "deaths"),
)
_LEFT_OUT_FIRST = ("done", "/s", "call", "press", "out", "age", "drops")
"""Where a terminal is narrow: what others imply or `seda status --json` has."""
_WIDEST = 1000
_LADDERS = {stage.name: stage.ladder for stage in PIPELINE.stages}
"""What each stage leaves out at pressure 1, 2 and so on, in words."""


def heading(overview: Overview) -> RenderableType:
    """Say in a line or two how the whole is."""
    line = Text.assemble("seda: supervisor ", _state(overview.supervisor))
    if overview.detector:
        line.append(f"\ndetector: {overview.detector}")
    if overview.problem:
        line.append(f"\n{overview.problem}; this is what the supervisor knows", "bold red")
    for why in overview.full_disks.values():
        line.append(f"\n{why}", "bold red")
    return line


def stages_table(overview: Overview, rates: Mapping[str, Rates]) -> RenderableType:
    """Draw a line a stage, and below what is wrong in words."""
    return Group(_StagesTable(overview, rates), *_troubles(overview))


@attrs.frozen
class _StagesTable:
    """As many of the columns as the terminal is wide; none is ever cut."""

    overview: Overview
    rates: Mapping[str, Rates]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Leave out column after column until the rest fits."""
        unbounded = options.update(max_width=_WIDEST)
        for count in range(len(_LEFT_OUT_FIRST) + 1):
            table = self._draw(set(_LEFT_OUT_FIRST[:count]))
            if console.measure(table, options=unbounded).maximum <= options.max_width:
                break
        yield table

    def _draw(self, left_out: set[str]) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
        table.add_column("stage", no_wrap=True)
        table.add_column("state", no_wrap=True)
        shown = [name not in left_out for name in _COLUMNS]
        for name in compress(_COLUMNS, shown):
            table.add_column(name, justify="right", no_wrap=True)
        for view in self.overview.stages:
            numbers = _numbers(view, self.rates.get(view.stage))
            table.add_row(view.stage, _state(view.state), *compress(numbers, shown))
        return table


def processes_table(overview: Overview) -> RenderableType:
    """Draw a line a process."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for name in ("process", "stage", "pid", "state", "for", "counters"):
        table.add_column(name, justify="right" if name in ("pid", "for") else "left")
    for process in overview.processes:
        table.add_row(
            process.role,
            process.stage or "-",
            str(process.pid or UNKNOWN),
            _state(process.state),
            duration(process.age_s),
            _counters(process),
        )
    return table


def duration(seconds: float | None) -> str:
    """Return a time span in the unit that suits it."""
    if seconds is None:
        return UNKNOWN
    for limit, divisor, unit in (
        (1e-3, 1e-6, "us"),
        (1.0, 1e-3, "ms"),
        (120.0, 1.0, "s"),
        (7200.0, 60.0, "min"),
        (172_800.0, 3600.0, "h"),
    ):
        if seconds < limit:
            return f"{seconds / divisor:.3g} {unit}"
    return f"{seconds / 86_400:.0f} d"


def _numbers(view: StageView, rates: Rates | None) -> tuple[str, ...]:
    figures = view.figures
    if figures is None:
        return (UNKNOWN,) * 11
    rates = rates or Rates()
    return (
        str(figures.queue_events),
        duration(figures.queue_age_s) if figures.queue_events else "-",
        str(figures.in_flight + figures.awaiting),
        _handlers(figures),
        str(figures.pressure),
        _rate(rates.settled_per_s),
        duration(rates.service_s) if rates.service_s is not None else "-",
        str(figures.events.get("done", 0)),
        str(drop_count(figures)),
        _rate(rates.dropped_per_s),
        f"{sum(figures.restarts.values())}+{_known(view.controller_restarts)}",
    )


def _handlers(figures: StageFigures) -> str:
    """Return how many are busy, how many there are and how many there may be."""
    busy = sum(handler.state == "busy" for handler in figures.handlers)
    return f"{busy}/{len(figures.handlers)}/{figures.handlers_max}"


def _troubles(overview: Overview) -> list[Text]:
    lines = []
    for view in overview.stages:
        figures = view.figures
        if figures is None:
            heard = f"heard last {duration(view.heard_s)} ago" if view.heard_s else "never heard"
            lines.append(Text(f"{view.stage}: its figures do not arrive, {heard}", "red"))
            continue
        if figures.trouble:
            lines.append(Text(f"{view.stage}: {figures.trouble}", "red"))
        if left_out := _LADDERS.get(view.stage, ())[: figures.pressure]:
            words = f"{view.stage}: under load, so it makes {left_out[0]}"
            lines.append(Text(", ".join((words, *left_out[1:])), "yellow"))
        if figures.admitted_per_s is not None:
            words = f"{view.stage}: overloaded, admits {figures.admitted_per_s:.3g} events/s"
            lines.append(Text(words, "yellow"))
        if figures.drops:
            lines.append(Text(f"{view.stage}: dropped {_drops(figures)}", "yellow"))
    return lines


def _drops(figures: StageFigures) -> str:
    """Name the most frequent reasons with the keys that they hit most."""
    by_reason = sorted(figures.drops.items(), key=lambda it: -sum(it[1].values()))
    parts = []
    for reason, keys in by_reason[:_REASONS_SHOWN]:
        worst = max(keys, key=lambda key: keys[key], default="")
        parts.append(f"{sum(keys.values())}: {in_words(reason)} (most: {worst or 'no key'})")
    return ", ".join(parts)


def _counters(process: ProcessView) -> str:
    """Name what is not zero, each in one word, so that a line breaks between them only."""
    if process.role == "supervisor":
        return "-"
    if process.counters is None:
        return UNKNOWN
    counted = {name: value for name, value in process.counters.items() if value}
    return " ".join(_count(name, value) for name, value in counted.items()) or "-"


def _count(name: str, value: float) -> str:
    if name.endswith("_bytes"):
        return f"{name.removesuffix('_bytes')}={value / 2**20:.1f}MiB"
    if name.endswith("_s"):
        return f"{name.removesuffix('_s')}={value:.2f}s"
    return f"{name.removeprefix('events_').removeprefix('handler_')}={value:.10g}"


def _rate(per_s: float | None) -> str:
    return UNKNOWN if per_s is None else f"{per_s:.3g}" if per_s < 100 else f"{per_s:.0f}"


def _known(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def _state(state: str) -> Text:
    return Text(state, _STYLES.get(state, "green"))
