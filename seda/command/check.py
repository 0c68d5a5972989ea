"""`seda check`: everything that would keep `seda run` from running, named without starting it."""

import argparse
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from seda.command import configuration, exits
from seda.command.configuration import Configuration
from seda.command.modes import find_open_files
from seda.command.output import tell
from seda.keys.certificate import CertificateError
from seda.keys.certificate import load as load_certificate
from seda.supervisor import data_directory, directory, sockets
from seda.supervisor.supervise import Task, problems


def execute(arguments: argparse.Namespace) -> int:
    """Print every problem; the exit code says whether there is one."""
    found = configuration.load(arguments)
    task = Task(found.pipeline, found.settings, found.stage_settings, log_is_json=True)
    wrong = [
        *problems(task),
        *_code(found),
        *_directories(found),
        *_files(found),
        *find_open_files(found.settings, found.file),
        *_addresses(found),
    ]
    if wrong:
        exits.fail(exits.CONFIGURATION, *wrong)
    where = found.file or "the demo (there is no seda.toml here)"
    tell(f"all is well with {where}: {len(found.pipeline.stages)} stages")
    return exits.OK


def _code(found: Configuration) -> Iterator[str]:
    """Look whether the stages' modules exist; importing them is their template's alone."""
    for stage in found.pipeline.stages:
        module = stage.code.partition(":")[0]
        try:
            exists = importlib.util.find_spec(module) is not None
        except ImportError:
            exists = False
        if not exists:
            yield f"stage {stage.name!r}: its code {stage.code} is not installed"


def _directories(found: Configuration) -> Iterator[str]:
    run, data = found.run_directory, Path(found.settings.data_directory)
    if run.exists():
        try:
            directory.check_private(run)
        except directory.RunDirectoryError as error:
            yield str(error)
    for name, path in (("run_directory", run), ("data_directory", data)):
        nearest = next(it for it in (path, *path.parents) if it.exists())
        if not nearest.is_dir():
            yield f"{name} {path}: {nearest} is not a directory"
        elif not os.access(nearest, os.W_OK | os.X_OK):
            yield f"{name} {path}: this user may not write in {nearest}"
    if os.access(data, os.W_OK | os.X_OK):
        yield from data_directory.problems(data)


def _files(found: Configuration) -> Iterator[str]:
    """Open every file that the settings name, as the stages will."""
    settings = found.settings
    if settings.web.tls is not None:
        try:
            load_certificate(settings.web.tls)
        except CertificateError as error:
            yield str(error)
    named = [(f"object_detector {it.name!r}: path", it.path) for it in settings.object_detector]
    named += [
        (f"camera {it.name!r}: trust.pem", it.trust.pem)
        for it in settings.camera
        if it.trust is not None and it.trust.pem
    ]
    for name, path in named:
        try:
            Path(path).open("rb").close()
        except OSError as error:
            todo = "name a file that this user may read"
            yield f"{name} {path} cannot be read: {error.strerror}; {todo}"


def _addresses(found: Configuration) -> Iterator[str]:
    """Try every address, except where seda itself runs and has them."""
    if directory.find_holder(found.run_directory):
        return
    wanted = {name for stage in found.pipeline.stages for name in stage.listens}
    for name, address in sockets.addresses(found.settings).items():
        if name in wanted:
            try:
                sockets.listen(name, address).close()
            except sockets.CannotListen as error:
                yield str(error)
