"""What the operations address answers, with invented times."""

import attrs
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from seda.decisions import WaitingFact
from seda.messages import ProcessFigures
from seda.overview import CameraView, Overview
from stages.live.metrics.gathering import (
    CAMERAS_KEPT,
    MISSING_S,
    RESTARTS,
    RESTARTS_WITHIN_S,
    STAGES_KEPT,
    Gathering,
)
from stages.live.metrics.watch import WatchFigures
from stages.live.operations.answers import answer
from testing.messages.camera_facts import connection, lost, pictures
from testing.messages.figures import scored_facts, stage_figures, supervisor_figures

NOW_S = 1000.0


def _gathering() -> Gathering:
    gathering = Gathering()
    gathering.take_supervisor(supervisor_figures("source", "sink"), NOW_S)
    gathering.take_stage(stage_figures("source"), NOW_S)
    gathering.take_stage(stage_figures("sink"), NOW_S)
    return gathering


def _samples(gathering: Gathering, now_s: float = NOW_S) -> dict[tuple[str, ...], float]:
    """Return the metrics' values by name and labels, as Prometheus reads them."""
    text = answer("GET", "/metrics", gathering, now_s).body.decode()
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _overview(gathering: Gathering, now_s: float = NOW_S) -> Overview:
    return msgspec.json.decode(
        answer("GET", "/api/v1/stages", gathering, now_s).body, type=Overview
    )


def test_metrics_have_the_promised_names() -> None:
    """Prometheus' own parser finds every one, with its labels."""
    found = _samples(_gathering())
    assert found["seda_stage_queue_depth", "sink"] == 3
    assert found["seda_stage_queue_age_seconds", "sink"] == 0.5
    assert found["seda_stage_handlers", "sink", "busy"] == 1
    assert found["seda_events_total", "done", "sink"] == 10
    assert found["seda_handler_restarts_total", "signal-9", "sink"] == 1
    assert found["seda_drops_total", "gate", "overload", "sink"] == 2
    assert found["seda_stage_pressure", "sink"] == 1
    assert found["seda_stage_descriptors", "sink"] == 7
    assert found["seda_stage_refused_total", "version", "sink"] == 1
    assert found["seda_controller_restarts_total", "sink"] == 2
    assert found["seda_stage_missing", "sink"] == 0


def test_the_service_histogram_is_cumulative() -> None:
    """Each bucket holds all before it, the last one everything."""
    found = _samples(_gathering())
    assert found["seda_stage_service_seconds_bucket", "0.1", "sink"] == 7
    assert found["seda_stage_service_seconds_bucket", "0.2", "sink"] == 10
    assert found["seda_stage_service_seconds_bucket", "+Inf", "sink"] == 10
    assert found["seda_stage_service_seconds_count", "sink"] == 10
    assert found["seda_stage_service_seconds_sum", "sink"] == 1.25


def test_labels_are_escaped() -> None:
    """A key is whatever a person named a camera."""
    gathering = _gathering()
    name = 'a "gate"\\\n'
    gathering.take_stage(stage_figures("sink", drops={"overload": {name: 1}}, at_s=1), NOW_S)
    assert _samples(gathering)["seda_drops_total", name, "overload", "sink"] == 1


def test_a_stage_that_is_not_heard_is_missing_and_never_zero() -> None:
    """Gauges are left out, counters stay."""
    gathering = _gathering()
    late_s = NOW_S + MISSING_S
    gathering.take_stage(stage_figures("source", at_s=1), late_s)
    found = _samples(gathering, late_s)
    assert found["seda_stage_missing", "sink"] == 1
    assert found["seda_stage_missing", "source"] == 0
    assert ("seda_stage_queue_depth", "sink") not in found
    assert found["seda_stage_queue_depth", "source"] == 3
    assert found["seda_events_total", "done", "sink"] == 10


def test_a_stage_that_was_never_heard_is_missing() -> None:
    """The supervisor says that it should be there."""
    gathering = Gathering()
    gathering.take_supervisor(supervisor_figures("sink"), NOW_S)
    view = _overview(gathering).stages[0]
    assert (view.stage, view.state, view.figures) == ("sink", "missing", None)
    assert _samples(gathering)["seda_stage_missing", "sink"] == 1


