"""`python -P -m controller CONFIG`: one stage's controller; CONFIG is an inherited descriptor.

The template is started before anything is imported that takes long, so that the two get ready at
the same time; hence the imports inside functions.
"""

import os
import signal
import sys

from controller.launch import Launched, Runtime
from seda import processes


def main() -> None:
    """Start the template as a subreaper, then become a controller."""
    processes.die_with_parent(os.getppid())
    processes.become_subreaper()
    limit = processes.raise_descriptor_limit()
    # A terminal's Ctrl-C is the supervisor's to answer; children inherit that it is ignored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config_descriptor = int(sys.argv[1])
    runtime = Runtime(config_descriptor)
    serve(config_descriptor, runtime, runtime.launch(), limit)


def serve(config_descriptor: int, runtime: Runtime, first: Launched, limit: int) -> None:
    """Import the rest and serve until drained."""
    import trio  # noqa: PLC0415 - after the template was started

    from controller.shell import Shell  # noqa: PLC0415
    from seda import logs, stage_config  # noqa: PLC0415

    config = stage_config.read(config_descriptor)
    about = {"stage": config.row.name}
    logs.configure("controller", is_json=config.log_is_json, level=config.log_level, about=about)
    descriptors = config.settings.queue_descriptors
    if descriptors * 2 >= limit:
        sys.stderr.write(
            f"stage {config.row.name}: queue_descriptors = {descriptors} has to "
            f"stay under half of the limit of {limit} open files: lower it or raise ulimit -Hn\n"
        )
        raise SystemExit(os.EX_CONFIG)
    shell = Shell(config, runtime.launch, first)
    trio.run(shell.run)


if __name__ == "__main__":
    main()
