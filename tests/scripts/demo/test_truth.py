"""The truth is complete, in time and readable."""

import io
import itertools
import json

from scripts.demo.cameras import CAMERAS
from scripts.demo.faults import plan_faults
from scripts.demo.renderer.happenings.incidents import plan_incidents
from scripts.demo.truth import Truth, write_lines


def test_everything_staged_is_written_once_and_before_it_begins() -> None:
    """Asked second by second, the lines are those of the plans, each ahead of its start."""
    truth, told = Truth(CAMERAS, 3, 1e9), []
    for now_s in range(0, 900, 5):
        for line in truth.lines_until(now_s):
            if line["kind"] != "begin":
                assert now_s - 5 <= line["start_s"] <= now_s
                told.append((line["camera"], line["kind"], line["start_s"]))
    planned = [
        (camera.name, incident.kind, round(incident.staging.start_s, 2))
        for camera in CAMERAS
        for incident in itertools.takewhile(
            lambda one: one.staging.start_s <= 895, plan_incidents(camera.scene, 3)
        )
    ] + [
        (camera.name, fault.kind, fault.start_s)
        for camera in CAMERAS
        for fault in itertools.takewhile(
            lambda one: one.start_s <= 895, plan_faults(camera.name, camera.fault, 3)
        )
    ]
    assert sorted(told) == sorted(planned)
    assert {kind for _, kind, _ in told} >= {"drop", "freeze", "running"}


def test_lines_are_json_with_both_clocks() -> None:
    """A reader finds the wall clock, the stream time and where to look."""
    file = io.StringIO()
    write_lines(Truth(CAMERAS[:1], 1, 1e9).lines_until(600), file)
    head, *lines = (json.loads(line) for line in file.getvalue().splitlines())
    assert head["start_wall_s"] == 1e9
    assert lines
    for line in lines:
        assert line["start_wall_s"] == round(1e9 + line["start_s"], 2)
        assert line["outlines"][0][0] >= line["start_s"]