def test_figures_that_come_late_do_not_count_backwards() -> None:
    """Figures may be submitted again after newer ones, those of a controller that is gone too."""
    gathering = _gathering()
    newer = stage_figures("sink", pid=101, at_s=20.0, events={"done": 11})
    gathering.take_stage(newer, NOW_S)
    gathering.take_stage(stage_figures("sink", at_s=19.0, events={"done": 10}), NOW_S)
    assert _samples(gathering)["seda_events_total", "done", "sink"] == 11


def test_keys_that_are_set_aside_are_counted() -> None:
    """As long as they wait."""
    gathering = _gathering()
    figures = stage_figures("sink", pid=101, set_aside={"gate": 20.0, "yard": 1.0}, at_s=1)
    gathering.take_stage(figures, NOW_S)
    found = _samples(gathering)
    assert found["seda_stage_keys_set_aside", "sink"] == 2
    assert found["seda_stage_keys_set_aside", "source"] == 0


def test_every_process_is_named() -> None:
    """Supervisor, controllers and handlers, with pid, stage, state and counters."""
    views = _overview(_gathering()).processes
    assert [(it.role, it.stage, it.pid, it.state) for it in views] == [
        ("supervisor", "", 99, "running"),
        ("controller", "source", 100, "serving"),
        ("handler", "source", 200, "busy"),
        ("controller", "sink", 101, "serving"),
        ("handler", "sink", 200, "busy"),
    ]
    assert views[1].counters is not None
    assert views[1].counters["events_done"] == 10
    assert views[1].counters["drops"] == 3


def test_a_missing_stage_has_no_counters() -> None:
    """They are unknown; no number is made up."""
    gathering = _gathering()
    controller = _overview(gathering, NOW_S + MISSING_S).processes[1]
    assert (controller.state, controller.counters) == ("missing", None)


def test_ready_is_when_every_stage_serves() -> None:
    """Otherwise 503 says which does not and why."""
    gathering = _gathering()
    assert answer("GET", "/readyz", gathering, NOW_S).status == 200
    gathering.take_stage(
        stage_figures("sink", at_s=1, state="gave_up", trouble="no such library"), NOW_S
    )
    refused = answer("GET", "/readyz", gathering, NOW_S)
    assert refused.status == 503
    assert refused.body == b"sink is gave_up: no such library\n"


def test_a_stage_that_keeps_dying_is_not_ready() -> None:
    """Though it serves between two deaths, and is only starting in the next moment."""
    for state in ("serving", "starting"):
        gathering = _gathering()
        gathering.take_stage(
            stage_figures("sink", at_s=1, state=state, trouble="its handlers keep dying"), NOW_S
        )
        refused = answer("GET", "/readyz", gathering, NOW_S)
        assert refused.status == 503
        assert refused.body == b"sink is in trouble: its handlers keep dying\n"


def test_a_stage_whose_controller_keeps_ending_is_not_ready() -> None:
    """Each of them serves in between; how often it ended before `live` began is no news."""
    gathering = Gathering()
    for name in ("source", "sink"):
        gathering.take_stage(stage_figures(name, at_s=1), NOW_S)
    figures = supervisor_figures("source", "sink")
    for restarts in range(RESTARTS + 1):
        sink = attrs.evolve(figures.processes[1], restarts=9 + restarts)
        told = attrs.evolve(figures, processes=(figures.processes[0], sink))
        gathering.take_supervisor(told, NOW_S)
        refused = answer("GET", "/readyz", gathering, NOW_S)
        assert refused.status == (503 if restarts == RESTARTS else 200)
    assert refused.body.startswith(b"sink is in trouble: its controller keeps ending")
    later_s = NOW_S + RESTARTS_WITHIN_S
    assert not gathering.keeps_restarting("sink", later_s)


def test_nobody_is_ready_before_the_supervisor_was_heard() -> None:
    """Without it nobody knows which stages there should be."""
    assert answer("GET", "/readyz", Gathering(), NOW_S).status == 503


def test_healthy_is_who_answers() -> None:
    """Whatever else is wrong."""
    assert answer("GET", "/healthz", Gathering(), NOW_S).status == 200


def test_queries_and_absolute_targets_are_understood() -> None:
    """Both are correct HTTP."""
    assert answer("GET", "/healthz?a=b", Gathering(), NOW_S).status == 200
    assert answer("GET", "http://host:1/healthz", Gathering(), NOW_S).status == 200


def test_other_paths_and_methods_are_refused() -> None:
    """404 names what there is, 405 what is allowed."""
    assert answer("GET", "/", Gathering(), NOW_S).status == 404
    refused = answer("POST", "/metrics", Gathering(), NOW_S)
    assert (refused.status, refused.allow) == (405, "GET, HEAD")


