"""What people see: rates between two looks, and question marks for what nobody knows."""

import io

import attrs
from rich.console import Console

from seda.command.screen import tables
from seda.command.screen.rates import Rates, rates
from seda.command.status import show
from seda.messages import StageFigures
from seda.overview import Overview, ProcessView, StageView
from testing.messages.figures import stage_figures


def _overview(figures: StageFigures | None) -> Overview:
    state = figures.state if figures else "missing"
    return Overview(
        source="live",
        supervisor="running",
        processes=(ProcessView("controller", "sink", 100, state, 5.0, None),),
        stages=(StageView("sink", state, 7.0, 2, figures),),
    )


def _shown(overview: Overview, width: int = 120) -> str:
    text = io.StringIO()
    show(overview, Console(file=text, width=width))
    return text.getvalue()


def test_a_full_disk_stands_at_the_top() -> None:
    """R28: with where it is, before anything that may scroll away."""
    why = "disk full: 3 MiB free, 512 MiB should be; make room for /kept"
    overview = attrs.evolve(_overview(stage_figures()), full_disks={"/kept": why})
    assert why in _shown(overview).splitlines()[:3]


def test_rates_are_differences_over_the_stages_own_time() -> None:
    """What arrived is not settled; calls are told by their mean."""
    before = stage_figures(at_s=10.0)
    now = attrs.evolve(
        before,
        at_s=12.0,
        events={"arrived": 99, "done": 16, "dropped": 3, "quarantined": 1},
        drops={"overload": {"gate": 6, "yard": 1}},
        service_buckets=((0.1, 9), (0.2, 3)),
        service_sum_s=1.45,
    )
    found = rates(_overview(before), _overview(now))["sink"]
    assert found.settled_per_s == 3.0
    assert found.dropped_per_s == 2.0
    assert found.service_s is not None
    assert round(found.service_s, 6) == 0.1


def test_without_two_looks_there_is_no_rate() -> None:
    """Nor when nothing new was heard between them."""
    overview = _overview(stage_figures())
    assert rates(None, overview) == {"sink": Rates()}
    assert rates(overview, overview) == {"sink": Rates()}
    assert rates(overview, _overview(None)) == {"sink": Rates()}


def test_a_missing_stage_shows_no_number() -> None:
    """Question marks, and a sentence about it."""
    shown = _shown(_overview(None))
    assert "sink: its figures do not arrive, heard last 7 s ago" in shown
    line = next(line for line in shown.splitlines() if line.startswith("sink "))
    assert line.split() == ["sink", "missing", *"?" * 11]


def test_nothing_is_cut_in_a_narrow_terminal() -> None:
    """Columns that matter less are left out, the others stay whole."""
    figures = stage_figures(
        stage="a_long_name", queue_age_s=0.0221, events={"done": 1_234_567}, queue_events=512
    )
    view = StageView("a_long_name", "serving", 7.0, 2, figures)
    overview = attrs.evolve(_overview(figures), stages=(view,))
    for width, left_out in ((120, set()), (80, {"done"}), (60, {"done", "/s", "call", "press"})):
        header, line, *_ = _shown(overview, width).splitlines()[2:]
        assert "\N{HORIZONTAL ELLIPSIS}" not in header + line
        assert line.startswith("a_long_name serving")
        assert {"done", "/s", "call", "press", "queue"} - set(header.split()) == left_out
        assert len(line.rstrip()) <= width


def test_counters_break_between_words_only() -> None:
    """A name stays with its number; what is zero is not said."""
    counters = {"events_done": 1141.0, "drops": 0.0, "cpu_s": 0.5, "memory_bytes": 2.0**24}
    process = ProcessView("handler", "sink", 100, "busy", 5.0, counters)
    quiet = attrs.evolve(process, counters={"drops": 0.0})
    overview = attrs.evolve(_overview(None), processes=(process, quiet))
    shown = _shown(overview, 60)
    assert "done=1141 cpu=0.50s" in shown
    assert "memory=16.0MiB" in shown
    assert "drops" not in shown.splitlines()[-1]


def test_drops_and_trouble_are_told_in_words() -> None:
    """The reason, and the key that was hit most."""
    shown = _shown(_overview(stage_figures(trouble="no such library: install it")))
    assert "sink: dropped 3: overload (most: gate)" in shown
    assert "sink: no such library: install it" in shown


def test_what_is_left_out_under_load_is_told() -> None:
    """Everything that the stage's row names up to its pressure, and nothing beyond."""
    (sink,) = _overview(stage_figures(pressure=2)).stages
    shown = _shown(attrs.evolve(_overview(None), stages=(attrs.evolve(sink, stage="transcoder"),)))
    words = "under load, so it makes half as many frames, at most one frame a second"
    assert f"transcoder: {words}\n" in shown


def test_spans_are_told_in_the_unit_that_suits_them() -> None:
    """From microseconds to days."""
    spans = (None, 5e-6, 0.0123, 59.0, 600.0, 7300.0, 200_000.0)
    found = [tables.duration(span) for span in spans]
    assert found == ["?", "5 us", "12.3 ms", "59 s", "10 min", "2.03 h", "2 d"]
