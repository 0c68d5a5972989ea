"""The pipeline table: stages of their own, whose events fit each other."""

import importlib.util

from seda.pipeline import PIPELINE, STAGE_FIGURES, with_tls

WHOLE = with_tls(PIPELINE)
FROM_THE_SUPERVISOR = {"camera", "supervisor_figures", STAGE_FIGURES}
"""Kinds that no row gives: the supervisor submits them, or every controller."""


def test_every_stage_is_code_of_its_own() -> None:
    """The work is divided into stages: each row names a package that no other row names (R3)."""
    modules = [stage.code.partition(":")[0] for stage in WHOLE.stages]
    assert all(importlib.util.find_spec(module) for module in modules)
    packages = [module.split(".")[:2] for module in modules]
    assert packages == [["stages", stage.name] for stage in WHOLE.stages]


def test_what_a_stage_gives_another_takes() -> None:
    """Stages touch each other by events alone, of kinds that whoever gets them takes (R7)."""
    given = {(output.to, output.kind) for stage in WHOLE.stages for output in stage.gives}
    taken = {(stage.name, kind) for stage in WHOLE.stages for kind in stage.takes}
    assert given <= taken
    assert {kind for _, kind in taken - given} == FROM_THE_SUPERVISOR