def test_invented_stages_do_not_fill_the_memory() -> None:
    """What is kept is bounded, and refusals are counted."""
    gathering = Gathering()
    for number in range(STAGES_KEPT + 5):
        gathering.take_stage(stage_figures(f"stage-{number}"), NOW_S)
    assert len(gathering.stages) == STAGES_KEPT
    assert gathering.refused == 5


def test_cameras_are_told_to_programs() -> None:
    """R19, R20: state and counts as metrics and as JSON, the same in the overview."""
    gathering = _gathering()
    gathering.cameras.note(connection(connections=3), NOW_S)
    gathering.cameras.note(pictures(1, counts={"frames": 10, "jpeg_damaged": 2}), NOW_S)
    found = _samples(gathering)
    assert found["seda_camera_state", "gate", "live"] == 1
    assert found["seda_camera_state", "gate", "offline"] == 0
    assert found["seda_camera_frames_total", "gate", "frames"] == 10
    assert found["seda_camera_frames_total", "gate", "jpeg_damaged"] == 2
    assert found["seda_camera_reconnects_total", "gate"] == 2
    assert found["seda_camera_changes_total", "gate", "live"] == 1
    told = answer("GET", "/api/v1/cameras", gathering, NOW_S)
    [view] = msgspec.json.decode(told.body, type=tuple[CameraView, ...])
    assert (view.camera, view.state, view.format) == ("gate", "live", "mjpeg")
    assert _overview(gathering).cameras == (view,)


def test_a_camera_that_never_showed_a_picture_has_no_age() -> None:
    """It is unknown, and no number stands for that."""
    gathering = _gathering()
    gathering.cameras.note(lost("Nobody answers."), NOW_S)
    assert ("seda_camera_picture_age_seconds", "gate") not in _samples(gathering)


def test_who_watches_and_what_waits_is_told_to_programs() -> None:
    """R31: streams, people, open alarms, and frames by camera."""
    gathering = _gathering()
    gathering.watch = WatchFigures(streams=7, people=2, alarms={"raised": 1})
    gathering.take_waiting(WaitingFact("gate", 4, 0.5, 1e9, {"newer": 3}))
    found = _samples(gathering)
    assert found["seda_event_streams",] == 7
    assert found["seda_people_on_watch",] == 2
    assert found["seda_alarms_open", "raised"] == 1
    assert found["seda_frames_waiting", "gate"] == 4
    assert found["seda_frames_let_go_total", "gate", "newer"] == 3


def test_a_program_beside_the_controllers_is_shown_and_is_no_stage() -> None:
    """Nobody waits for figures of it."""
    gathering = _gathering()
    figures = supervisor_figures("source", "sink")
    demo = ProcessFigures("demo", 300, "running", NOW_S - 5, 1, "program")
    told = attrs.evolve(figures, processes=(*figures.processes, demo))
    gathering.take_supervisor(told, NOW_S)
    assert answer("GET", "/readyz", gathering, NOW_S).status == 200
    overview = _overview(gathering)
    assert [view.stage for view in overview.stages] == ["source", "sink"]
    shown = overview.processes[-1]
    assert (shown.role, shown.stage, shown.pid, shown.age_s) == ("program", "demo", 300, 5)


def test_scores_are_the_newest_of_each_camera_with_their_age() -> None:
    """One that was overtaken changes nothing, and an old one is seen to be old (R23)."""
    gathering = Gathering()
    gathering.take_score(scored_facts("yard", 7), NOW_S)
    gathering.take_score(scored_facts("gate", 3, band="unusual"), NOW_S - 60)
    gathering.take_score(scored_facts("gate", 2, band="alarming"), NOW_S)
    found = msgspec.json.decode(answer("GET", "/api/v1/scores", gathering, NOW_S).body)
    told = [(it["camera"], it["band"], it["heard_s"], it["words"]) for it in found]
    assert told == [
        ("gate", "unusual", 60, "Faster than usual."),
        ("yard", "noticeable", 0, "Faster than usual."),
    ]


def test_invented_cameras_do_not_fill_the_memory() -> None:
    """What is kept is bounded, and refusals are counted."""
    gathering = Gathering()
    for number in range(CAMERAS_KEPT + 3):
        gathering.take_score(scored_facts(f"camera-{number}"), NOW_S)
    assert (len(gathering.scores), gathering.refused) == (CAMERAS_KEPT, 3)
