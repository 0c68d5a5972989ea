"""`python -P -m controller CHARTER`: one stage's controller; CHARTER is an inherited descriptor.

The template is started before anything is imported that takes long, so that the two get ready at
the same time; hence the imports inside functions.
"""

import os
import signal
import sys

from controller.launch import Launched, Runtime
from seda import processes

EX_CONFIG = 78


def main() -> None:
    """Start the template as a subreaper, then become a controller."""
    processes.die_with_parent(os.getppid())
    processes.become_subreaper()
    limit = processes.raise_descriptor_limit()
    # A terminal's Ctrl-C is the supervisor's to answer; children inherit that it is ignored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config = int(sys.argv[1])
    runtime = Runtime(config)
    serve(config, runtime, runtime.launch(), limit)


def serve(descriptor: int, runtime: Runtime, first: Launched, limit: int) -> None:
    """Import the rest and serve until drained."""
    import trio  # noqa: PLC0415 - after the template was started

    from controller.shell import Shell  # noqa: PLC0415
    from seda import (
        logs,  # noqa: PLC0415
        stage_config,  # noqa: PLC0415
    )

    told = stage_config.read(descriptor)
    about = {"stage": told.row.name}
    logs.configure("controller", is_json=told.log_is_json, level=told.log_level, about=about)
    if told.settings.queue_descriptors * 2 >= limit:
        sys.stderr.write(
            f"stage {told.row.name}: queue_descriptors = {told.settings.queue_descriptors} has to "
            f"stay under half of the limit of {limit} open files: lower it or raise ulimit -Hn\n"
        )
        raise SystemExit(EX_CONFIG)
    shell = Shell(told, runtime.launch, first)
    trio.run(shell.run)


if __name__ == "__main__":
    main()
