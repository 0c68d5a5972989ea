"""`seda run`: what is configured or, without a configuration, the demo."""

import argparse
import contextlib
import os
import socket

from seda import logs
from seda.command import configuration, demo, exits
from seda.command.configuration import Configuration
from seda.command.greeting import greet
from seda.supervisor import directory
from seda.supervisor.data_directory import DataDirectoryError, DataDirectoryInUse
from seda.supervisor.directory import AlreadyRuns, RunDirectoryError
from seda.supervisor.leftovers import LeftoversError
from seda.supervisor.sockets import CannotListen
from seda.supervisor.supervise import CannotRun, Task, supervise


def execute(arguments: argparse.Namespace) -> int:
    """Run until somebody asks for a stop."""
    found = configuration.load(arguments)
    os.umask(0o077)  # pictures and decisions are for this user alone, whatever is made where
    with contextlib.ExitStack() as stack:
        shown = _demo(found, stack)
        try:
            trouble = _run(shown.configuration if shown else found, shown)
        except CannotRun as error:
            exits.fail(exits.CONFIGURATION, *error.problems)
        except (AlreadyRuns, DataDirectoryInUse) as error:
            exits.fail(exits.ALREADY_RUNS, str(error))
        except (RunDirectoryError, LeftoversError, CannotListen) as error:
            exits.fail(exits.CONFIGURATION, str(error))
        except DataDirectoryError as error:
            exits.fail(exits.CONFIGURATION, *str(error).splitlines())
    return exits.FAILED if trouble else exits.OK


def _demo(found: Configuration, stack: contextlib.ExitStack) -> demo.Demo | None:
    """Prepare the demo where there is no configuration, unless one runs whose files those are."""
    if found.file or directory.find_holder(found.run_directory):
        return None
    return demo.prepare(found, stack.enter_context(socket.create_server(("127.0.0.1", 0))))


def _run(found: Configuration, shown: demo.Demo | None) -> str:
    settings = found.settings
    is_json = logs.is_json(settings.log)
    logs.configure("supervisor", is_json=is_json, level=settings.log_level)
    log = logs.get(__name__)

    def say(level: str, words: str, **about: object) -> None:
        logs.write(log, level, words, about)

    programs = (shown.program,) if shown else ()
    task = Task(found.pipeline, settings, found.stage_settings, is_json, programs)
    words = shown.words if shown else ""
    trouble = supervise(task, say, lambda operations, web: greet(found, words, operations, web))
    logs.tell_repeats(are_all=True)
    return trouble
