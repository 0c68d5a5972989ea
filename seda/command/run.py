"""`seda run`."""

import argparse

from seda import logs
from seda.command import configuration, exits
from seda.supervisor.directory import AlreadyRuns, RunDirectoryError
from seda.supervisor.leftovers import LeftoversError
from seda.supervisor.sockets import CannotListen
from seda.supervisor.supervise import CannotRun, Task, supervise


def execute(arguments: argparse.Namespace) -> int:
    """Run until somebody asks for a stop."""
    found = configuration.load(arguments)
    settings = found.settings
    is_json = logs.is_json(settings.log)
    logs.configure("supervisor", is_json=is_json, level=settings.log_level)
    log = logs.get(__name__)

    def say(level: str, words: str, **about: object) -> None:
        logs.write(log, level, words, about)

    task = Task(found.pipeline, settings, found.stage_settings, is_json)
    try:
        trouble = supervise(task, say)
    except CannotRun as error:
        exits.fail(exits.CONFIGURATION, *error.problems)
    except AlreadyRuns as error:
        exits.fail(exits.ALREADY_RUNS, str(error))
    except (RunDirectoryError, LeftoversError, CannotListen) as error:
        exits.fail(exits.CONFIGURATION, str(error))
    return exits.FAILED if trouble else exits.OK
