"""Finds the configuration and the pipeline that the arguments name."""

import argparse
import importlib
from pathlib import Path

import attrs

from conf import consistency, loading
from conf.schema import Settings, StageSettings
from seda.command import exits
from seda.command.output import complain
from seda.pipeline import Pipeline, with_tls
from seda.supervisor import directory

DEFAULT_FILE = Path("seda.toml")
DEMO_DIRECTORY = Path("data", "demo")
"""Apart from what a configuration beside it keeps: no made-up alarm stands among real ones."""
_DEMO = f'data_directory = "{DEMO_DIRECTORY}"\n'


@attrs.frozen
class Configuration:
    """What to run and how."""

    file: Path | None
    """None: there is no file, and what runs is the demo."""
    pipeline: Pipeline
    settings: Settings
    stage_settings: dict[str, StageSettings]

    @property
    def run_directory(self) -> Path:
        """Return where the sockets and the lock are."""
        return Path(self.settings.run_directory)


def load(arguments: argparse.Namespace) -> Configuration:
    """Return the configuration or end with everything that is wrong with it."""
    pipeline = _pipeline(arguments.pipeline)
    rows = {stage.name: stage.settings for stage in with_tls(pipeline).stages}
    file = _file(arguments.config)
    try:
        settings = loading.load(file, rows) if file else loading.parse(_DEMO, DEFAULT_FILE, rows)
    except loading.SettingsError as error:
        exits.fail(exits.CONFIGURATION, *error.lines)
    if settings.web.tls is not None:
        pipeline = with_tls(pipeline)
    rows = {stage.name: stage.settings for stage in pipeline.stages}
    merged = {
        name: consistency.merged(row, settings.stage.get(name, {})) for name, row in rows.items()
    }
    return Configuration(file, pipeline, settings, merged)


def running(arguments: argparse.Namespace) -> Path:
    """Return the run directory of what runs, for whoever only asks or stops it.

    What runs has read the file as it was: a mistake that somebody made in it since then is told and
    keeps nobody from looking. Then only the run directory is taken from it, as far as that is to
    be found.
    """
    try:
        return load(arguments).run_directory
    except exits.Failure as failure:
        file = _file(arguments.config)
        if failure.code != exits.CONFIGURATION or file is None:
            raise
        place = loading.run_directory(file)
        if directory.find_holder(place) is None:
            raise
        complain(f"{file} is broken (`seda check` says where); asking what runs on {place}")
        return place


def _file(named: str | None) -> Path | None:
    if named:
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _pipeline(place: str) -> Pipeline:
    module_name, _, name = place.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError, ValueError) as error:
        exits.fail(
            exits.CONFIGURATION,
            f"--pipeline {place}: {error}. It is written package.module:NAME",
        )
    if not isinstance(found, Pipeline):
        exits.fail(
            exits.CONFIGURATION,
            f"--pipeline {place}: this is a {type(found).__name__}, no seda.pipeline.Pipeline",
        )
    return found
